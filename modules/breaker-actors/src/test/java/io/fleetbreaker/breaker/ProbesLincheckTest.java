package io.fleetbreaker.breaker;

import io.fleetbreaker.breaker.Transitions.Places;
import io.fleetbreaker.sync.RevisionId;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * R6: of threads that take places and give them back while the actor lends and withdraws them, no
 * two have one place, and never more than there are.
 */
@Tag("lincheck")
class ProbesLincheckTest {
  private static final int MOST = 2;

  @Test
  void noTwoCallsHaveOnePlace() {
    Linchecks.check(OfThreads.class);
  }

  /** Places, the calls that have them, and one actor. */
  @Param(name = "thread", gen = ThreadIdGen.class)
  public static class OfThreads {
    private final Probes probes = new Probes(MOST, new FleetClock(() -> 0, InstantSource.system()));
    private final Lease[] leases = {
      Lease.granted("a", RevisionId.NONE, 10), Lease.granted("b", RevisionId.NONE, 10)
    };
    private final AtomicInteger[] users = {new AtomicInteger(), new AtomicInteger()};
    private final AtomicInteger sharedPlaces = new AtomicInteger();
    private final List<Deque<Lease>> held =
        List.of(
            new ArrayDeque<>(),
            new ArrayDeque<>(),
            new ArrayDeque<>(),
            new ArrayDeque<>(),
            new ArrayDeque<>());
    private int lent;
    private boolean over;

    @Operation
    public void take(@Param(name = "thread") int thread) {
      Lease lease = probes.take();
      if (lease != null) {
        held.get(thread).push(lease);
        if (users[index(lease)].incrementAndGet() > 1) {
          sharedPlaces.incrementAndGet();
        }
      }
    }

    @Operation
    public void giveBack(@Param(name = "thread") int thread) {
      Lease lease = held.get(thread).poll();
      if (lease != null) {
        users[index(lease)].decrementAndGet();
        if (lease.free()) {
          probes.offer(lease);
        } else {
          lease.end();
        }
      }
    }

    @Operation
    public void end(@Param(name = "thread") int thread) {
      Lease lease = held.get(thread).poll();
      if (lease != null) {
        users[index(lease)].decrementAndGet();
        lease.end();
      }
    }

    @Operation(nonParallelGroup = "actor")
    public void lend() {
      if (lent < MOST && !over) {
        probes.grant(leases[lent++]);
        probes.answered();
      }
    }

    @Operation(nonParallelGroup = "actor")
    public void withdraw() {
      leases[0].withdraw();
      probes.change(Places.WITHDRAWN);
    }

    @Operation(nonParallelGroup = "actor")
    public void over() {
      over = true;
      probes.end();
    }

    @Validate
    public void noPlaceIsShared() {
      if (sharedPlaces.get() > 0) {
        throw new IllegalStateException("two calls had one place");
      }
      if (over && probes.hasFree()) {
        throw new IllegalStateException("a place is free in a round that is over");
      }
    }

    private int index(Lease lease) {
      return lease == leases[0] ? 0 : 1;
    }
  }
}
