package io.fleetbreaker.breaker;

import static io.fleetbreaker.State.CLOSED;
import static io.fleetbreaker.State.HALF_OPEN;
import static io.fleetbreaker.State.OPEN;

import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The state machine of one provider's breaker, as a pure function. No clock, no I/O, no logging.
 *
 * <p>Two sources move it: what this worker sees (a blown fuse, probes, the deadline, an operator)
 * and what the fleet has committed. A local move is made at once and proposed to the fleet; until
 * the proposal is settled only the settlement, or a hint to stop traffic, is taken from the fleet.
 */
final class Transitions {
  /** The moves this worker may make by itself; an operator may also close from anywhere. */
  static final Map<State, Set<State>> AUTOMATIC =
      new EnumMap<>(
          Map.of(
              CLOSED, EnumSet.of(OPEN),
              OPEN, EnumSet.of(HALF_OPEN),
              HALF_OPEN, EnumSet.of(OPEN, CLOSED)));

  /** What other workers say is counted on from, and must leave room for that. */
  private static final int MOST_ATTEMPTS = 1_000_000;

  private static final int LONGEST_REASON = 300;

  private Transitions() {}

  /**
   * What becomes of the places for probes that a worker deals to itself while the fleet cannot be
   * asked. A new generation begins without any.
   */
  enum Places {
    KEPT,
    /** There are as many as the settings say, with those that are taken. */
    LOCAL,
    /** If there are any, all are free again: those that are taken may never come back. */
    DEALT_ANEW,
    /** There are none; what those that are taken bring still counts. */
    WITHDRAWN
  }

  /**
   * What an event makes of a state.
   *
   * @param next the new state; the same object if nothing changed
   * @param proposal what to propose to the fleet
   * @param freshCounts whether this worker's failure count starts anew
   * @param places what becomes of the places for probes that nobody but this worker has dealt
   */
  record Step(BreakerState next, @Nullable Proposal proposal, boolean freshCounts, Places places) {
    Step(BreakerState next, @Nullable Proposal proposal, boolean freshCounts) {
      this(next, proposal, freshCounts, Places.KEPT);
    }

    static Step unchanged(BreakerState state) {
      return new Step(state, null, false);
    }
  }

  /**
   * Makes of {@code state} what {@code event} makes of it.
   *
   * @param roll a random number from 0 to 1, for what is spread at random
   */
  static Step apply(
      BreakerState state, Event event, ProviderSettings settings, long nowNanos, double roll) {
    if (event instanceof Event.FuseBlown e) {
      return onFuseBlown(state, e, settings, nowNanos, roll);
    } else if (event instanceof Event.ProbeSucceeded e) {
      return onProbeSucceeded(state, e, settings, nowNanos);
    } else if (event instanceof Event.ProbeFailed e) {
      return onProbeFailed(state, e, settings, nowNanos, roll);
    } else if (event instanceof Event.DeadlineReached e) {
      return onDeadlineReached(state, e, settings, nowNanos);
    } else if (event instanceof Event.ResetRequested e) {
      return onResetRequested(state, e, nowNanos);
    } else if (event instanceof Event.OverrideSet e) {
      return onOverrides(state, state.overrides().withLocal(printable(e.override())), nowNanos);
    } else if (event instanceof Event.OverrideCleared) {
      return onOverrides(state, state.overrides().withLocal(null), nowNanos);
    } else if (event instanceof Event.OverriddenHere e) {
      return onOverriddenHere(state, e, nowNanos);
    } else if (event instanceof Event.OpenedHere e) {
      return onOpenedHere(state, e, nowNanos);
    } else if (event instanceof Event.ClosedHere e) {
      return onClosedHere(state, e, nowNanos);
    } else if (event instanceof Event.Adopted e) {
      return onAdopted(state, e, settings, nowNanos);
    } else if (event instanceof Event.Hinted e) {
      return onHinted(state, e, nowNanos);
    } else if (event instanceof Event.HintWithdrawn) {
      return onHintWithdrawn(state);
    } else if (event instanceof Event.Committed e) {
      return onCommitted(state, e, nowNanos);
    } else if (event instanceof Event.Dropped e) {
      return onDropped(state, e);
    } else if (event instanceof Event.ProbeGranted e) {
      return onProbeGranted(state, e, settings, nowNanos);
    } else if (event instanceof Event.ProbesLocal e) {
      return onProbesLocal(state, e, settings, nowNanos);
    } else if (event instanceof Event.ProbesShared) {
      return onProbesShared(state);
    } else if (event instanceof Event.CloseDue e) {
      return onCloseDue(state, e, settings, nowNanos);
    } else {
      return onSuperseded(state, (Event.Superseded) event, settings, nowNanos);
    }
  }

