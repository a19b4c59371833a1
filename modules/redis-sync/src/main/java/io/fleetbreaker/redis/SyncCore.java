package io.fleetbreaker.redis;

import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.State;
import io.fleetbreaker.redis.FleetStore.CommitResult;
import io.fleetbreaker.redis.ProviderSync.Flight;
import io.fleetbreaker.redis.ProviderSync.Hint;
import io.fleetbreaker.redis.ProviderSync.Own;
import io.fleetbreaker.sync.FleetOverride;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import io.fleetbreaker.sync.SyncPort;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides what to propose, adopt, re-assert and ask for one provider. Pure: given the same
 * arguments and the same operation ids it decides the same; it has no clock and does no I/O.
 *
 * <p>The rules it keeps: a worker moves only to a greater revision (R2); a stale close never wins,
 * a fresh trip does (R5); an unknown commit is resolved by asking for its operation (R8); what was
 * open does not close because the store forgot it (R11); events stop traffic, and only the key
 * resumes it (R12).
 */
final class SyncCore {
  /** How much of its open time a trip gives up to join an OPEN that ends a little earlier. */
  private static final int COVERING_TOLERANCE = 10;

  /**
   * No setting allows a longer open time; a value that asks for one was not written by a worker.
   */
  private static final long LONGEST_OPEN_MILLIS = TimeUnit.DAYS.toMillis(1);

  /** For how long events are not believed after the key has disproved one. */
  private static final Duration HINTS_REST = Duration.ofSeconds(10);

  /** What became of a {@link ProviderSync}, and what to do about it, in this order. */
  record Step(ProviderSync next, List<SyncEffect> effects) {
    static Step of(ProviderSync next, SyncEffect... effects) {
      return new Step(next, List.of(effects));
    }

    Step andThen(Function<ProviderSync, Step> more) {
      Step later = more.apply(next);
      return new Step(
          later.next(), Stream.concat(effects.stream(), later.effects().stream()).toList());
    }
  }

  private final String provider;
  private final Commits commits;

  SyncCore(String provider, Commits commits) {
    this.provider = provider;
    this.commits = commits;
  }

  /** The breaker has made a transition. */
  Step onProposal(ProviderSync p, Proposal proposal, boolean storeUp, long nowNanos) {
    Revision held = p.held();
    Own own = p.own();
    if (held != null && own != null && own.sequence() == proposal.sequence()) {
      return Step.of(
          p,
          new SyncEffect.Tell(
              new SyncPort.Committed(
                  own.sequence(), held, p.heldRemaining(nowNanos), p.overrideLeft(nowNanos))));
    }
    ProviderSync next = p.withWanted(proposal);
    return storeUp ? pursue(next, nowNanos) : Step.of(next, deferred(proposal.sequence()));
  }

  /** The store can be asked (again): goes on with what is unresolved or wanted. */
  Step pursue(ProviderSync p, long nowNanos) {
    if (p.flight() != null) {
      return Step.of(p);
    }
    return p.unresolved() != null || isBlind(p) ? read(p) : propose(p, p.held(), nowNanos);
  }

  /** An event tells of a revision. */
  Step onHint(ProviderSync p, Revision told, long nowNanos) {
    Flight flight = p.flight();
    boolean ourOwn = flight != null && flight.op().equals(told.id().op());
    if (ourOwn || !told.id().isAfter(p.heldId())) {
      return Step.of(p);
    }
    if (told.effectiveState() != State.OPEN || p.hint().rests(nowNanos)) {
      return read(p);
    }
    Duration remaining = Duration.ofMillis(Math.min(told.openMillis(), LONGEST_OPEN_MILLIS));
    Revision believed = told.withOverride(ending(told.override()));
    FleetOverride forced = believed.override();
    Duration overrideLeft =
        Duration.ofMillis(
            forced == null ? 0 : Math.max(0, forced.untilMillis() - forced.sinceMillis()));
    return Step.of(
            p.withHint(new Hint(told.id(), false, 0)),
            new SyncEffect.Tell(new SyncPort.Hint(believed, remaining, overrideLeft)))
        .andThen(next -> read(next, new SyncEffect.ReadSoon()));
  }

