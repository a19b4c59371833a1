package io.fleetbreaker.redis;

import io.fleetbreaker.State;
import io.fleetbreaker.sync.Revision;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The subscriber thread's end of the bridge to the {@link RedisSyncActor}: decides in a few
 * microseconds whether an event concerns this worker, merges it, and wakes the actor.
 */
final class Bridge implements FleetStore.EventListener {
  private static final int MOST_PROVIDERS = 10_000;
  private static final int MOST_LEGACY_EVENTS = 1_000;

  /** What the actor is told; {@code tell}s, which never block. */
  interface Wakeups {
    void eventsWaiting();

    void subscribed();

    void disconnected(String cause);

    void greeted();
  }

  private final int database;
  private final SyncHealth health;
  private final Wakeups wakeups;
  private final boolean legacyCounts;
  private final Runnable historyGrows;
  private final HintBuffer hints = new HintBuffer(MOST_PROVIDERS);
  private final AtomicBoolean greeted = new AtomicBoolean();
  private final LegacyInbox legacy = new LegacyInbox(MOST_LEGACY_EVENTS);

  Bridge(int database, SyncHealth health, Wakeups wakeups) {
    this(database, health, wakeups, false, () -> {});
  }

  /**
   * A bridge for the workers that use {@code database}.
   *
   * @param legacyCounts whether events without a revision are passed on, too
   * @param historyGrows told of each event, and when events may have been missed; must not block
   */
  Bridge(
      int database,
      SyncHealth health,
      Wakeups wakeups,
      boolean legacyCounts,
      Runnable historyGrows) {
    this.database = database;
    this.health = health;
    this.wakeups = wakeups;
    this.legacyCounts = legacyCounts;
    this.historyGrows = historyGrows;
  }

  @Override
  public void onEvent(BreakerEvent event) {
    boolean ours = event.revision().filter(r -> r.db() == database).isPresent();
    if (!ours) {
      health.messageDropped(SyncMetrics.Dropped.OTHER_DATABASE);
      return;
    }
    health.eventReceived();
    historyGrows.run();
    if (hints.offer(event)) {
      wakeups.eventsWaiting();
    }
  }

  @Override
  public void onLegacyEvent(BreakerEvent event, byte[] message) {
    boolean isCount =
        switch (event.type()) {
          case OPENED, CLOSED, HALF_OPEN -> false;
          case FAILURE, SUCCESS -> true;
        };
    LegacyInbox.Offer offer =
        legacyCounts && !isCount
            ? legacy.offer(LegacyEvent.of(event, message))
            : LegacyInbox.Offer.FULL;
    switch (offer) {
      case WAKE -> wakeups.eventsWaiting();
      case KEPT -> {}
      case REPLACED, FULL -> health.messageDropped(SyncMetrics.Dropped.LEGACY);
    }
  }

  @Override
  public void onSubscribed() {
    wakeups.subscribed();
    historyGrows.run();
  }

  @Override
  public void onDisconnected(String cause) {
    wakeups.disconnected(cause);
  }

  @Override
  public void onGreeting(String worker) {
    if (!greeted.getAndSet(true)) {
      wakeups.greeted();
    }
  }

  @Override
  public void onUndecodable(String problem) {
    health.messageDropped(SyncMetrics.Dropped.MALFORMED);
  }

  /** What has been merged since the last call. For the actor. */
  HintBuffer.Drained drain() {
    return hints.drain();
  }

  /** From now on another greeting wakes the actor again. For the actor. */
  void greetingTaken() {
    greeted.set(false);
  }

  /** The legacy events that have come since the last call. For the actor. */
  List<LegacyEvent> drainLegacy() {
    return legacy.drain();
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
    State below = info.automaticState();
    State own = below == null ? state : below;
    return new Revision(
        info.id(),
        List.of(info.id().op()),
        own,
        info.sinceMillis(),
        info.openMillis(),
        info.openUntilMillis(),
        own == State.OPEN ? 1 : 0,
        info.reason(),
        event.worker(),
        event.failureCount(),
        event.successCount(),
        0,
        info.operator(),
        info.override());
  }
}
