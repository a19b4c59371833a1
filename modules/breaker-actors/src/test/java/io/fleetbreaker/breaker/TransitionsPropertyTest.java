package io.fleetbreaker.breaker;

import static io.fleetbreaker.State.CLOSED;
import static io.fleetbreaker.State.HALF_OPEN;
import static io.fleetbreaker.State.OPEN;

import io.fleetbreaker.OpenTime;
import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.breaker.Transitions.Step;
import io.fleetbreaker.sync.FleetOverride;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What holds after every event, in whatever order events come. */
class TransitionsPropertyTest {
  private static final int SEQUENCES = 4_000;
  private static final int EVENTS = 60;
  private static final int MOST_ATTEMPTS = 1_000_001;

  @Test
  void everyRuleHoldsAfterEveryEvent() {
    Seeds.each(SEQUENCES, random -> new Walk(random).run());
  }

  /** One random sequence of events, and the rules it is held to. */
  private static final class Walk {
    private final SplittableRandom random;
    private final ProviderSettings settings;
    private BreakerState before;
    private long now;

    /** Probes that have succeeded in this stay in HALF_OPEN, by the test's own count. */
    private int successes;

    private Supplier<String> what = () -> "at the beginning";

    Walk(SplittableRandom random) {
      this.random = random;
      this.now = random.nextLong();
      this.before = BreakerState.initial(now);
      this.settings =
          ProviderSettings.builder("openai")
              .successThreshold(1 + random.nextInt(3))
              .halfOpenMaxDuration(seconds(1, 60))
              .openTime(
                  new OpenTime(
                      seconds(1, 60),
                      1 + 9 * random.nextDouble(),
                      seconds(1, 600),
                      random.nextDouble() / 2,
                      seconds(0, 100)))
              .build();
    }

    private Duration seconds(int least, int most) {
      return Duration.ofSeconds(random.nextInt(least, most + 1));
    }

    void run() {
      for (int i = 0; i < EVENTS; i++) {
        passTime();
        Event event = event();
        int number = i;
        what = () -> "event " + number + ": " + event + " at " + now + " on " + before;
        Step step = Transitions.apply(before, event, settings, now, random.nextDouble());
        check(event, step);
        before = step.next();
      }
    }

    private void passTime() {
      boolean toTheDeadline = random.nextInt(3) == 0 && before.nextDeadline().isPresent();
      now =
          toTheDeadline && before.nextDeadline().getAsLong() - now > 0
              ? before.nextDeadline().getAsLong() - random.nextInt(2)
              : now + random.nextLong(20_000_000_000L);
    }

    private Event event() {
      long generation = before.generation() - (random.nextInt(5) == 0 ? 1 : 0);
      Event.Counts counts = new Event.Counts(random.nextInt(9), 7_000);
      Trip trip = new Trip("down\u0007", random.nextInt(3) == 0 ? seconds(-5, 900) : null);
      Duration remaining = seconds(0, 60);
      long sequence = before.sequence() - random.nextInt(2);
      return switch (random.nextInt(24)) {
        case 0, 1, 2 -> new Event.FuseBlown(generation, counts, trip);
        case 3, 4 -> new Event.ProbeSucceeded(generation, counts);
        case 5 -> new Event.ProbeFailed(generation, counts, trip);
        case 6, 7, 8 -> new Event.DeadlineReached(generation, counts);
        case 9 -> new Event.ResetRequested("by hand");
        case 10 -> new Event.Adopted(revision(), remaining, left());
        case 11 -> new Event.Hinted(revision(), remaining, left());
        case 12 -> new Event.HintWithdrawn();
        case 13 -> new Event.Committed(sequence, revision(), remaining, left());
        case 14 -> new Event.Superseded(sequence, revision(), remaining, left());
        case 15, 16 -> new Event.ProbeGranted(revision());
        case 17 -> new Event.ProbesLocal(counts);
        case 18 -> new Event.CloseDue(random.nextBoolean() ? round() : revision(), counts);
        case 19 -> random.nextBoolean() ? new Event.ProbesShared() : new Event.Dropped(sequence);
        case 20 -> new Event.OverriddenHere(random.nextBoolean() ? null : override());
        case 21 -> new Event.OpenedHere("here", seconds(1, 60));
        case 22 -> new Event.ClosedHere("here");
        default ->
            random.nextBoolean() ? new Event.OverrideCleared() : new Event.OverrideSet(override());
      };
    }

