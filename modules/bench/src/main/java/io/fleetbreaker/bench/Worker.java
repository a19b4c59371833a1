package io.fleetbreaker.bench;

import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.Ticker;
import io.fleetbreaker.breaker.FleetClock;
import io.fleetbreaker.breaker.Gate;
import io.fleetbreaker.breaker.ProviderBreaker;
import io.fleetbreaker.sync.LocalSync;
import io.fleetbreaker.sync.SyncPort;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import scala.concurrent.ExecutionContext;

/**
 * A worker as an application runs it, but without Redis: gates, their supervised actors under one
 * guardian, and a clock that ticks. {@link #close} ends its actors and returns when they have gone.
 */
final class Worker implements AutoCloseable {
  private final List<Gate> gates;
  private final ActorSystem<?> system;
  private final Cancellable ticking;

  private Worker(List<Gate> gates, ActorSystem<?> system, Cancellable ticking) {
    this.gates = gates;
    this.system = system;
    this.ticking = ticking;
  }

  /** Returns when every breaker has its first state. */
  static Worker start(List<ProviderSettings> providers) {
    FleetClock clock = FleetClock.system();
    List<Gate> gates = providers.stream().map(settings -> new Gate(settings, clock)).toList();
    CountDownLatch toStart = new CountDownLatch(gates.size());
    ActorSystem<?> system = ActorSystem.create(guardian(gates, clock, toStart), "bench");
    Cancellable ticking =
        system
            .scheduler()
            .scheduleWithFixedDelay(
                FleetClock.TICK,
                FleetClock.TICK,
                clock::tick,
                ExecutionContext.fromExecutor(Runnable::run));
    try {
      toStart.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while the breakers start", e);
    }
    return new Worker(gates, system, ticking);
  }

  private static Behavior<ProviderBreaker.Started> guardian(
      List<Gate> gates, FleetClock clock, CountDownLatch toStart) {
    return Behaviors.setup(
        context -> {
          ActorRef<SyncPort.Message> sync =
              context.spawn(LocalSync.create("bench", Ticker.system()), "sync");
          for (Gate gate : gates) {
            Behavior<SyncPort.BreakerMessage> breaker =
                Behaviors.supervise(ProviderBreaker.create(gate, clock, sync))
                    .onFailure(SupervisorStrategy.restart());
            context
                .spawn(breaker, "provider-" + gate.provider())
                .tell(new ProviderBreaker.AwaitStart(context.getSelf()));
          }
          return Behaviors.receiveMessage(
              started -> {
                toStart.countDown();
                return Behaviors.same();
              });
        });
  }

  List<Gate> gates() {
    return gates;
  }

  /** The gate of a worker that has one. */
  Gate gate() {
    return gates.get(0);
  }

  ActorSystem<?> system() {
    return system;
  }

  @Override
  public void close() {
    ticking.cancel();
    system.terminate();
    system.getWhenTerminated().toCompletableFuture().join();
  }
}
