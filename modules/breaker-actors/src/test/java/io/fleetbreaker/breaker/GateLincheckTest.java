package io.fleetbreaker.breaker;

import io.fleetbreaker.Permit;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.breaker.Transitions.Places;
import io.fleetbreaker.breaker.Transitions.Step;
import io.fleetbreaker.sync.SyncPort;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What threads that share a gate can observe, against gates that one thread at a time uses.
 *
 * <p>Taking a permit and settling it are two operations: calls in flight when the fuse blows have
 * been admitted. Failures among themselves are linearizable, and so is what others see of one
 * thread that settles. A success that ends between a failure's count and its fuse is in neither
 * order with it: the run of failures had been reached, so the fuse blows. What holds even then is
 * what {@link Anything} checks.
 */
@Tag("lincheck")
class GateLincheckTest {
  private static final int THRESHOLD = 2;
  private static final int PROBES = 2;

  @Test
  void failuresOfSeveralThreads() {
    Linchecks.check(Failures.class, FailuresInOrder.class);
  }

  @Test
  void oneThreadThatSettlesAndOthersThatLookOn() {
    Linchecks.check(OneSettles.class, OneSettlesInOrder.class);
  }

  @Test
  void probesOfSeveralThreads() {
    Linchecks.check(OfProbes.class, ProbesInOrder.class);
  }

  @Test
  void whateverThreadsDo() {
    Linchecks.check(Anything.class);
  }

  /** A gate, and the permits that each thread holds. */
  public abstract static class OfThreads {
    final CountingSignals signals = new CountingSignals();
    final Gate gate;
    private final List<Deque<Permit>> held =
        List.of(
            new ArrayDeque<>(),
            new ArrayDeque<>(),
            new ArrayDeque<>(),
            new ArrayDeque<>(),
            new ArrayDeque<>());

    OfThreads(State state) {
      FleetClock clock = new FleetClock(() -> 0, InstantSource.system());
      gate =
          new Gate(
              ProviderSettings.builder("openai")
                  .failureThreshold(THRESHOLD)
                  .halfOpenMaxCalls(PROBES)
                  .build(),
              clock);
      gate.bind(signals);
      if (state == State.HALF_OPEN) {
        BreakerState next = gate.state().enter(state, 0, 1, 1, "for the test");
        gate.publish(gate.era(), new Step(next, null, false, Places.LOCAL), null);
      }
    }

    boolean take(int thread) {
      return gate.tryAcquire()
          .map(
              permit -> {
                held.get(thread).push(permit);
                return true;
              })
          .orElse(false);
    }

    boolean settle(int thread, Consumer<Permit> ending) {
      Permit permit = held.get(thread).poll();
      if (permit != null) {
        ending.accept(permit);
      }
      return permit != null;
    }

    boolean isShut() {
      return gate.era().effectiveState() == State.OPEN;
    }
  }

  /** The same by counting. */
  public abstract static class InOrder {
    private final int[] held = new int[5];
    int run;
    boolean shut;
    int free = PROBES;

    boolean take(int thread, boolean admitted) {
      held[thread] += admitted ? 1 : 0;
      return admitted;
    }

    boolean settle(int thread) {
      boolean had = held[thread] > 0;
      held[thread] -= had ? 1 : 0;
      return had;
    }

    boolean failed(int thread) {
      boolean had = settle(thread);
      if (had) {
        run++;
        shut |= run >= THRESHOLD;
      }
      return had;
    }

    boolean succeeded(int thread) {
      boolean had = settle(thread);
      if (had && !shut) {
        run = 0;
      }
      return had;
    }
  }

  @Param(name = "thread", gen = ThreadIdGen.class)
  public static class Failures extends OfThreads {
    public Failures() {
      super(State.CLOSED);
    }

    @Operation
    public boolean acquire(@Param(name = "thread") int thread) {
      return take(thread);
    }

    @Operation
    public boolean failure(@Param(name = "thread") int thread) {
      return settle(thread, Permit::failure);
    }

    @Operation
    public boolean ignore(@Param(name = "thread") int thread) {
      return settle(thread, Permit::ignore);
    }

    @Operation
    public boolean shut() {
      return isShut();
    }
  }