  private static Step onFuseBlown(
      BreakerState s, Event.FuseBlown e, ProviderSettings settings, long now, double roll) {
    if (s.state() != CLOSED || s.generation() != e.generation()) {
      return Step.unchanged(s);
    }
    boolean stable = now - s.sinceNanos() >= settings.openTime().resetAfter().toNanos();
    return open(s, stable ? 0 : s.attempt(), e.counts(), e.trip(), settings, now, roll);
  }

  private static Step onProbeFailed(
      BreakerState s, Event.ProbeFailed e, ProviderSettings settings, long now, double roll) {
    if (s.state() != HALF_OPEN || s.generation() != e.generation()) {
      return Step.unchanged(s);
    }
    return open(s, s.attempt(), e.counts(), e.trip(), settings, now, roll);
  }

  private static Step open(
      BreakerState s,
      int attemptsBefore,
      Event.Counts counts,
      Trip trip,
      ProviderSettings settings,
      long now,
      double roll) {
    int attempt = Math.min(attemptsBefore, MOST_ATTEMPTS) + 1;
    Duration asked = trip.retryAfter();
    Duration openFor =
        asked == null
            ? settings.openTime().ofAttempt(attempt, roll)
            : settings.openTime().clamp(asked);
    BreakerState opened =
        automatic(s, OPEN, now, now + openFor.toNanos(), attempt, printable(trip.reason()));
    return propose(opened, Proposal.Kind.TRIP, now, openFor, counts, 0);
  }

  private static Step onProbeSucceeded(
      BreakerState s, Event.ProbeSucceeded e, ProviderSettings settings, long now) {
    if (s.state() != HALF_OPEN || s.generation() != e.generation()) {
      return Step.unchanged(s);
    }
    int successes = s.probeSuccesses() + 1;
    if (successes < settings.successThreshold()) {
      return new Step(s.withProbeSuccesses(successes), null, false);
    }
    return close(s, e.counts(), successes, now);
  }

  private static Step close(BreakerState s, Event.Counts counts, int successes, long now) {
    String reason = successes == 1 ? "a probe succeeded" : successes + " probes succeeded";
    BreakerState closed = automatic(s, CLOSED, now, now, s.attempt(), reason);
    Event.Counts none = new Event.Counts(0, counts.lastFailureMillis());
    return propose(closed, Proposal.Kind.CLOSE, now, Duration.ZERO, none, successes);
  }

  private static Step onDeadlineReached(
      BreakerState s, Event.DeadlineReached e, ProviderSettings settings, long now) {
    OptionalLong deadline = s.nextDeadline();
    boolean due = deadline.isPresent() && now - deadline.getAsLong() >= 0;
    if (!due || s.generation() != e.generation()) {
      return Step.unchanged(s);
    }
    BreakerState before = s.beforeHint();
    ManualOverride override = s.override();
    boolean hinted = before != null && !before.overrides().isFleets(override);
    if (override != null && !(hinted && override.shared())) {
      return onOverrides(s, s.overrides(), now);
    }
    if (before != null) {
      return onHintWithdrawn(s);
    }
    if (s.state() == HALF_OPEN) {
      // Permits that were never settled would hold their places for ever. If one is settled after
      // all, that still says something of the provider.
      long roundEnds = now + settings.halfOpenMaxDuration().toNanos();
      return new Step(s.withDeadline(roundEnds), null, false, Places.DEALT_ANEW);
    }
    return new Step(s.becomeDue(), null, false);
  }

  /**
   * Joins the fleet's round, with the place that was granted; {@link #takesPlace} tells whether it
   * has come to that.
   */
  private static Step onProbeGranted(
      BreakerState s, Event.ProbeGranted e, ProviderSettings settings, long now) {
    BreakerState joined = joined(s, e.round(), settings, now);
    return joined == null ? Step.unchanged(s) : new Step(joined, null, false);
  }

  /** Whether a place that was granted in this round is of use in this state. */
  static boolean takesPlace(BreakerState s, RevisionId round) {
    return s.state() == HALF_OPEN
        && s.pending() == null
        && s.override() == null
        && s.held().equals(round);
  }