  /** An event is not believed for ever: if nobody can confirm it, even what has no end ends. */
  private static @Nullable FleetOverride ending(@Nullable FleetOverride told) {
    if (told == null) {
      return null;
    }
    long latest = told.sinceMillis() + LONGEST_OPEN_MILLIS;
    long until = told.isEndless() ? latest : Math.min(told.untilMillis(), latest);
    return new FleetOverride(
        told.mode(), told.reason(), told.operator(), told.sinceMillis(), until, told.op());
  }

  /** There is reason to compare with the key. */
  Step read(ProviderSync p) {
    return read(p, new SyncEffect.Read());
  }

  private static Step read(ProviderSync p, SyncEffect effect) {
    boolean missed = p.reads().missed();
    return p.reads().underWay()
        ? Step.of(p.withReads(true, true, missed))
        : Step.of(p.withReads(true, false, missed), effect);
  }

  /** The key could not be read; the next snapshot will tell. */
  Step onReadFailed(ProviderSync p) {
    return Step.of(p.withReads(false, false, p.reads().missed()));
  }

  /** The key was read by a read of its own. */
  Step onRead(ProviderSync p, Optional<StoredState> found, long serverMillis, long nowNanos) {
    boolean again = p.reads().again();
    ProviderSync answered = p.withReads(false, false, p.reads().missed());
    Step step = onState(answered, found, again, serverMillis, nowNanos);
    return again ? step.andThen(this::read) : step;
  }

  /** The key was read with all others. A read of its own that is under way knows better. */
  Step onSnapshot(ProviderSync p, Optional<StoredState> found, long serverMillis, long nowNanos) {
    return onState(p, found, p.reads().underWay(), serverMillis, nowNanos);
  }

  /** {@code stale}: an event has come since the read began, and another read will follow. */
  private Step onState(
      ProviderSync p,
      Optional<StoredState> found,
      boolean stale,
      long serverMillis,
      long nowNanos) {
    if (p.flight() != null) {
      // The commit may have been made before or after this read: ask again when it has landed.
      return Step.of(p.withReads(p.reads().underWay(), p.reads().again(), true));
    }
    Revision current = found.flatMap(StoredState::revision).orElse(null);
    Flight unresolved = p.unresolved();
    if (unresolved == null) {
      return onCurrent(p, current, stale, serverMillis, nowNanos);
    }
    ProviderSync resolved = p.withUnresolved(null);
    return current != null && current.ops().contains(unresolved.op())
        ? onCommitted(resolved, unresolved, current, serverMillis, nowNanos)
        : onCurrent(resolved, current, stale, serverMillis, nowNanos);
  }

  /** The key holds this, and nothing of this worker's is on its way there. */
  private Step onCurrent(
      ProviderSync p, @Nullable Revision current, boolean stale, long serverMillis, long nowNanos) {
    if (current != null && current.id().isAfter(p.heldId())) {
      return follow(p, current, stale, serverMillis, nowNanos);
    }
    boolean asHeld = current == null ? p.held() == null : current.id().equals(p.heldId());
    if (asHeld) {
      Step confirmed = stale ? Step.of(p) : withdrawHint(p, nowNanos);
      return confirmed.andThen(next -> propose(next, current, nowNanos));
    }
    return stale ? Step.of(p) : onLostStore(p, current, serverMillis, nowNanos);
  }

  /** The store has answered a commit, or has not. */
  Step onCommitResult(ProviderSync p, Flight flight, CommitResult result, long nowNanos) {
    if (!flight.equals(p.flight())) {
      return Step.of(p);
    }
    boolean missed = p.reads().missed();
    ProviderSync landed =
        p.withFlight(null).withReads(p.reads().underWay(), p.reads().again(), false);
    Step step = onLanded(landed, flight, result, nowNanos);
    return missed ? step.andThen(this::read) : step;
  }

