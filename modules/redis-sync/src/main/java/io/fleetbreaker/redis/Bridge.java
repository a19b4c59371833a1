package io.fleetbreaker.redis;

import io.fleetbreaker.State;
import io.fleetbreaker.sync.Revision;
import java.util.List;
import java.util.Optional;

/**
 * The subscriber thread's end of the bridge to the {@link RedisSyncActor}: decides in a few
 * microseconds whether an event concerns this worker, merges it, and wakes the actor.
 */
final class Bridge implements FleetStore.EventListener {
  private static final int MOST_PROVIDERS = 10_000;

  /** What the actor is told; {@code tell}s, which never block. */
  interface Wakeups {
    void eventsWaiting();

    void subscribed();

    void disconnected(String cause);
  }

  private final int database;
  private final SyncHealth health;
  private final Wakeups wakeups;
  private final HintBuffer hints = new HintBuffer(MOST_PROVIDERS);

  Bridge(int database, SyncHealth health, Wakeups wakeups) {
    this.database = database;
    this.health = health;
    this.wakeups = wakeups;
  }

  @Override
  public void onEvent(BreakerEvent event) {
    boolean ours = event.revision().filter(r -> r.db() == database).isPresent();
    if (!ours) {
      health.messageDropped();
      return;
    }
    health.eventReceived();
    if (hints.offer(event)) {
      wakeups.eventsWaiting();
    }
  }

  @Override
  public void onSubscribed() {
    wakeups.subscribed();
  }

  @Override
  public void onDisconnected(String cause) {
    wakeups.disconnected(cause);
  }

  @Override
  public void onUndecodable(String problem) {
    health.messageDropped();
  }

  /** What has been merged since the last call. For the actor. */
  HintBuffer.Drained drain() {
    return hints.drain();
  }

  /** The revision an event tells of, as far as the event tells it; empty for a mere count. */
  static Optional<Revision> toldBy(BreakerEvent event) {
    Optional<State> state =
        switch (event.type()) {
          case OPENED -> Optional.of(State.OPEN);
          case CLOSED -> Optional.of(State.CLOSED);
          case HALF_OPEN -> Optional.of(State.HALF_OPEN);
          case FAILURE, SUCCESS -> Optional.empty();
        };
    return state.flatMap(s -> event.revision().map(info -> told(event, s, info)));
  }

  private static Revision told(BreakerEvent event, State state, BreakerEvent.RevisionInfo info) {
    return new Revision(
        info.id(),
        List.of(info.id().op()),
        state,
        info.sinceMillis(),
        info.openMillis(),
        info.openUntilMillis(),
        state == State.OPEN ? 1 : 0,
        info.reason(),
        event.worker(),
        event.failureCount(),
        event.successCount(),
        0);
  }
}
