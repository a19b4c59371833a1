package io.fleetbreaker.breaker;

import static io.fleetbreaker.State.CLOSED;
import static io.fleetbreaker.State.HALF_OPEN;
import static io.fleetbreaker.State.OPEN;

import io.fleetbreaker.OpenTime;
import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.breaker.Transitions.Step;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Supplier;
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
      return switch (random.nextInt(21)) {
        case 0, 1, 2 -> new Event.FuseBlown(generation, counts, trip);
        case 3, 4 -> new Event.ProbeSucceeded(generation, counts);
        case 5 -> new Event.ProbeFailed(generation, counts, trip);
        case 6, 7, 8 -> new Event.DeadlineReached(generation, counts);
        case 9 -> new Event.ResetRequested("by hand");
        case 10 -> new Event.Adopted(revision(), remaining);
        case 11 -> new Event.Hinted(revision(), remaining);
        case 12 -> new Event.HintWithdrawn();
        case 13 -> new Event.Committed(sequence, revision(), remaining);
        case 14 -> new Event.Superseded(sequence, revision(), remaining);
        case 15, 16 -> new Event.ProbeGranted(revision());
        case 17 -> new Event.ProbesLocal(counts);
        case 18 -> new Event.CloseDue(random.nextBoolean() ? round() : revision(), counts);
        case 19 -> random.nextBoolean() ? new Event.ProbesShared() : new Event.Dropped(sequence);
        default ->
            random.nextBoolean() ? new Event.OverrideCleared() : new Event.OverrideSet(override());
      };
    }

    private ManualOverride override() {
      Long until = random.nextBoolean() ? null : (Long) (now + seconds(0, 60).toNanos());
      OverrideMode mode = OverrideMode.values()[random.nextInt(3)];
      return new ManualOverride(mode, "by hand", now, until);
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
      return new Revision(
          new RevisionId(epoch, version, op),
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
          0);
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
              || !Objects.equals(next.override(), before.override());
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
      rule(to != OPEN || !(event instanceof Event.DeadlineReached), "time alone opens nothing");
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
      boolean byHand = event instanceof Event.OverrideSet || event instanceof Event.OverrideCleared;
      rule(
          byHand || expired || Objects.equals(override, before.override()),
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
              && next.generation() > before.generation();
      if (entered || otherRound) {
        successes = 0;
      }
      rule(next.state() != HALF_OPEN || next.probeSuccesses() == successes, "successes are kept");
    }

    private void probesAreAskedFor(Event event, Step step) {
      BreakerState next = step.next();
      rule(!next.due() || next.state() == OPEN, "only an OPEN is due");
      rule(!next.due() || next.beforeHint() == null, "a hint that is over is no longer there");
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
        if (before.pending() != null) {
          rule(next.equals(before), "a pending proposal is settled first");
        } else if (e.revision().id().isAfter(before.held())) {
          rule(next.state() == e.revision().state(), "a newer revision is adopted");
          rule(next.held().equals(e.revision().id()), "and held");
          rule(next.beforeHint() == null, "and ends a hint");
        }
      } else if (event instanceof Event.Hinted) {
        rule(next.held().equals(before.held()), "a hint is not held");
        rule(next.equals(before) || next.state() == OPEN, "a hint only stops traffic");
        rule(step.proposal() == null, "a hint is not proposed");
      } else if (event instanceof Event.HintWithdrawn) {
        BreakerState hinted = before.beforeHint();
        rule(next.state() == (hinted == null ? before : hinted).state(), "back to what was held");
        rule(next.beforeHint() == null, "the hint is over");
      } else if (event instanceof Event.Committed e) {
        rule(next.state() == before.state(), "a commit confirms");
        rule(next.generation() == before.generation(), "callers need not notice a commit");
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