    private ManualOverride override() {
      Long until = random.nextBoolean() ? null : (Long) (now + seconds(0, 60).toNanos());
      OverrideMode mode = OverrideMode.values()[random.nextInt(3)];
      String op = random.nextBoolean() ? "" : "op-" + random.nextInt(3);
      return new ManualOverride(mode, "by hand", now, until, "somebody", op, false);
    }

    /** Of a revision's override; none is left of every fourth. */
    private Duration left() {
      return random.nextInt(4) == 0 ? Duration.ZERO : seconds(1, 60);
    }

    /** One revision says one thing, however often one hears of it. */
    private static @Nullable FleetOverride fleetOverride(RevisionId id) {
      int says = Math.floorMod(id.hashCode() * 31, 17);
      if (says > 5) {
        return null;
      }
      OverrideMode mode = OverrideMode.values()[says % 3];
      long until = says < 3 ? 0 : 65_000;
      String op = "override-" + id.version() % 3;
      return new FleetOverride(mode, "by\u0007hand", "somebody", 5_000, until, op);
    }

    /** The round of probes that this worker is in, if it is in one. */
    private Revision round() {
      Revision any = Revisions.of(HALF_OPEN, 1);
      return new Revision(
          before.held(), any.ops(), HALF_OPEN, 0, 0, 0, 1, "because", "other:1:1:a", 0, 0, 0);
    }

    private Revision revision() {
      RevisionId held = before.held();
      long version = Math.max(1, held.version() + random.nextInt(-2, 4));
      long epoch = Math.max(1, held.epoch() + (random.nextInt(8) == 0 ? 1 : 0));
      String op = "op-" + random.nextInt(3);
      int attempt = random.nextInt(20) == 0 ? Integer.MAX_VALUE : random.nextInt(9);
      RevisionId id = new RevisionId(epoch, version, op);
      return new Revision(
          id,
          List.of(op),
          State.values()[random.nextInt(3)],
          5_000,
          60_000,
          65_000,
          attempt,
          "because",
          "other:1:1:a",
          5,
          0,
          0,
          random.nextBoolean() ? "" : "somebody",
          fleetOverride(id));
    }

    private void rule(boolean holds, String rule) {
      if (!holds) {
        throw new AssertionError(rule + "; " + what.get());
      }
    }

    private void check(Event event, Step step) {
      orderHolds(event, step);
      olderGenerationsMoveNothing(event, step);
      automaticMovesAreLegal(event, step);
      proposalsAreConsistent(step);
      overridesAreKept(event, step);
      theFleetsOverrideBeatsThisWorkers(event, step);
      hereIsNotProposed(event, step);
      ownTripsAreBounded(event, step);
      probesAreCounted(event, step);
      probesAreAskedFor(event, step);
      theFleetIsFollowed(event, step);
      rule(
          step.freshCounts()
              || step.next().state() == before.state()
              || step.next().state() != CLOSED,
          "CLOSED begins with fresh counts");
    }

    private void orderHolds(Event event, Step step) {
      BreakerState next = step.next();
      rule(next.generation() >= before.generation(), "generations never decrease");
      // Who hears that a round it does not know yet is over goes through it.
      int most = event instanceof Event.CloseDue ? 2 : 1;
      rule(next.generation() <= before.generation() + most, "one event is one generation at most");
      boolean noticed =
          next.state() != before.state()
              || next.due() != before.due()
              || !ManualOverride.areSame(next.override(), before.override());
      rule(!noticed || next.generation() > before.generation(), "callers notice each change");
      rule(next.held().compareTo(before.held()) >= 0, "the held revision never decreases");
      rule(
          next.effectiveState() != OPEN || next.refusesFor(now).toNanos() >= 0, "nothing negative");
    }

    private void olderGenerationsMoveNothing(Event event, Step step) {
      long generation = before.generation();
      if (event instanceof Event.FuseBlown e) {
        generation = e.generation();
      } else if (event instanceof Event.ProbeSucceeded e) {
        generation = e.generation();
      } else if (event instanceof Event.ProbeFailed e) {
        generation = e.generation();
      } else if (event instanceof Event.DeadlineReached e) {
        generation = e.generation();
      }
      rule(
          generation == before.generation() || step.next().equals(before),
          "an event of an older generation moves nothing");
    }