  private Step onLanded(ProviderSync p, Flight flight, CommitResult result, long nowNanos) {
    if (result instanceof CommitResult.Committed c) {
      return onCommitted(p, flight, c.revision(), c.serverMillis(), nowNanos);
    } else if (result instanceof CommitResult.Conflict conflict) {
      return onConflict(p, flight, conflict, nowNanos);
    } else if (result instanceof CommitResult.LockBusy) {
      return Step.of(p, new SyncEffect.TryLater(false));
    } else if (result instanceof CommitResult.Refused) {
      return Step.of(p, deferred(flight.sequence()), new SyncEffect.TryLater(true));
    } else if (result instanceof CommitResult.Unknown) {
      return Step.of(p.withUnresolved(flight), deferred(flight.sequence()));
    } else {
      return Step.of(p, deferred(flight.sequence()));
    }
  }

  private Step onCommitted(
      ProviderSync p, Flight flight, Revision revision, long serverMillis, long nowNanos) {
    if (!revision.id().op().equals(flight.op())) {
      return onCommittedAndOvertaken(p, flight, revision, serverMillis, nowNanos);
    }
    RevisionId base = flight.basedOn();
    Own own = base == null ? null : new Own(flight.sequence(), base);
    ProviderSync next = hold(p, revision, own, serverMillis, nowNanos);
    Duration remaining = next.heldRemaining(nowNanos);
    Duration overrideLeft = next.overrideLeft(nowNanos);
    SyncEffect committed =
        new SyncEffect.Tell(
            flight.sequence() == 0
                ? new SyncPort.Adopt(revision, remaining, overrideLeft)
                : new SyncPort.Committed(flight.sequence(), revision, remaining, overrideLeft));
    Proposal wanted = next.wanted();
    // What an event has told before is older than this.
    boolean hintEnds = p.hint().told() != null && next.hint().told() == null;
    Step told =
        hintEnds
            ? Step.of(next, committed, adopt(next, revision, nowNanos))
            : Step.of(next, committed);
    if (wanted == null || wanted.sequence() == flight.sequence()) {
      return told.andThen(n -> Step.of(n.withWanted(null)));
    }
    // The breaker has moved on meanwhile, on top of what has just been committed.
    Proposal onTop =
        goesOnTop(p, flight, revision, wanted) ? wanted.rebasedOn(revision.id()) : wanted;
    return told.andThen(n -> Step.of(n.withWanted(onTop)))
        .andThen(n -> propose(n, revision, nowNanos));
  }

  /**
   * Whether a proposal that was made during a commit goes on top of it. One that this breaker has
   * not wanted, of a state that was lost or of a legacy worker, must leave what the proposal was
   * made of as it was (R5).
   */
  private static boolean goesOnTop(
      ProviderSync p, Flight flight, Revision committed, Proposal wanted) {
    Revision held = p.held();
    return flight.sequence() != 0
        || (held != null && isOnBase(p, held, wanted) && held.state() == committed.state());
  }

  /** An earlier try of the operation had got through, and others have moved on from there. */
  private Step onCommittedAndOvertaken(
      ProviderSync p, Flight flight, Revision current, long serverMillis, long nowNanos) {
    Proposal wanted = p.wanted();
    return wanted != null && wanted.sequence() == flight.sequence()
        ? supersede(p, wanted, current, serverMillis, nowNanos)
        : follow(p, current, false, serverMillis, nowNanos);
  }

  private Step onConflict(
      ProviderSync p, Flight flight, CommitResult.Conflict conflict, long nowNanos) {
    Optional<StoredState> found = conflict.current();
    Revision current = found.flatMap(StoredState::revision).orElse(null);
    long serverMillis = conflict.serverMillis();
    Proposal wanted = p.wanted();
    if (found.isPresent() && found.get().schema() > StoredState.SCHEMA && current != null) {
      // Workers of a later version write here: follow them as far as possible, never write over it.
      if (wanted != null) {
        return supersede(p, wanted, current, serverMillis, nowNanos);
      }
      return current.id().isAfter(p.heldId())
          ? follow(p, current, false, serverMillis, nowNanos)
          : Step.of(p);
    }
    RevisionId stands = current == null ? RevisionId.NONE : current.id();
    if (stands.equals(flight.expected())) {
      // As expected, and yet refused: something in the value is beyond one of the two readers.
      return Step.of(p, new SyncEffect.TryLater(true));
    }
    if (current != null && current.id().isAfter(p.heldId())) {
      return follow(p, current, false, serverMillis, nowNanos);
    }
    return stands.equals(p.heldId())
        ? propose(p, current, nowNanos)
        : onLostStore(p, current, serverMillis, nowNanos);
  }

