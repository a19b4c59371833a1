package io.fleetbreaker.breaker;

import io.fleetbreaker.Outcome;
import io.fleetbreaker.Permit;
import io.fleetbreaker.sync.SyncPort.ProbeResult;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The permit of one probe; true once it is settled. What becomes of the probe is counted in any
 * case, but moves something only while its place is its own.
 */
final class ProbePermit extends AtomicBoolean implements Permit {
  private static final long serialVersionUID = 1L;

  private final transient Gate gate;
  private final transient Era issued;
  private final transient Probes probes;
  private final transient Lease lease;
  private final long begun;

  ProbePermit(Gate gate, Era issued, Probes probes, Lease lease, long begun) {
    this.gate = gate;
    this.issued = issued;
    this.probes = probes;
    this.lease = lease;
    this.begun = begun;
  }

  @Override
  public void settle(Outcome outcome) {
    Objects.requireNonNull(outcome, "outcome");
    if (compareAndSet(false, true)) {
      ended(outcome);
    }
  }

  @Override
  public void result(@Nullable Object result) {
    if (compareAndSet(false, true)) {
      ended(gate.classification().ofResult(result));
    }
  }

  @Override
  public void error(Throwable thrown) {
    if (compareAndSet(false, true)) {
      ended(gate.classification().ofException(thrown));
    }
  }

  private void ended(Outcome outcome) {
    long duration = begun == Gate.UNTIMED ? 0 : gate.clock().nanos() - begun;
    boolean slow = gate.isSlow(duration);
    switch (outcome.kind()) {
      case SUCCESS -> succeeded(slow);
      case FAILURE -> {
        gate.tally().failure(slow);
        gate.failedNow();
        if (endsInTime()) {
          issued.evidence().addToRun();
          failed(new Trip("a probe failed").by(outcome));
        }
      }
      case IGNORED -> {
        gate.tally().ignored();
        giveBack();
      }
    }
    if (begun != Gate.UNTIMED) {
      gate.observers().called(outcome, duration, slow);
    }
  }

  private void succeeded(boolean slow) {
    gate.tally().success();
    if (slow) {
      gate.tally().slowSuccess();
    }
    if (gate.era() != issued) {
      gate.tally().wasLate();
    }
    if (slow) {
      if (endsInTime()) {
        failed(new Trip("a probe was slow"));
      }
    } else if (lease.token() == null) {
      gate.signals().probeSucceeded(issued.generation(), gate.counts());
      giveBack();
    } else if (endsInTime()) {
      tell(ProbeResult.SUCCEEDED);
    }
  }

  private void failed(Trip trip) {
    tell(ProbeResult.FAILED);
    gate.signals().probeFailed(issued.generation(), gate.counts(), trip);
  }

  /** Ends the place, and tells whether it was still this call's. */
  private boolean endsInTime() {
    boolean passed = hasPassed();
    boolean mine = lease.end();
    if (passed && mine) {
      tell(ProbeResult.RETURNED);
    }
    return mine && !passed;
  }

  private void giveBack() {
    if (hasPassed()) {
      endsInTime();
    } else if (!lease.free()) {
      lease.end();
    } else if (probes.offer(lease)) {
      gate.observers().permitAvailable();
    } else {
      tell(ProbeResult.RETURNED);
    }
  }

  private boolean hasPassed() {
    return lease.token() != null && lease.hasPassed(gate.clock().nanos());
  }

  /** Tells of a place of the fleet. */
  private void tell(ProbeResult result) {
    if (lease.token() != null) {
      gate.signals().leaseEnded(issued.generation(), lease, result);
    }
  }
}
