package io.fleetbreaker.redis;

import io.fleetbreaker.State;
import io.fleetbreaker.redis.ProviderSync.Flight;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The transition that a legacy event stands for, to be committed in the name of the worker that
 * sent it: {@code opened} is fresh failure evidence, as a worker's own trip is; {@code half_open}
 * and {@code closed} go only on top of a revision that the same worker has made. Immutable.
 *
 * @param atNanos when the event came, on the monotonic clock
 * @param openFor how long OPEN lasts, and for how long the move may be made
 * @param told whether the breaker has been told to stop traffic because of it
 * @param base what it was first proposed on; null before that, and for {@code opened}
 */
record LegacyMove(
    LegacyEvent message, long atNanos, Duration openFor, boolean told, @Nullable RevisionId base) {
  /** Stands in the place of a breaker's proposal number. */
  private static final long NO_PROPOSAL = 0;

  private static final int MOST_ATTEMPTS = 1_000_000;

  /** What can be done about a move. */
  enum Verdict {
    /** It is to be committed. */
    DUE,
    /** It has been committed, by this worker or by another one. */
    DONE,
    /** The fleet is open about as long without it. */
    COVERED,
    /** It comes too late, or from a worker that does not have the say. */
    REFUSED
  }

  /** The state it leads to. */
  State state() {
    return switch (message.event().type()) {
      case OPENED -> State.OPEN;
      case HALF_OPEN -> State.HALF_OPEN;
      case CLOSED -> State.CLOSED;
      case FAILURE, SUCCESS ->
          throw new IllegalStateException("a count is no move: " + message.event());
    };
  }

  boolean isTrip() {
    return state() == State.OPEN;
  }

  /** This move, after the breaker has been told. */
  LegacyMove afterTelling() {
    return new LegacyMove(message, atNanos, openFor, true, base);
  }

  /** This move, once it has been proposed on top of {@code held}. */
  LegacyMove proposedOn(RevisionId held) {
    return new LegacyMove(message, atNanos, openFor, told, isTrip() ? null : held);
  }

  /** What can be done about it now. */
  Verdict verdict(ProviderSync p, long nowNanos) {
    Revision held = p.held();
    if (held != null && held.ops().contains(message.op())) {
      return Verdict.DONE;
    }
    if (nowNanos - atNanos >= openFor.toNanos()) {
      return Verdict.REFUSED;
    }
    if (isTrip()) {
      boolean covered = held != null && SyncCore.covers(p, held, proposal(held));
      return covered ? Verdict.COVERED : Verdict.DUE;
    }
    return held != null && followsItsOwn(held) ? Verdict.DUE : Verdict.REFUSED;
  }

  private boolean followsItsOwn(Revision held) {
    boolean sameWorker =
        LegacyEvent.isLegacy(held.id().op()) && held.worker().equals(message.event().worker());
    boolean onBase = base == null || base.equals(held.id());
    boolean onItsWay =
        state() == State.HALF_OPEN ? held.state() == State.OPEN : held.state() != State.CLOSED;
    return sameWorker && onBase && onItsWay;
  }

  /** Its commit over what is held. */
  SyncEffect.Commit commit(ProviderSync p, long nowNanos) {
    Revision held = p.held();
    BreakerEvent event = message.event();
    SyncEffect.Commit commit =
        new Commits(event.worker(), (provider, sequence) -> message.op())
            .transition(
                event.provider(), proposal(held), held, p.override(nowNanos), held, nowNanos);
    // No breaker has proposed it, so none may take it for its own.
    Flight flight = new Flight(message.op(), NO_PROPOSAL, p.heldId(), null);
    return new SyncEffect.Commit(flight, commit.request());
  }

  /** The revision that it would make, for a hint: nobody holds it. */
  Revision provisional(ProviderSync p, long serverMillis, long nowNanos) {
    RevisionId id = p.heldId();
    boolean room = id.version() + 1 < RevisionId.LIMIT;
    Proposal proposal = proposal(p.held());
    return new Revision(
        new RevisionId(
            room ? id.epoch() : id.epoch() + 1, room ? id.version() + 1 : 1, message.op()),
        List.of(message.op()),
        proposal.state(),
        serverMillis,
        openFor.toMillis(),
        serverMillis + openFor.toMillis(),
        proposal.attempt(),
        proposal.reason(),
        message.event().worker(),
        proposal.failureCount(),
        proposal.successCount(),
        proposal.lastFailureMillis(),
        "",
        p.override(nowNanos));
  }

  private Proposal proposal(@Nullable Revision held) {
    BreakerEvent event = message.event();
    return new Proposal(
        NO_PROPOSAL,
        switch (state()) {
          case OPEN -> Proposal.Kind.TRIP;
          case HALF_OPEN -> Proposal.Kind.HALF_OPEN;
          case CLOSED -> Proposal.Kind.CLOSE;
        },
        state(),
        held == null ? RevisionId.NONE : held.id(),
        atNanos,
        isTrip() ? openFor : Duration.ZERO,
        attempt(held),
        "FlexiAI worker " + event.worker() + " says " + event.type().wireName(),
        event.failureCount(),
        event.successCount(),
        isTrip() || held == null ? event.at().toEpochMilli() : held.lastFailureMillis());
  }

  /** One more if it opens again without having been closed between. */
  private int attempt(@Nullable Revision held) {
    if (!isTrip()) {
      return held == null ? 0 : held.attempt();
    }
    return held == null || held.state() == State.CLOSED
        ? 1
        : Math.min(held.attempt(), MOST_ATTEMPTS) + 1;
  }
}