  /** The key holds a newer revision: takes it over, unless what is wanted may go on top of it. */
  private Step follow(
      ProviderSync p, Revision current, boolean stale, long serverMillis, long nowNanos) {
    FleetOverride lost = lostOverride(p, current, nowNanos);
    if (lost != null) {
      return commit(
          p,
          commits.reassertion(
              provider,
              current.withOverride(lost),
              millisLeft(current, serverMillis),
              current.id(),
              current));
    }
    ProviderSync next = hold(p, current, null, serverMillis, nowNanos);
    if (next.wanted() != null) {
      boolean underAnother = !Objects.equals(p.override(nowNanos), next.override(nowNanos));
      // That the key has been read ends a hint only once the proposal is settled.
      ProviderSync waits = next.withHint(p.hint());
      Step step = underAnother ? Step.of(waits, adopt(next, current, nowNanos)) : Step.of(waits);
      return step.andThen(n -> propose(n, current, nowNanos));
    }
    if (stale && next.hint().told() != null && current.effectiveState() != State.OPEN) {
      // An event told of something newer than this: what stops traffic stands until that is read.
      return Step.of(next);
    }
    return Step.of(
        next.withHint(new Hint(null, next.hint().resting(), next.hint().restsUntilNanos())),
        adopt(next, current, nowNanos));
  }

  /**
   * The override that is held and that a newer revision does not carry, or carries one that was set
   * before it, since whoever made that has found a store that had lost it. Where the one comes of
   * the other, an operator has ended it.
   */
  private static @Nullable FleetOverride lostOverride(
      ProviderSync p, Revision current, long nowNanos) {
    FleetOverride override = p.override(nowNanos);
    FleetOverride other = current.override();
    if (override == null || !current.operator().isEmpty()) {
      return null;
    }
    if (other != null && other.sinceMillis() >= override.sinceMillis()) {
      return null;
    }
    RevisionId held = p.heldId();
    RevisionId now = current.id();
    boolean wouldTell =
        now.epoch() > held.epoch() || now.version() - held.version() < Revision.KEPT_OPS;
    return wouldTell && !current.ops().contains(held.op()) ? override : null;
  }

  private static SyncEffect adopt(ProviderSync p, Revision revision, long nowNanos) {
    return new SyncEffect.Tell(
        new SyncPort.Adopt(revision, p.heldRemaining(nowNanos), p.overrideLeft(nowNanos)));
  }

  /** Gives the proposal up in favour of what the store holds, or of what is known to be newer. */
  private Step supersede(
      ProviderSync p, Proposal wanted, Revision current, long serverMillis, long nowNanos) {
    ProviderSync next =
        current.id().isAfter(p.heldId()) ? hold(p, current, null, serverMillis, nowNanos) : p;
    Revision held = next.held() == null ? current : next.held();
    return Step.of(
        next.withWanted(null), new SyncEffect.Tell(superseded(next, wanted, held, nowNanos)));
  }

  /**
   * Whether the breaker knows of a revision that this side of it does not, as after a restart: then
   * the key must tell first what the proposal would be written over.
   */
  private static boolean isBlind(ProviderSync p) {
    Proposal wanted = p.wanted();
    return p.held() == null && wanted != null && !wanted.basedOn().equals(RevisionId.NONE);
  }