    private static boolean isLocal(Event event) {
      return event instanceof Event.FuseBlown
          || event instanceof Event.ProbeSucceeded
          || event instanceof Event.ProbeFailed
          || event instanceof Event.DeadlineReached;
    }

    private void automaticMovesAreLegal(Event event, Step step) {
      State from = before.state();
      State to = step.next().state();
      if (!isLocal(event) || from == to) {
        return;
      }
      boolean endOfHint = before.beforeHint() != null && step.next().beforeHint() == null;
      rule(
          Transitions.AUTOMATIC.get(from).contains(to)
              || (endOfHint && event instanceof Event.DeadlineReached),
          "only legal automatic transitions");
      rule(
          to != OPEN || endOfHint || !(event instanceof Event.DeadlineReached),
          "time alone opens nothing");
      rule(
          from != OPEN || endOfHint || before.deadlineNanos() - now <= 0,
          "OPEN lasts until its deadline");
    }

    private void proposalsAreConsistent(Step step) {
      BreakerState next = step.next();
      Proposal proposal = step.proposal();
      if (proposal == null) {
        rule(next.sequence() == before.sequence(), "no proposal, no number");
        rule(
            next.pending() == null || next.pending().equals(before.pending()),
            "no proposal, nothing new pending");
        return;
      }
      rule(proposal.sequence() == before.sequence() + 1, "a proposal's number grows");
      rule(next.sequence() == proposal.sequence(), "the number is kept");
      rule(proposal.equals(next.pending()), "what is proposed is pending");
      rule(proposal.state() == next.state(), "what is proposed is what was done");
      rule(proposal.basedOn().equals(next.held()), "it is based on what is held");
      rule(proposal.atNanos() == now, "it says when");
      rule((proposal.openFor().toNanos() > 0) == (proposal.state() == OPEN), "only OPEN lasts");
      rule(proposal.reason().indexOf('\u0007') < 0, "reasons are printable");
    }

    private void overridesAreKept(Event event, Step step) {
      BreakerState next = step.next();
      ManualOverride override = next.override();
      if (override == null) {
        rule(next.effectiveState() == next.state(), "without an override callers meet the state");
      } else {
        State met = override.mode() == OverrideMode.FORCED_OPEN ? OPEN : CLOSED;
        rule(next.effectiveState() == met, "with an override callers meet that");
      }
      boolean expired =
          event instanceof Event.DeadlineReached
              && before.override() != null
              && before.override().untilNanos() != null
              && now - before.override().untilNanos() >= 0;
      boolean byHand =
          event instanceof Event.OverrideSet
              || event instanceof Event.OverrideCleared
              || event instanceof Event.OverriddenHere;
      boolean hintEnds = before.beforeHint() != null && next.beforeHint() == null;
      rule(
          byHand
              || expired
              || hintEnds
              || revisionOf(event) != null
              || Objects.equals(override, before.override()),
          "only an operator or its end changes an override");
      rule(
          next.nextDeadline().isPresent()
              == (override == null
                  ? next.state() != CLOSED && !next.due()
                  : override.untilNanos() != null),
          "time moves what has an end, and nothing else");
      if (event instanceof Event.ResetRequested) {
        boolean refused = Transitions.isForcedOpen(before);
        rule(!refused || next.equals(before), "a reset under forced open changes nothing");
        rule(refused || (next.state() == CLOSED && next.attempt() == 0), "another one closes");
      }
    }

    /** The revision that comes with what is said of the fleet. */
    private static @Nullable Revision revisionOf(Event event) {
      if (event instanceof Event.Adopted e) {
        return e.revision();
      } else if (event instanceof Event.Hinted e) {
        return e.revision();
      } else if (event instanceof Event.Committed e) {
        return e.revision();
      } else if (event instanceof Event.Superseded e) {
        return e.revision();
      }
      return null;
    }

