package io.fleetbreaker.testing;

import static org.awaitility.Awaitility.await;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.CircuitBreaker;
import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.Permit;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.breaker.FleetClock;
import io.fleetbreaker.breaker.Gate;
import io.fleetbreaker.breaker.ProviderBreaker;
import io.fleetbreaker.sync.LocalSync;
import io.fleetbreaker.sync.SyncPort;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;

/** A breaker with its actor, in a fleet of one, whose clock stands still until a test moves it. */
public final class RunningBreaker implements AutoCloseable {
  private static final Duration GIVE_UP = Duration.ofSeconds(30);

  private final ActorTestKit kit = ActorTestKit.create();
  private final AtomicLong nanos = new AtomicLong(1_000);
  private final FleetClock clock = new FleetClock(nanos::get, InstantSource.system());
  private final Gate gate;
  private final ActorRef<SyncPort.BreakerMessage> actor;

  public RunningBreaker(ProviderSettings settings) {
    gate = new Gate(settings, clock);
    ActorRef<SyncPort.Message> sync = kit.spawn(LocalSync.create("me:1:1:a", nanos::get));
    actor = kit.spawn(ProviderBreaker.create(gate, clock, sync));
  }

  public CircuitBreaker breaker() {
    return gate;
  }

  public ActorSystem<?> system() {
    return kit.system();
  }

  /** The breaker's monotonic clock. */
  public long nanos() {
    return nanos.get();
  }

  public void pass(Duration duration) {
    nanos.addAndGet(duration.toNanos());
    clock.tick();
  }

  /** Opens it with as many failures as that takes, and returns when its actor has taken them in. */
  public void trip() {
    for (int i = 0; i < gate.settings().tripPolicy().failuresThatOpen(); i++) {
      gate.tryAcquire().orElseThrow().failure();
    }
    eventuallyShared(State.OPEN);
  }

  /** Lets an open breaker's time pass, and makes a probe that says nothing. */
  public void halfOpen() {
    pass(gate.view().remaining());
    await()
        .atMost(GIVE_UP)
        .until(
            () -> {
              Optional<Permit> probe = gate.tryAcquire();
              probe.ifPresent(Permit::ignore);
              return probe.isPresent();
            });
    eventuallyShared(State.HALF_OPEN);
  }

  public void override(OverrideMode mode) {
    TestProbe<Done> done = kit.createTestProbe();
    actor.tell(new ProviderBreaker.SetOverride(mode, "test", null, done.getRef()));
    done.expectMessage(Done.getInstance());
  }

  /** Returns when callers meet this state, perhaps before its actor has made the transition. */
  public void eventually(State state) {
    await().atMost(GIVE_UP).until(() -> gate.view().state() == state);
  }

  /** Returns when the actor has made the transition and its deadline stands. */
  public void eventuallyShared(State state) {
    await()
        .atMost(GIVE_UP)
        .until(
            () -> {
              BreakerView view = gate.view();
              return view.state() == state && view.shared();
            });
  }

  @Override
  public void close() {
    kit.shutdownTestKit();
  }
}