  /** Commits what is wanted over {@code current}, or says what stands in its way. */
  private Step propose(ProviderSync p, @Nullable Revision current, long nowNanos) {
    Proposal wanted = p.wanted();
    Revision held = p.held();
    if (wanted == null) {
      return Step.of(p);
    }
    if (isBlind(p) && wanted.kind() == Proposal.Kind.CLOSE) {
      // The store has lost what was to be closed; others may know it, and will write it again.
      return Step.of(
          p.withWanted(null), new SyncEffect.Tell(new SyncPort.Dropped(wanted.sequence())));
    }
    if (held != null && !mayFollow(p, held, wanted, nowNanos)) {
      return Step.of(
          p.withoutOldHint().withWanted(null),
          new SyncEffect.Tell(superseded(p, wanted, held, nowNanos)));
    }
    SyncEffect.Commit commit =
        commits.transition(provider, wanted, held, p.override(nowNanos), current, nowNanos);
    return Step.of(p.withFlight(commit.flight()), commit);
  }

  /** Nobody resets what an operator has forced open: that takes another operator's word. */
  static boolean isForcedOpen(@Nullable FleetOverride override) {
    return override != null && override.mode() == OverrideMode.FORCED_OPEN;
  }

  private static boolean mayFollow(ProviderSync p, Revision held, Proposal wanted, long nowNanos) {
    boolean onBase = isOnBase(p, held, wanted);
    return switch (wanted.kind()) {
      case RESET -> !isForcedOpen(p.override(nowNanos));
      case HALF_OPEN -> onBase && held.state() == State.OPEN;
      case CLOSE -> onBase && held.state() != State.CLOSED;
      case TRIP -> onBase || (wanted.isFresh(nowNanos) && !covers(p, held, wanted));
    };
  }

  private static boolean isOnBase(ProviderSync p, Revision held, Proposal wanted) {
    return held.id().equals(wanted.basedOn())
        || (p.own() != null && p.own().basedOn().equals(wanted.basedOn()));
  }

  /**
   * Whether the fleet is OPEN about as long as the trip wants, as when many workers trip at once.
   */
  static boolean covers(ProviderSync p, Revision held, Proposal trip) {
    long wantedUntil = trip.atNanos() + trip.openFor().toNanos();
    long tolerance = trip.openFor().toNanos() / COVERING_TOLERANCE;
    return held.state() == State.OPEN && p.heldUntilNanos() - wantedUntil >= -tolerance;
  }

  /**
   * The store does not hold what this worker knows to have been committed (R11): nothing that was
   * open or half-open is let go because of that, and no close is made of it.
   */
  private Step onLostStore(
      ProviderSync p, @Nullable Revision current, long serverMillis, long nowNanos) {
    Proposal wanted = p.wanted();
    Revision held = p.held();
    boolean goesOn =
        wanted != null
            && switch (wanted.kind()) {
              case TRIP, RESET -> true;
              // What was open is over: half-open is all that is left of it to tell the store.
              case HALF_OPEN ->
                  !isOpen(current, serverMillis) && p.heldRemaining(nowNanos).isZero();
              case CLOSE -> false;
            };
    if (held == null || goesOn) {
      return withdrawHint(p, nowNanos).andThen(next -> propose(next, current, nowNanos));
    }
    Step step = wanted == null ? withdrawHint(p, nowNanos) : giveUp(p, wanted, held, nowNanos);
    return step.andThen(next -> reassert(next, held, current, serverMillis, nowNanos));
  }

  private static Step giveUp(ProviderSync p, Proposal wanted, Revision held, long nowNanos) {
    return Step.of(p.withWanted(null), new SyncEffect.Tell(superseded(p, wanted, held, nowNanos)));
  }

  private static SyncPort.Superseded superseded(
      ProviderSync p, Proposal wanted, Revision by, long nowNanos) {
    return new SyncPort.Superseded(
        wanted.sequence(), by, p.heldRemaining(nowNanos), p.overrideLeft(nowNanos));
  }