    private void theFleetsOverrideBeatsThisWorkers(Event event, Step step) {
      BreakerState next = step.next();
      ManualOverride fleets = next.overrides().fleet();
      boolean aside = next.overrides().isMasked();
      rule(
          fleets == null || aside || fleets.equals(next.override()),
          "the fleet's override is in force, unless it was put aside here");
      rule(fleets == null || fleets.shared(), "and is known to be the fleet's");
      rule(
          fleets == null || fleets.reason().indexOf('\u0007') < 0,
          "an override's reason is printable");
      rule(
          !aside
              || before.overrides().isMasked()
              || (before.beforeHint() != null && before.beforeHint().overrides().isMasked())
              || event instanceof Event.OverriddenHere,
          "only an operator puts the fleet's override aside");
      Revision revision = revisionOf(event);
      boolean takesOver =
          revision != null
              && !(event instanceof Event.Hinted)
              && next.held().equals(revision.id())
              && !before.held().equals(revision.id())
              && next.beforeHint() == null;
      if (takesOver) {
        FleetOverride told = revision.override();
        boolean over = told != null && !told.isEndless() && leftOf(event).isZero();
        boolean none = told == null || over;
        rule(none == (fleets == null), "who holds a revision has its override");
        rule(
            none || (fleets.mode() == told.mode() && fleets.op().equals(told.op())),
            "and no other one");
        rule(
            none || told.isEndless() || fleets.untilNanos() - now <= leftOf(event).toNanos() + 1e8,
            "which ends no later than it says");
      }
    }

    private static Duration leftOf(Event event) {
      if (event instanceof Event.Adopted e) {
        return e.overrideLeft();
      } else if (event instanceof Event.Committed e) {
        return e.overrideLeft();
      }
      return ((Event.Superseded) event).overrideLeft();
    }

    /** What an operator wants of this worker alone. */
    private void hereIsNotProposed(Event event, Step step) {
      BreakerState next = step.next();
      if (event instanceof Event.OverriddenHere e) {
        ManualOverride wanted = e.override();
        boolean over = wanted != null && wanted.isOver(now);
        ManualOverride expected = wanted == null || over ? null : wanted;
        rule(Objects.equals(next.override(), expected), "an override here is in force at once");
        rule(next.state() == before.state(), "and moves nothing below it");
      } else if (event instanceof Event.OpenedHere) {
        boolean refused = before.override() != null;
        rule(next.state() == (refused ? before.state() : OPEN), "opened here, if not overridden");
        rule(refused || next.beforeHint() != null, "until the fleet has something newer to say");
      } else if (event instanceof Event.ClosedHere) {
        boolean refused = Transitions.isForcedOpen(before);
        rule(
            next.state() == (refused ? before.state() : CLOSED), "closed here, if not forced open");
      } else {
        return;
      }
      rule(step.proposal() == null, "what is wanted here is not proposed");
      rule(next.held().equals(before.held()), "and not held");
    }

    private void ownTripsAreBounded(Event event, Step step) {
      BreakerState next = step.next();
      boolean own = event instanceof Event.FuseBlown || event instanceof Event.ProbeFailed;
      rule(next.attempt() >= 0, "attempts are not negative");
      if (own && next.state() == OPEN && before.state() != OPEN) {
        long lasts = next.deadlineNanos() - now;
        rule(lasts > 0, "an own OPEN lasts");
        rule(lasts <= settings.openTime().longest().toNanos(), "but not too long");
        rule(next.attempt() >= 1 && next.attempt() <= MOST_ATTEMPTS, "attempts are bounded");
      }
    }

    private void probesAreCounted(Event event, Step step) {
      BreakerState next = step.next();
      if (event instanceof Event.ProbeSucceeded && !next.equals(before)) {
        successes++;
        boolean enough = successes >= settings.successThreshold();
        rule(next.state() == (enough ? CLOSED : HALF_OPEN), "enough successes close, fewer do not");
        rule(!enough || step.proposal().successCount() == successes, "it says how many");
        return;
      }
      boolean entered = next.state() == HALF_OPEN && before.state() != HALF_OPEN;
      boolean otherRound =
          (event instanceof Event.Adopted || event instanceof Event.ProbeGranted)
              && !next.held().equals(before.held())
              && next.generation() > before.generation();
      boolean hintEnds = before.beforeHint() != null && next.beforeHint() == null;
      if (entered || otherRound || hintEnds) {
        successes = 0;
      }
      rule(next.state() != HALF_OPEN || next.probeSuccesses() == successes, "successes are kept");
    }

