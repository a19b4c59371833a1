package io.fleetbreaker;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.breaker.FleetClock;
import io.fleetbreaker.breaker.Gate;
import io.fleetbreaker.breaker.ProviderBreaker;
import io.fleetbreaker.sync.LocalSync;
import io.fleetbreaker.sync.SyncPort;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;

/** A fleet of one whose time stands still until {@link #pass} is called. */
final class Providers implements AutoCloseable {
  static final Duration OPEN_FOR = Duration.ofSeconds(60);

  static final Duration PROBES_FOR = Duration.ofMinutes(10);

  private final ActorTestKit kit = ActorTestKit.create();
  private final TestProbe<Object> waiter = kit.createTestProbe();
  private final AtomicLong nanos = new AtomicLong(-5);
  private final FleetClock clock = new FleetClock(nanos::get, InstantSource.system());
  private final ActorRef<SyncPort.Message> sync =
      kit.spawn(LocalSync.create("me:1:1:a", nanos::get));
  private final Map<String, ActorRef<SyncPort.BreakerMessage>> actors = new HashMap<>();
  private final List<Limit> limits = new ArrayList<>();

  private record Limit(WaitingRoom.Ticket ticket, long dueNanos) {}

  /** A breaker that one failure opens, for {@link #OPEN_FOR}. */
  Gate add(String name, int priority) {
    return add(name, priority, settings -> settings);
  }

  Gate add(String name, int priority, UnaryOperator<ProviderSettings.Builder> more) {
    ProviderSettings.Builder settings =
        ProviderSettings.builder(name)
            .priority(priority)
            .failureThreshold(1)
            .openDuration(OPEN_FOR)
            .halfOpenMaxDuration(PROBES_FOR);
    Gate gate = new Gate(more.apply(settings).build(), clock);
    actors.put(name, kit.spawn(ProviderBreaker.create(gate, clock, sync)));
    return gate;
  }

  /** Puts the breaker under an override without end, and returns when it is in force. */
  void override(Gate gate, OverrideMode mode) {
    TestProbe<Done> done = kit.createTestProbe();
    actors
        .get(gate.provider())
        .tell(new ProviderBreaker.SetOverride(mode, "for the test", null, done.getRef()));
    done.expectMessage(Done.getInstance());
  }

  /** Opens the breaker, and returns when its actor has made that transition. */
  void open(Gate gate) {
    gate.tryAcquire().orElseThrow().failure();
    eventually(gate, State.OPEN);
  }

  /** Opens the breaker and lets it half-open. */
  void halfOpen(Gate gate) {
    open(gate);
    pass(OPEN_FOR);
    recover(gate);
  }

  /** Once its open time is over: makes calls that say nothing until one has been a probe. */
  void recover(Gate gate) {
    waiter.awaitAssert(
        () -> {
          gate.tryAcquire().orElseThrow().ignore();
          return null;
        });
    eventually(gate, State.HALF_OPEN);
  }

  /** Returns when the breaker is in this state by its actor's doing. */
  void eventually(Gate gate, State state) {
    waiter.awaitAssert(
        () -> {
          assertThat(gate.view().state()).isEqualTo(state);
          assertThat(gate.view().shared()).isTrue();
          return null;
        });
  }

  /** Returns when so many calls wait, and none is still about to. */
  void eventuallyWaiting(Failover failover, int calls) {
    waiter.awaitAssert(
        () -> {
          assertThat(failover.waiting()).isEqualTo(calls);
          assertThat(settledDown()).isEqualTo(calls);
          return null;
        });
  }

  /**
   * How many tickets have somebody who waits for them beside the room, which is the last that a
   * call does: before that its wait may have no limit yet, or it may look for a permit once more.
   */
  private long settledDown() {
    synchronized (limits) {
      return limits.stream()
          .map(Limit::ticket)
          .filter(ticket -> !ticket.isDone() && ticket.getNumberOfDependents() > 1)
          .count();
    }
  }

  /** Lets this time pass: breakers are due, waits end. */
  void pass(Duration time) {
    long now = nanos.addAndGet(time.toNanos());
    clock.tick();
    synchronized (limits) {
      limits.stream()
          .filter(limit -> limit.dueNanos() <= now)
          .forEach(limit -> limit.ticket().complete(Optional.empty()));
    }
  }

  /** Failover whose waits end by this fleet's time. */
  Failover failover(Gate... gates) {
    return Failover.of(
        List.of(gates),
        (ticket, most) -> {
          synchronized (limits) {
            limits.add(new Limit(ticket, nanos.get() + most.toNanos()));
          }
          return ticket;
        });
  }

  @Override
  public void close() {
    kit.shutdownTestKit();
  }
}