  /**
   * Writes again, in a new epoch, the more restrictive of what is held and what the store holds; of
   * two that are open, the one that lasts longer; and with it the override of either, of two the
   * one that was set later. A plain CLOSED is never written again.
   */
  private Step reassert(
      ProviderSync p, Revision held, @Nullable Revision current, long serverMillis, long nowNanos) {
    long heldLeft = p.heldRemaining(nowNanos).toMillis();
    long currentLeft = current == null ? 0 : millisLeft(current, serverMillis);
    // Even then it is written: under its old revision, those who hold a later one pass over it.
    FleetOverride override =
        Commits.carried(
            p.override(nowNanos), current == null ? null : current.override(), serverMillis);
    if (current != null && isStricter(current, currentLeft, held, heldLeft)) {
      Revision kept = current.withOverride(override);
      return commit(p, commits.reassertion(provider, kept, currentLeft, held.id(), current));
    }
    return held.state() == State.CLOSED && override == null
        ? Step.of(p)
        : commit(
            p,
            commits.reassertion(
                provider, held.withOverride(override), heldLeft, held.id(), current));
  }

  /**
   * The more restrictive of what is held and what a store that has lost something holds: what is
   * left of an OPEN that only this worker knows is dated by the server's clock as it is now.
   */
  static Revision stricter(
      Revision held, Duration heldRemaining, @Nullable Revision current, long serverMillis) {
    long heldLeft = heldRemaining.toMillis();
    if (current != null && isStricter(current, millisLeft(current, serverMillis), held, heldLeft)) {
      return current;
    }
    return held.state() == State.OPEN ? held.withOpenUntil(serverMillis + heldLeft) : held;
  }

  private static boolean isStricter(Revision one, long oneLeft, Revision other, long otherLeft) {
    int byState = Integer.compare(strictness(one, oneLeft), strictness(other, otherLeft));
    return byState == 0 ? oneLeft > otherLeft : byState > 0;
  }

  private static int strictness(Revision revision, long left) {
    return switch (revision.state()) {
      case CLOSED -> 0;
      case HALF_OPEN -> 1;
      case OPEN -> left > 0 ? 2 : 1;
    };
  }

  private static boolean isOpen(@Nullable Revision revision, long serverMillis) {
    return revision != null && millisLeft(revision, serverMillis) > 0;
  }

  private static Step commit(ProviderSync p, SyncEffect.Commit commit) {
    return Step.of(p.withFlight(commit.flight()), commit);
  }

  /** The key does not know what an event told of: back to what is held. */
  private static Step withdrawHint(ProviderSync p, long nowNanos) {
    if (p.hint().told() == null) {
      return Step.of(p);
    }
    ProviderSync next = p.withHint(new Hint(null, true, nowNanos + HINTS_REST.toNanos()));
    Revision held = next.held();
    return Step.of(
        next,
        new SyncEffect.Tell(
            held == null
                ? new SyncPort.HintWithdrawn()
                : new SyncPort.Adopt(
                    held, next.heldRemaining(nowNanos), next.overrideLeft(nowNanos))));
  }

  private static ProviderSync hold(
      ProviderSync p, Revision revision, @Nullable Own own, long serverMillis, long nowNanos) {
    long left = TimeUnit.MILLISECONDS.toNanos(millisLeft(revision, serverMillis));
    FleetOverride override = revision.override();
    long overrideLeft = override == null ? 0 : override.millisLeft(serverMillis);
    long overrideUntil = nowNanos + TimeUnit.MILLISECONDS.toNanos(overrideLeft);
    if (override != null && p.held() != null && isSame(override, p.held().override())) {
      // However the server's clock has stepped: it ends here no later than was known, if at all.
      boolean sooner = overrideUntil - p.overrideUntilNanos() < 0;
      overrideUntil = sooner ? overrideUntil : p.overrideUntilNanos();
    }
    return p.withHeld(revision, nowNanos + left, overrideUntil, own);
  }

  private static boolean isSame(FleetOverride one, @Nullable FleetOverride other) {
    return other != null && one.op().equals(other.op()) && one.mode() == other.mode();
  }

  /** What is left of OPEN; 0 in any other state. */
  private static long millisLeft(Revision revision, long serverMillis) {
    // Clamped, so that a server clock that steps back never makes OPEN longer than its open time.
    long left = Math.min(revision.openUntilMillis() - serverMillis, revision.openMillis());
    return Math.max(0, Math.min(left, LONGEST_OPEN_MILLIS));
  }

  private static SyncEffect deferred(long sequence) {
    return new SyncEffect.Tell(new SyncPort.Deferred(sequence));
  }
}