    private void probesAreAskedFor(Event event, Step step) {
      BreakerState next = step.next();
      rule(!next.due() || next.state() == OPEN, "only an OPEN is due");
      rule(
          !next.due() || next.beforeHint() == null || next.beforeHint().due(),
          "a hint that is over is no longer there");
      rule(
          !next.due() || before.due() || event instanceof Event.DeadlineReached,
          "time alone makes it due");
      rule(
          !(event instanceof Event.DeadlineReached)
              || next.state() != HALF_OPEN
              || before.state() == HALF_OPEN
              || before.beforeHint() != null,
          "time alone probes nothing");
      if (event instanceof Event.ProbeGranted e) {
        RevisionId round = e.round().id();
        boolean takes = Transitions.takesPlace(next, round);
        rule(next.equals(before) || takes, "a round is entered for a place");
        rule(next.equals(before) || before.pending() == null, "not before a proposal is settled");
        rule(
            next.equals(before) || round.isAfter(before.held()) || before.due(),
            "a round of before is entered by who waits for it only");
        rule(step.proposal() == null, "a place is not proposed");
      } else if (event instanceof Event.ProbesLocal) {
        boolean probes = step.places() == Transitions.Places.LOCAL;
        rule(probes == before.mayProbe(), "only who waits for a probe deals its own places");
        rule(!probes || next.state() == HALF_OPEN, "and is in HALF_OPEN");
      } else if (event instanceof Event.CloseDue && !next.equals(before)) {
        rule(next.state() == CLOSED, "what is due is done");
        rule(step.proposal().kind() == Proposal.Kind.CLOSE, "and proposed");
        rule(before.pending() == null && before.override() == null, "if nothing is in its way");
      }
    }

    private void theFleetIsFollowed(Event event, Step step) {
      BreakerState next = step.next();
      if (event instanceof Event.Adopted e) {
        boolean newer = e.revision().id().isAfter(before.held());
        if (before.pending() != null && (newer || before.beforeHint() == null)) {
          rule(next.state() == before.state(), "a pending proposal is settled first");
          rule(next.held().equals(before.held()), "and what it is based on is held");
          rule(before.pending().equals(next.pending()), "it goes on");
        } else if (before.pending() != null) {
          rule(
              Objects.equals(next.pending(), before.pending()),
              "a disproved hint settles no proposal");
          rule(next.state() == before.beforeHint().state(), "and leaves what it was made of");
        } else if (e.revision().id().isAfter(before.held())) {
          rule(next.state() == e.revision().state(), "a newer revision is adopted");
          rule(next.held().equals(e.revision().id()), "and held");
          rule(next.beforeHint() == null, "and ends a hint");
        }
      } else if (event instanceof Event.Hinted) {
        rule(next.held().equals(before.held()), "a hint is not held");
        rule(
            next.equals(before) || next.state() == OPEN || Transitions.isForcedOpen(next),
            "a hint only stops traffic");
        rule(step.proposal() == null, "a hint is not proposed");
      } else if (event instanceof Event.HintWithdrawn) {
        BreakerState hinted = before.beforeHint();
        rule(next.state() == (hinted == null ? before : hinted).state(), "back to what was held");
        rule(next.beforeHint() == null, "the hint is over");
      } else if (event instanceof Event.Committed e) {
        rule(next.state() == before.state(), "a commit confirms");
        rule(
            next.generation() == before.generation()
                || !ManualOverride.areSame(next.override(), before.override()),
            "callers need not notice a commit, unless it ends or begins an override");
        boolean settled = before.pending() != null && before.pending().sequence() == e.sequence();
        rule(!settled || next.pending() == null, "what is committed is not pending");
        rule(
            settled || Objects.equals(next.pending(), before.pending()),
            "what is not committed is pending");
      } else if (event instanceof Event.Superseded e && !next.equals(before)) {
        rule(next.pending() == null, "what is superseded is not pending");
        boolean follows = e.revision().id().compareTo(before.held()) >= 0;
        rule(!follows || next.state() == e.revision().state(), "the fleet's state takes its place");
      }
    }
  }
}
