package io.fleetbreaker.fleet;

import io.fleetbreaker.Ticker;
import io.fleetbreaker.breaker.Gate;
import io.fleetbreaker.breaker.ProviderBreaker;
import io.fleetbreaker.sync.SyncPort;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/** The parent of one worker's actors: the sync actor, and a breaker for each provider. */
final class FleetGuardian extends AbstractBehavior<FleetGuardian.Command> {
  sealed interface Command {}

  /** For the breaker of a provider. */
  record ToBreaker(String provider, ProviderBreaker.Command command) implements Command {}

  /** For the sync actor. */
  record ToSync(SyncPort.Message message) implements Command {}

  /** Ends all of it. */
  record Stop() implements Command {}

  private static final Duration RESTART_MIN = Duration.ofMillis(100);
  private static final Duration RESTART_MAX = Duration.ofSeconds(5);
  private static final double RESTART_JITTER = 0.2;

  private final ActorRef<SyncPort.Message> sync;
  private final Map<String, ActorRef<ProviderBreaker.Command>> breakers = new HashMap<>();

  /** {@code sync} is the behaviour of the worker's one sync actor. */
  static Behavior<Command> create(
      Behavior<SyncPort.Message> sync, Collection<Gate> gates, Ticker ticker) {
    return Behaviors.setup(context -> new FleetGuardian(context, sync, gates, ticker));
  }

  private FleetGuardian(
      ActorContext<Command> context,
      Behavior<SyncPort.Message> syncBehavior,
      Collection<Gate> gates,
      Ticker ticker) {
    super(context);
    SupervisorStrategy slowly =
        SupervisorStrategy.restartWithBackoff(RESTART_MIN, RESTART_MAX, RESTART_JITTER);
    // The breakers register again when a restarted sync actor says that it has started.
    sync = context.spawn(Behaviors.supervise(syncBehavior).onFailure(slowly), "redis-sync");
    for (Gate gate : gates) {
      // A breaker's state is in its gate: it restarts where it was, and at once.
      Behavior<ProviderBreaker.Command> breaker =
          Behaviors.supervise(ProviderBreaker.create(gate, ticker, sync))
              .onFailure(SupervisorStrategy.restart());
      breakers.put(gate.provider(), context.spawn(breaker, "provider-" + gate.provider()));
    }
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(ToBreaker.class, this::onToBreaker)
        .onMessage(ToSync.class, this::onToSync)
        .onMessage(Stop.class, message -> Behaviors.stopped())
        .build();
  }

  private Behavior<Command> onToBreaker(ToBreaker message) {
    ActorRef<ProviderBreaker.Command> breaker = breakers.get(message.provider());
    if (breaker != null) {
      breaker.tell(message.command());
    }
    return this;
  }

  private Behavior<Command> onToSync(ToSync message) {
    sync.tell(message.message());
    return this;
  }
}