  /** The state in the fleet's round, or null if it must not be entered now. */
  private static @Nullable BreakerState joined(
      BreakerState s, Revision round, ProviderSettings settings, long now) {
    boolean free = s.pending() == null && s.beforeHint() == null && s.override() == null;
    if (!free || s.state() == CLOSED || round.state() != HALF_OPEN) {
      return null;
    }
    boolean same = round.id().equals(s.held());
    if (s.state() == HALF_OPEN && same) {
      return s;
    }
    // A newer one may stand under an override that this breaker has not been told of.
    boolean mayEnter =
        (round.id().isAfter(s.held()) && round.override() == null) || (same && s.due());
    if (!mayEnter) {
      return null;
    }
    return s.state() == HALF_OPEN
        ? nextRound(s, round, settings, now)
        : moveTo(s, round, Duration.ZERO, Duration.ZERO, settings, now).next();
  }

  private static Step onProbesLocal(
      BreakerState s, Event.ProbesLocal e, ProviderSettings settings, long now) {
    if (!s.mayProbe()) {
      return Step.unchanged(s);
    }
    if (s.state() == HALF_OPEN) {
      return new Step(s, null, false, Places.LOCAL);
    }
    long roundEnds = now + settings.halfOpenMaxDuration().toNanos();
    BreakerState probing =
        automatic(s, HALF_OPEN, now, roundEnds, s.attempt(), "the open time has passed");
    Step step = propose(probing, Proposal.Kind.HALF_OPEN, now, Duration.ZERO, e.counts(), 0);
    return new Step(step.next(), step.proposal(), step.freshCounts(), Places.LOCAL);
  }

  private static Step onProbesShared(BreakerState s) {
    return s.state() == HALF_OPEN ? new Step(s, null, false, Places.WITHDRAWN) : Step.unchanged(s);
  }

  private static Step onCloseDue(
      BreakerState s, Event.CloseDue e, ProviderSettings settings, long now) {
    BreakerState joined = joined(s, e.round(), settings, now);
    return joined == null
        ? Step.unchanged(s)
        : close(joined, e.counts(), settings.successThreshold(), now);
  }

  private static Step onResetRequested(BreakerState s, Event.ResetRequested e, long now) {
    if (isForcedOpen(s)) {
      return Step.unchanged(s);
    }
    BreakerState closed = s.enter(CLOSED, now, now, 0, printable(e.reason()));
    return propose(closed, Proposal.Kind.RESET, now, Duration.ZERO, Event.Counts.NONE, 0);
  }

  /** Whether a reset would be hidden by an override, and is refused therefore. */
  static boolean isForcedOpen(BreakerState s) {
    ManualOverride override = s.override();
    return override != null && override.isForcedOpen();
  }

  /**
   * Below an override the fleet's word is followed, and this worker moves nothing by itself; an
   * OPEN that is over by then is due when the override ends. What was counted before says nothing
   * of what comes.
   */
  private static Step onOverrides(BreakerState s, Overrides wanted, long now) {
    Overrides next = wanted.unexpired(now);
    if (!Objects.equals(s.override(), next.effective())) {
      return new Step(s.enterUnder(next), null, true);
    }
    return next.equals(s.overrides())
        ? Step.unchanged(s)
        : new Step(s.withOverrides(next), null, false);
  }

  private static Step onOverriddenHere(BreakerState s, Event.OverriddenHere e, long now) {
    ManualOverride local = e.override() == null ? null : printable(e.override());
    return onOverrides(s, s.overrides().unexpired(now).withLocalInstead(local), now);
  }

  /** As a hint does: for its time, or until the fleet has something newer to say. */
  private static Step onOpenedHere(BreakerState s, Event.OpenedHere e, long now) {
    if (s.override() != null) {
      return Step.unchanged(s);
    }
    BreakerState before = s.beforeHint() == null ? s : s.beforeHint();
    long deadline = now + e.openFor().toNanos();
    BreakerState opened = s.enter(OPEN, now, deadline, s.attempt(), printable(e.reason()));
    return new Step(opened.withBeforeHint(before), null, true);
  }

  private static Step onClosedHere(BreakerState s, Event.ClosedHere e, long now) {
    if (isForcedOpen(s)) {
      return Step.unchanged(s);
    }
    BreakerState before = s.beforeHint() == null ? s : s.beforeHint();
    BreakerState closed = s.enter(CLOSED, now, now, 0, printable(e.reason()));
    return new Step(closed.withBeforeHint(before), null, true);
  }