  public static class FailuresInOrder extends InOrder {
    public boolean acquire(int thread) {
      return take(thread, !shut);
    }

    public boolean failure(int thread) {
      return failed(thread);
    }

    public boolean ignore(int thread) {
      return settle(thread);
    }

    public boolean shut() {
      return shut;
    }
  }

  @Param(name = "thread", gen = ThreadIdGen.class)
  public static class OneSettles extends OfThreads {
    public OneSettles() {
      super(State.CLOSED);
    }

    @Operation
    public boolean acquire(@Param(name = "thread") int thread) {
      return take(thread);
    }

    @Operation(nonParallelGroup = "settle")
    public boolean failure(@Param(name = "thread") int thread) {
      return settle(thread, Permit::failure);
    }

    @Operation(nonParallelGroup = "settle")
    public boolean success(@Param(name = "thread") int thread) {
      return settle(thread, Permit::success);
    }

    @Operation
    public boolean shut() {
      return isShut();
    }
  }

  public static class OneSettlesInOrder extends InOrder {
    public boolean acquire(int thread) {
      return take(thread, !shut);
    }

    public boolean failure(int thread) {
      return failed(thread);
    }

    public boolean success(int thread) {
      return succeeded(thread);
    }

    public boolean shut() {
      return shut;
    }
  }

  @Param(name = "thread", gen = ThreadIdGen.class)
  public static class OfProbes extends OfThreads {
    public OfProbes() {
      super(State.HALF_OPEN);
    }

    @Operation
    public boolean acquire(@Param(name = "thread") int thread) {
      return take(thread);
    }

    @Operation
    public boolean failure(@Param(name = "thread") int thread) {
      return settle(thread, Permit::failure);
    }

    @Operation
    public boolean success(@Param(name = "thread") int thread) {
      return settle(thread, Permit::success);
    }

    @Operation
    public boolean ignore(@Param(name = "thread") int thread) {
      return settle(thread, Permit::ignore);
    }
  }

  public static class ProbesInOrder extends InOrder {
    public boolean acquire(int thread) {
      boolean admitted = free > 0;
      free -= admitted ? 1 : 0;
      return take(thread, admitted);
    }

    public boolean failure(int thread) {
      return settle(thread);
    }

    public boolean success(int thread) {
      return ignore(thread);
    }

    public boolean ignore(int thread) {
      boolean had = settle(thread);
      free += had ? 1 : 0;
      return had;
    }
  }

  /** Any ends of calls in any order: what is promised of the fuse even then. */
  public static class Anything extends OfThreads {
    private final AtomicInteger mended = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();

    public Anything() {
      super(State.CLOSED);
    }

    @Operation
    public void failure() {
      end(Permit::failure);
    }

    @Operation
    public void success() {
      end(Permit::success);
    }

    private void end(Consumer<Permit> ending) {
      gate.tryAcquire()
          .ifPresent(
              permit -> {
                ending.accept(permit);
                ended.incrementAndGet();
              });
      if (isShut() && gate.tryAcquire().isPresent()) {
        mended.incrementAndGet();
      }
    }

    @Validate
    public void theFuseBlowsOnceAndStaysBlown() {
      int blown = signals.blown.get();
      if (mended.get() > 0 || blown > 1 || isShut() != (blown == 1)) {
        throw new IllegalStateException("blown " + blown + ", shut " + isShut());
      }
      long counted = gate.view().counts().successful() + gate.view().counts().failed();
      if (counted != ended.get()) {
        throw new IllegalStateException(ended + " calls ended, counted " + counted);
      }
    }
  }

  /** Counts without a lock. */
  static final class CountingSignals implements Gate.Signals {
    private final AtomicInteger blown = new AtomicInteger();

    @Override
    public void fuseBlown(long generation, Event.Counts counts, Trip trip) {
      blown.incrementAndGet();
    }

    @Override
    public void probeSucceeded(long generation, Event.Counts counts) {}

    @Override
    public void probeFailed(long generation, Event.Counts counts, Trip trip) {}

    @Override
    public void probeWanted(long generation) {}

    @Override
    public void leaseEnded(long generation, Lease lease, SyncPort.ProbeResult result) {}
  }
}
