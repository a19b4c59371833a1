package io.fleetbreaker.fleet;

import io.fleetbreaker.breaker.FleetClock;
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
import org.apache.pekko.actor.typed.eventstream.EventStream;
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

  /** The sync actor has started, first or again. */
  private record SyncStarted(SyncPort.Started event) implements Command {}

  /** Ends all of it. */
  record Stop() implements Command {}

  private static final Duration RESTART_MIN = Duration.ofMillis(100);
  private static final Duration RESTART_MAX = Duration.ofSeconds(5);
  private static final double RESTART_JITTER = 0.2;

  private final ActorRef<SyncPort.Message> sync;
  private final Map<String, ActorRef<SyncPort.BreakerMessage>> breakers = new HashMap<>();

  /** {@code sync} is the behaviour of the worker's one sync actor. */
  static Behavior<Command> create(
      Behavior<SyncPort.Message> sync, Collection<Gate> gates, FleetClock clock) {
    return Behaviors.setup(context -> new FleetGuardian(context, sync, gates, clock));
  }

  private FleetGuardian(
      ActorContext<Command> context,
      Behavior<SyncPort.Message> syncBehavior,
      Collection<Gate> gates,
      FleetClock clock) {
    super(context);
    SupervisorStrategy slowly =
        SupervisorStrategy.restartWithBackoff(RESTART_MIN, RESTART_MAX, RESTART_JITTER);
    // Before it is spawned: it says that it has started as it does.
    context
        .getSystem()
        .eventStream()
        .tell(
            new EventStream.Subscribe<>(
                SyncPort.Started.class,
                context.messageAdapter(SyncPort.Started.class, SyncStarted::new)));
    sync = context.spawn(Behaviors.supervise(syncBehavior).onFailure(slowly), "redis-sync");
    for (Gate gate : gates) {
      // A breaker's state is in its gate: it restarts where it was, and at once.
      Behavior<SyncPort.BreakerMessage> breaker =
          Behaviors.supervise(ProviderBreaker.create(gate, clock, sync))
              .onFailure(SupervisorStrategy.restart());
      breakers.put(gate.provider(), context.spawn(breaker, "provider-" + gate.provider()));
    }
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(ToBreaker.class, this::onToBreaker)
        .onMessage(ToSync.class, this::onToSync)
        .onMessage(SyncStarted.class, this::onSyncStarted)
        .onMessage(Stop.class, message -> Behaviors.stopped())
        .build();
  }

  private Behavior<Command> onToBreaker(ToBreaker message) {
    ActorRef<SyncPort.BreakerMessage> breaker = breakers.get(message.provider());
    if (breaker != null) {
      breaker.tell(message.command());
    }
    return this;
  }

  /** The breakers register again with a restarted sync actor; a first time too many is harmless. */
  private Behavior<Command> onSyncStarted(SyncStarted message) {
    if (message.event().sync().equals(sync)) {
      breakers.values().forEach(breaker -> breaker.tell(new ProviderBreaker.SyncStarted()));
    }
    return this;
  }

  private Behavior<Command> onToSync(ToSync message) {
    sync.tell(message.message());
    return this;
  }
}