  /**
   * Takes the override of a revision over, on top of what the revision has made of the state below.
   *
   * @param before the state before that
   */
  private static Step underOverride(
      BreakerState before, Step moved, Revision to, Duration overrideLeft, long now) {
    BreakerState s = moved.next();
    Overrides next = before.overrides().following(to, overrideLeft, now);
    boolean noticed = !ManualOverride.areSame(before.override(), next.effective());
    if (!noticed) {
      return next.equals(s.overrides())
          ? moved
          : new Step(s.withOverrides(next), moved.proposal(), moved.freshCounts(), moved.places());
    }
    boolean entered = s.generation() != before.generation();
    return new Step(
        entered ? s.withOverrides(next) : s.enterUnder(next),
        moved.proposal(),
        true,
        moved.places());
  }

  private static Step onAdopted(
      BreakerState s, Event.Adopted e, ProviderSettings settings, long now) {
    Revision revision = e.revision();
    boolean newer = revision.id().isAfter(s.held());
    if (newer && s.pending() != null) {
      // What the operator wants does not wait for what becomes of the proposal.
      return s.beforeHint() == null
          ? underOverride(s, Step.unchanged(s), revision, e.overrideLeft(), now)
          : Step.unchanged(s);
    }
    if (newer) {
      return s.state() == HALF_OPEN && revision.state() == HALF_OPEN
          ? underOverride(
              s,
              new Step(nextRound(s, revision, settings, now), null, false),
              revision,
              e.overrideLeft(),
              now)
          : moveTo(s, revision, e.remaining(), e.overrideLeft(), settings, now);
    }
    return s.beforeHint() == null ? Step.unchanged(s) : onHintWithdrawn(s);
  }

  /**
   * Another round of probes than this worker is in: what the earlier ones bring says nothing. The
   * breaker has opened again between the two, which this worker has missed.
   */
  private static BreakerState nextRound(
      BreakerState s, Revision revision, ProviderSettings settings, long now) {
    long roundEnds = now + settings.halfOpenMaxDuration().toNanos();
    return s.enter(HALF_OPEN, s.sinceNanos(), roundEnds, revision.attempt(), s.reason())
        .withHeld(revision.id());
  }

  private static Step onHinted(BreakerState s, Event.Hinted e, long now) {
    Revision told = e.revision();
    if (!told.id().isAfter(s.held())) {
      return Step.unchanged(s);
    }
    BreakerState before = s.beforeHint() == null ? s : s.beforeHint();
    if (told.override() != null) {
      Overrides next = s.overrides().following(told, e.overrideLeft(), now);
      ManualOverride override = next.effective();
      // Only what stops traffic is taken from a hint, and only if it is in force.
      return override != null && override.shared() && override.isForcedOpen() && !isForcedOpen(s)
          ? new Step(s.enterUnder(next).withBeforeHint(before), null, true)
          : Step.unchanged(s);
    }
    if (told.state() != OPEN || e.remaining().toNanos() <= 0) {
      return Step.unchanged(s);
    }
    ManualOverride fleets = s.overrides().fleet();
    Overrides next =
        fleets == null || fleets.isForcedOpen() ? s.overrides() : s.overrides().withoutFleet();
    if (s.state() == OPEN) {
      return Objects.equals(s.override(), next.effective())
          ? Step.unchanged(s)
          : new Step(s.enterUnder(next).withBeforeHint(before), null, true);
    }
    long deadline = now + e.remaining().toNanos();
    BreakerState opened = s.enter(OPEN, now, deadline, told.attempt(), remoteReason(told));
    return new Step(opened.withOverrides(next).withBeforeHint(before), null, true);
  }

  private static Step onHintWithdrawn(BreakerState s) {
    BreakerState before = s.beforeHint();
    if (before == null) {
      return Step.unchanged(s);
    }
    // As if nothing had happened, but callers must notice, and what they have counted is gone.
    BreakerState back =
        s.enter(
            before.state(),
            before.sinceNanos(),
            before.deadlineNanos(),
            before.attempt(),
            before.reason());
    return new Step(back.withOverrides(s.overrides().withFleetOf(before.overrides())), null, true);
  }

  private static Step onCommitted(BreakerState s, Event.Committed e, long now) {
    boolean current = e.revision().id().compareTo(s.held()) >= 0;
    BreakerState held = current ? s.withHeld(e.revision().id()) : s;
    Proposal pending = held.pending();
    boolean settled = pending != null && pending.sequence() == e.sequence();
    Step step = new Step(settled ? held.withoutPending() : held, null, false);
    // What only an event has told may be newer than this, and stands until the key has been read.
    BreakerState before = s.beforeHint();
    if (!current || before == null) {
      return current ? underOverride(s, step, e.revision(), e.overrideLeft(), now) : step;
    }
    Overrides below = before.overrides().following(e.revision(), e.overrideLeft(), now);
    Step next = new Step(step.next().withBeforeHint(before.withOverrides(below)), null, false);
    return overrideStandsAbove(s, before, below)
        ? next
        : underOverride(s, next, e.revision(), e.overrideLeft(), now);
  }

