package io.fleetbreaker.redis;

import io.fleetbreaker.redis.FleetStore.CommitResult;
import io.fleetbreaker.redis.LegacyMove.Verdict;
import io.fleetbreaker.redis.ProviderSync.Flight;
import io.fleetbreaker.redis.SyncCore.Step;
import io.fleetbreaker.sync.SyncPort;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Lets workers of a library that knows no revisions (FlexiAI 0.5) take part in the fleet: commits
 * in their name what their events say. What they open stops traffic here at once, as a hint does,
 * and until the commit has been made or has failed.
 *
 * <p>Every worker of the fleet does so, with the same operation id for the same message: the store
 * commits one, and tells the others that it is done. It has no clock and does no I/O; {@link
 * WorkerSync} says what happened and does what the steps want. Not thread-safe.
 */
final class LegacySync {
  /** A legacy worker changes its mind seldom; more than this is a flood. */
  private static final int MOST_WAITING = 16;

  private final Map<String, Duration> openFor;
  private final StoreLink link;

  /** By provider, in the order of arrival; the first of each may be under way. */
  private final Map<String, Deque<LegacyMove>> waiting = new HashMap<>();

  private boolean clockSeen;
  private long serverMillis;
  private long seenNanos;

  /**
   * Takes part for these providers.
   *
   * @param openFor how long each stays OPEN when a legacy worker has opened it; empty if legacy
   *     events are ignored
   */
  LegacySync(Map<String, Duration> openFor, StoreLink link) {
    this.openFor = Map.copyOf(openFor);
    this.link = link;
  }

  /** The store's clock, to which legacy events are compared. */
  void onServerTime(long millis, long nowNanos) {
    clockSeen = true;
    serverMillis = millis;
    seenNanos = nowNanos;
  }

  /** An event has come. {@link #pursue} is to follow. */
  Step onEvent(ProviderSync p, LegacyEvent message, long nowNanos) {
    BreakerEvent event = message.event();
    Duration open = openFor.get(event.provider());
    if (open == null) {
      link.legacyIgnored();
      return Step.of(p);
    }
    if (!isOfNow(event.at(), open, nowNanos)) {
      link.legacyMisdated(event.provider(), event.worker(), event.at(), open);
      return Step.of(p);
    }
    Deque<LegacyMove> moves = waiting.computeIfAbsent(event.provider(), x -> new ArrayDeque<>());
    LegacyMove move = new LegacyMove(message, nowNanos, open, false, null);
    if (moves.size() >= MOST_WAITING || moves.stream().anyMatch(m -> m.message().equals(message))) {
      link.legacyIgnored();
      return Step.of(p);
    }
    if (!move.isTrip() || move.verdict(p, nowNanos) != Verdict.DUE) {
      moves.add(move);
      return Step.of(p);
    }
    moves.add(move.afterTelling());
    SyncPort.Hint hint =
        new SyncPort.Hint(
            move.provisional(p, serverNow(nowNanos), nowNanos), open, p.overrideLeft(nowNanos));
    return Step.of(p, new SyncEffect.Tell(hint));
  }

  /** Goes on with what waits for this provider. The store can be asked. */
  Step pursue(String provider, ProviderSync p, long nowNanos) {
    Deque<LegacyMove> moves = waiting.get(provider);
    Step step = Step.of(p);
    while (moves != null && !moves.isEmpty() && isFree(step.next())) {
      LegacyMove move = moves.remove();
      ProviderSync known = step.next();
      Verdict verdict = move.verdict(known, nowNanos);
      if (verdict == Verdict.DUE) {
        moves.addFirst(move.proposedOn(known.heldId()));
        SyncEffect.Commit commit = move.commit(known, nowNanos);
        return step.andThen(n -> Step.of(n.withFlight(commit.flight()), commit));
      }
      boolean believed = verdict != Verdict.REFUSED;
      if (believed) {
        link.legacyBelieved();
      } else {
        link.legacyIgnored();
      }
      if (move.told() && verdict != Verdict.DONE) {
        step = step.andThen(n -> takeBack(n, nowNanos));
      }
    }
    return step;
  }

  /** A commit has been answered, of a legacy move or of this worker's own. */
  Step onCommitDone(
      String provider, ProviderSync p, Flight flight, CommitResult result, long nowNanos) {
    Deque<LegacyMove> moves = waiting.get(provider);
    if (moves == null || moves.isEmpty()) {
      return Step.of(p);
    }
    boolean first = moves.element().message().op().equals(flight.op());
    if (first && result instanceof CommitResult.Refused) {
      LegacyMove refused = moves.remove();
      link.legacyIgnored();
      return refused.told() ? takeBack(p, nowNanos) : Step.of(p);
    }
    // Otherwise the store has not said anything new, and is asked again when that makes sense.
    boolean learned =
        result instanceof CommitResult.Committed
            || (result instanceof CommitResult.Conflict && !p.heldId().equals(flight.expected()));
    return learned ? pursue(provider, p, nowNanos) : Step.of(p);
  }

  /** What this worker's breaker wants goes first, and its commits are not overtaken. */
  private static boolean isFree(ProviderSync p) {
    return p.flight() == null && p.unresolved() == null && p.wanted() == null;
  }

  /** Nothing came of what stopped traffic: back to what is held. */
  private static Step takeBack(ProviderSync p, long nowNanos) {
    if (p.hint().told() != null) {
      // Another worker's event has stopped traffic too, and the key will tell.
      return Step.of(p);
    }
    return Step.of(
        p,
        new SyncEffect.Tell(
            p.held() == null
                ? new SyncPort.HintWithdrawn()
                : new SyncPort.Adopt(
                    p.held(), p.heldRemaining(nowNanos), p.overrideLeft(nowNanos))));
  }

  /** Only what is dated close to the server's clock is evidence of what is the case now. */
  private boolean isOfNow(Instant at, Duration open, long nowNanos) {
    return clockSeen && Math.abs(serverNow(nowNanos) - at.toEpochMilli()) <= open.toMillis();
  }

  private long serverNow(long nowNanos) {
    return serverMillis + TimeUnit.NANOSECONDS.toMillis(nowNanos - seenNanos);
  }
}