  /**
   * Whether what is above {@code before} says more of the fleet's override than its own commit: an
   * event has told of it, or it stops traffic that the override would let through.
   */
  private static boolean overrideStandsAbove(BreakerState s, BreakerState before, Overrides below) {
    boolean told = !before.overrides().isFleets(s.overrides().fleet());
    ManualOverride next = below.fleet();
    return told || (s.state() == OPEN && next != null && !next.isForcedOpen());
  }

  private static Step onDropped(BreakerState s, Event.Dropped e) {
    Proposal pending = s.pending();
    return pending != null && pending.sequence() == e.sequence()
        ? new Step(s.withoutPending(), null, false)
        : Step.unchanged(s);
  }

  private static Step onSuperseded(
      BreakerState s, Event.Superseded e, ProviderSettings settings, long now) {
    Proposal pending = s.pending();
    if (pending == null || pending.sequence() != e.sequence()) {
      return Step.unchanged(s);
    }
    BreakerState settled = s.withoutPending();
    return e.revision().id().compareTo(s.held()) < 0
        ? new Step(settled, null, false)
        : moveTo(settled, e.revision(), e.remaining(), e.overrideLeft(), settings, now);
  }

  /** Takes over the fleet's revision, without a new generation where callers need not notice. */
  private static Step moveTo(
      BreakerState s,
      Revision to,
      Duration remaining,
      Duration overrideLeft,
      ProviderSettings settings,
      long now) {
    return underOverride(s, moveBelow(s, to, remaining, settings, now), to, overrideLeft, now);
  }

  private static Step moveBelow(
      BreakerState s, Revision to, Duration remaining, ProviderSettings settings, long now) {
    long deadline =
        now + (to.state() == OPEN ? remaining : settings.halfOpenMaxDuration()).toNanos();
    if (s.state() == to.state()) {
      // How long the fleet has been closed is not known here: who joins it counts anew.
      boolean joins = s.held().equals(RevisionId.NONE) && to.state() == CLOSED;
      BreakerState same =
          s.withHeld(to.id()).withBeforeHint(null).withAttempt(joins ? 0 : to.attempt());
      if (to.state() != OPEN) {
        return new Step(same, null, false, Places.WITHDRAWN);
      }
      boolean goesOn = s.due() && remaining.toNanos() > 0;
      return new Step(
          goesOn
              ? same.enter(OPEN, s.sinceNanos(), deadline, same.attempt(), s.reason())
              : same.withDeadline(deadline),
          null,
          false);
    }
    BreakerState moved = s.enter(to.state(), now, deadline, to.attempt(), remoteReason(to));
    return new Step(moved.withHeld(to.id()), null, true);
  }

  private static String remoteReason(Revision revision) {
    return printable(revision.reason()) + " (on worker " + printable(revision.worker()) + ")";
  }

  static ManualOverride printable(ManualOverride override) {
    return new ManualOverride(
        override.mode(),
        printable(override.reason()),
        override.sinceNanos(),
        override.untilNanos(),
        printable(override.operator()),
        override.op(),
        override.shared());
  }

  /** Others' words end in logs and answers: without control characters, and not at any length. */
  static String printable(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .limit(LONGEST_REASON)
        .forEach(c -> out.appendCodePoint(Character.isISOControl(c) ? '?' : c));
    return out.toString();
  }

  private static BreakerState automatic(
      BreakerState s, State next, long now, long deadline, int attempt, String reason) {
    if (!AUTOMATIC.getOrDefault(s.state(), Set.of()).contains(next)) {
      throw new IllegalStateException("no automatic transition from " + s.state() + " to " + next);
    }
    return s.enter(next, now, deadline, attempt, reason);
  }

  private static Step propose(
      BreakerState s,
      Proposal.Kind kind,
      long now,
      Duration openFor,
      Event.Counts counts,
      int successes) {
    Proposal proposal =
        new Proposal(
            s.sequence() + 1,
            kind,
            s.state(),
            s.held(),
            now,
            openFor,
            s.attempt(),
            s.reason(),
            counts.failures(),
            successes,
            counts.lastFailureMillis());
    return new Step(s.withPending(proposal), proposal, s.state() == CLOSED);
  }
}
