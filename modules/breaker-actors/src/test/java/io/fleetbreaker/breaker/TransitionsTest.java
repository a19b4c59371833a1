package io.fleetbreaker.breaker;

import static io.fleetbreaker.State.CLOSED;
import static io.fleetbreaker.State.HALF_OPEN;
import static io.fleetbreaker.State.OPEN;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.breaker.Transitions.Step;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransitionsTest {
  private static final ProviderSettings SETTINGS =
      ProviderSettings.builder("openai")
          .priority(1)
          .failureThreshold(3)
          .openDuration(Duration.ofSeconds(60))
          .halfOpenMaxCalls(1)
          .successThreshold(2)
          .halfOpenMaxDuration(Duration.ofSeconds(30))
          .build();
  private static final long START = 42;
  private static final Event.Counts COUNTS = new Event.Counts(3, 7_000);
  private static final Trip TRIP = new Trip("3 consecutive failures");

  private long now = START;

  private Step apply(BreakerState state, Event event) {
    return Transitions.apply(state, event, SETTINGS, now, 0.5);
  }

  private BreakerState tripped() {
    BreakerState closed = BreakerState.initial(now);
    return apply(closed, new Event.FuseBlown(closed.generation(), COUNTS, TRIP)).next();
  }

  private BreakerState halfOpen() {
    BreakerState open = tripped();
    now = open.deadlineNanos();
    return apply(due(open), new Event.ProbesLocal(COUNTS)).next();
  }

  private BreakerState due(BreakerState open) {
    return apply(open, new Event.DeadlineReached(open.generation(), COUNTS)).next();
  }

  private static BreakerState settled(BreakerState state) {
    return state.withoutPending();
  }

  @Test
  void aBlownFuseOpensAndProposesATrip() {
    Step step = apply(BreakerState.initial(now), new Event.FuseBlown(0, COUNTS, TRIP));

    assertThat(step.next().state()).isEqualTo(OPEN);
    assertThat(step.next().remaining(now)).isEqualTo(Duration.ofSeconds(60));
    assertThat(step.next().attempt()).isEqualTo(1);
    assertThat(step.proposal()).isNotNull();
    assertThat(step.proposal().kind()).isEqualTo(Proposal.Kind.TRIP);
    assertThat(step.proposal().failureCount()).isEqualTo(3);
    assertThat(step.proposal().reason()).isEqualTo("3 consecutive failures");
    assertThat(step.freshCounts()).isFalse();
  }

  @Test
  void aFuseOfAnOlderGenerationMovesNothing() {
    BreakerState closed = apply(tripped(), new Event.ResetRequested("by hand")).next();

    Step late = apply(closed, new Event.FuseBlown(0, COUNTS, TRIP));

    assertThat(late.next()).isSameAs(closed);
  }

  @Test
  void openIsDueOnlyAtItsDeadlineAndStaysOpen() {
    BreakerState open = tripped();
    now = open.deadlineNanos() - 1;
    assertThat(apply(open, new Event.DeadlineReached(open.generation(), COUNTS)).next())
        .isSameAs(open);

    now = open.deadlineNanos();
    Step step = apply(open, new Event.DeadlineReached(open.generation(), COUNTS));

    assertThat(step.next().state()).isEqualTo(OPEN);
    assertThat(step.next().due()).isTrue();
    assertThat(step.next().mayProbe()).isTrue();
    assertThat(step.next().generation()).isGreaterThan(open.generation());
    assertThat(step.next().nextDeadline()).isEmpty();
    assertThat(step.proposal()).isNull();
  }

  @Test
  void closesWhenEnoughProbesHaveSucceeded() {
    BreakerState probing = halfOpen();

    Step first = apply(probing, new Event.ProbeSucceeded(probing.generation(), COUNTS));
    Step second = apply(first.next(), new Event.ProbeSucceeded(probing.generation(), COUNTS));

    assertThat(first.next().state()).isEqualTo(HALF_OPEN);
    assertThat(first.proposal()).isNull();
    assertThat(second.next().state()).isEqualTo(CLOSED);
    assertThat(second.proposal().kind()).isEqualTo(Proposal.Kind.CLOSE);
    assertThat(second.proposal().successCount()).isEqualTo(2);
    assertThat(second.freshCounts()).isTrue();
  }

  @Test
  void aFailedProbeReopensWithTheNextAttempt() {
    BreakerState probing = halfOpen();

    Step step = apply(probing, new Event.ProbeFailed(probing.generation(), COUNTS, TRIP));

    assertThat(step.next().state()).isEqualTo(OPEN);
    assertThat(step.next().attempt()).isEqualTo(2);
    assertThat(step.proposal().kind()).isEqualTo(Proposal.Kind.TRIP);
  }

  @Test
  void aDroppedProposalLeavesTheStateAsItIs() {
    BreakerState open = tripped();

    Step step = apply(open, new Event.Dropped(open.sequence()));
    Step other = apply(open, new Event.Dropped(open.sequence() + 1));

    assertThat(step.next().state()).isEqualTo(OPEN);
    assertThat(step.next().pending()).isNull();
    assertThat(other.next()).isSameAs(open);
  }

  @Test
  void theDeadlineOfHalfOpenGivesPlacesOutAgainWithinTheSameRound() {
    BreakerState probing = halfOpen();
    now = probing.deadlineNanos();
    Step again = apply(probing, new Event.DeadlineReached(probing.generation(), COUNTS));

    assertThat(again.places()).isEqualTo(Transitions.Places.DEALT_ANEW);
    assertThat(again.proposal()).isNull();
    assertThat(again.next().state()).isEqualTo(HALF_OPEN);
    assertThat(again.next().generation()).isEqualTo(probing.generation());
    assertThat(again.next().deadlineNanos())
        .isEqualTo(now + SETTINGS.halfOpenMaxDuration().toNanos());
    assertThat(
            apply(again.next(), new Event.ProbeFailed(probing.generation(), COUNTS, TRIP))
                .next()
                .state())
        .isEqualTo(OPEN);
  }

  @Test
  void r2ARevisionThatIsNotNewerMovesNothing() {
    BreakerState closed = BreakerState.initial(now);
    BreakerState adopted =
        apply(closed, new Event.Adopted(Revisions.of(OPEN, 5), Duration.ofSeconds(9))).next();

    assertThat(adopted.state()).isEqualTo(OPEN);
    assertThat(adopted.remaining(now)).isEqualTo(Duration.ofSeconds(9));
    assertThat(apply(adopted, new Event.Adopted(Revisions.of(CLOSED, 5), Duration.ZERO)).next())
        .isSameAs(adopted);
    assertThat(apply(adopted, new Event.Adopted(Revisions.of(CLOSED, 4), Duration.ZERO)).next())
        .isSameAs(adopted);
    assertThat(
            apply(adopted, new Event.Adopted(Revisions.of(CLOSED, 6), Duration.ZERO))
                .next()
                .state())
        .isEqualTo(CLOSED);
  }

  @Test
  void adoptingTheSameStateIsNotNoticedByCallers() {
    BreakerState closed = BreakerState.initial(now);

    Step step = apply(closed, new Event.Adopted(Revisions.of(CLOSED, 3), Duration.ZERO));

    assertThat(step.next().generation()).isEqualTo(closed.generation());
    assertThat(step.next().held()).isEqualTo(new RevisionId(1_000, 3, "op-3"));
    assertThat(step.freshCounts()).isFalse();
  }

  @Test
  void r4ALocalTripIsNotUndoneByWhatTheFleetSaysBeforeItKnowsOfIt() {
    BreakerState open = tripped();

    Step step = apply(open, new Event.Adopted(Revisions.of(CLOSED, 9), Duration.ZERO));

    assertThat(step.next()).isSameAs(open);
  }

  @Test
  void aCommittedProposalIsHeldAndShared() {
    BreakerState open = tripped();
    assertThat(open.isShared(now)).isFalse();

    Step step =
        apply(open, new Event.Committed(open.sequence(), Revisions.of(OPEN, 1), Duration.ZERO));

    assertThat(step.next().isShared(now)).isTrue();
    assertThat(step.next().held().version()).isEqualTo(1);
    assertThat(step.next().generation()).isEqualTo(open.generation());
    assertThat(step.next().deadlineNanos()).isEqualTo(open.deadlineNanos());
  }

  @Test
  void theCommitOfAReplacedProposalLeavesTheLaterOnePending() {
    BreakerState open = tripped();
    long first = open.sequence();
    now = open.deadlineNanos();
    BreakerState probing = apply(due(open), new Event.ProbesLocal(COUNTS)).next();

    Step step = apply(probing, new Event.Committed(first, Revisions.of(OPEN, 1), Duration.ZERO));

    assertThat(step.next().state()).isEqualTo(HALF_OPEN);
    assertThat(step.next().pending()).isNotNull();
    assertThat(step.next().held().version()).isEqualTo(1);
  }

  @Test
  void r5ASupersededCloseGivesWayToTheFleetsOpen() {
    BreakerState probing = halfOpen();
    BreakerState one =
        apply(probing, new Event.ProbeSucceeded(probing.generation(), COUNTS)).next();
    BreakerState closed = apply(one, new Event.ProbeSucceeded(one.generation(), COUNTS)).next();

    Step step =
        apply(
            closed,
            new Event.Superseded(closed.sequence(), Revisions.of(OPEN, 7), Duration.ofSeconds(30)));

    assertThat(step.next().state()).isEqualTo(OPEN);
    assertThat(step.next().held().version()).isEqualTo(7);
    assertThat(step.next().isShared(now)).isTrue();
  }

  @Test
  void r12AHintStopsTrafficAndIsNotHeld() {
    BreakerState closed = BreakerState.initial(now);

    Step step = apply(closed, new Event.Hinted(Revisions.of(OPEN, 5), Duration.ofSeconds(60)));

    assertThat(step.next().state()).isEqualTo(OPEN);
    assertThat(step.next().held()).isEqualTo(RevisionId.NONE);
    assertThat(step.proposal()).isNull();
    assertThat(step.next().isShared(now)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"CLOSED", "HALF_OPEN"})
  void r12AHintNeverResumesTraffic(String state) {
    BreakerState open = settled(tripped());

    Step step = apply(open, new Event.Hinted(Revisions.of(State.valueOf(state), 5), Duration.ZERO));

    assertThat(step.next()).isSameAs(open);
  }

  @Test
  void r12AWithdrawnHintReturnsToWhatWasHeld() {
    BreakerState closed = BreakerState.initial(now);
    BreakerState hinted =
        apply(closed, new Event.Hinted(Revisions.of(OPEN, 5), Duration.ofSeconds(60))).next();

    Step step = apply(hinted, new Event.HintWithdrawn());

    assertThat(step.next().state()).isEqualTo(CLOSED);
    assertThat(step.next().isShared(now)).isTrue();
    assertThat(step.next().generation()).isGreaterThan(hinted.generation());
  }

  @Test
  void r12AHintThatNobodyConfirmsEndsAtItsDeadline() {
    BreakerState hinted =
        apply(
                BreakerState.initial(now),
                new Event.Hinted(Revisions.of(OPEN, 5), Duration.ofSeconds(60)))
            .next();
    now = hinted.deadlineNanos();

    Step step = apply(hinted, new Event.DeadlineReached(hinted.generation(), COUNTS));

    assertThat(step.next().state()).isEqualTo(CLOSED);
    assertThat(step.proposal()).isNull();
  }

  @Test
  void aConfirmedHintIsHeldWithoutANewGeneration() {
    BreakerState hinted =
        apply(
                BreakerState.initial(now),
                new Event.Hinted(Revisions.of(OPEN, 5), Duration.ofSeconds(60)))
            .next();

    Step step = apply(hinted, new Event.Adopted(Revisions.of(OPEN, 5), Duration.ofSeconds(59)));

    assertThat(step.next().isShared(now)).isTrue();
    assertThat(step.next().generation()).isEqualTo(hinted.generation());
    assertThat(step.next().remaining(now)).isEqualTo(Duration.ofSeconds(59));
  }

  @Test
  void aHintDuringAPendingProposalKeepsTheProposal() {
    BreakerState closed = apply(tripped(), new Event.ResetRequested("by hand")).next();

    BreakerState hinted =
        apply(closed, new Event.Hinted(Revisions.of(OPEN, 5), Duration.ofSeconds(60))).next();
    BreakerState committed =
        apply(
                hinted,
                new Event.Committed(closed.sequence(), Revisions.of(CLOSED, 4), Duration.ZERO))
            .next();

    assertThat(hinted.state()).isEqualTo(OPEN);
    assertThat(hinted.pending()).isNotNull();
    assertThat(committed.state()).isEqualTo(OPEN);
    assertThat(committed.pending()).isNull();
    assertThat(apply(committed, new Event.HintWithdrawn()).next().state()).isEqualTo(CLOSED);
  }

  @Test
  void aResetClosesFromEverywhere() {
    for (BreakerState from :
        new BreakerState[] {tripped(), halfOpen(), BreakerState.initial(now)}) {
      Step step = apply(from, new Event.ResetRequested("by hand"));

      assertThat(step.next().state()).isEqualTo(CLOSED);
      assertThat(step.proposal().kind()).isEqualTo(Proposal.Kind.RESET);
      assertThat(step.freshCounts()).isTrue();
    }
  }

  @Test
  void deadlinesHoldAcrossTheWrapOfTheMonotonicClock() {
    now = Long.MAX_VALUE - 5;
    BreakerState open = tripped();

    assertThat(open.deadlineNanos()).isNegative();
    assertThat(open.remaining(now)).isEqualTo(Duration.ofSeconds(60));
    now = open.deadlineNanos() - 1;
    assertThat(apply(open, new Event.DeadlineReached(open.generation(), COUNTS)).next())
        .isSameAs(open);
    now = open.deadlineNanos();
    assertThat(due(open).due()).isTrue();
  }

  /** Random walks: whatever happens, generations and held revisions only grow. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void whateverHappensOrderAndTableHold(long seed) {
    Random random = new Random(seed);
    BreakerState state = BreakerState.initial(now);
    for (int i = 0; i < 2_000; i++) {
      now += random.nextLong(20_000_000_000L);
      Event event = randomEvent(random, state);

      Step step = apply(state, event);

      BreakerState next = step.next();
      String what = "seed " + seed + ", step " + i + ": " + event + " on " + state;
      assertThat(next.generation()).as(what).isGreaterThanOrEqualTo(state.generation());
      assertThat(next.held().compareTo(state.held())).as(what).isNotNegative();
      assertThat(next.sequence()).as(what).isGreaterThanOrEqualTo(state.sequence());
      if (next.state() != state.state()) {
        assertThat(next.generation()).as(what).isGreaterThan(state.generation());
      }
      if (step.proposal() != null && step.proposal().kind() != Proposal.Kind.RESET) {
        assertThat(Transitions.AUTOMATIC.get(state.state())).as(what).contains(next.state());
      }
      if (event instanceof Event.Hinted) {
        assertThat(next.held()).as(what).isEqualTo(state.held());
        assertThat(next.state() == state.state() || next.state() == OPEN).as(what).isTrue();
      }
      state = next;
    }
  }

  private Event randomEvent(Random random, BreakerState state) {
    long generation = random.nextInt(4) == 0 ? state.generation() - 1 : state.generation();
    long version = Math.max(1, state.held().version() + random.nextInt(5) - 2);
    Revision revision = Revisions.of(State.values()[random.nextInt(3)], version);
    Duration remaining = Duration.ofSeconds(random.nextInt(60));
    long sequence = Math.max(0, state.sequence() - random.nextInt(2));
    return switch (random.nextInt(10)) {
      case 0 -> new Event.FuseBlown(generation, COUNTS, TRIP);
      case 1 -> new Event.ProbeSucceeded(generation, COUNTS);
      case 2 -> new Event.ProbeFailed(generation, COUNTS, TRIP);
      case 3 -> new Event.DeadlineReached(generation, COUNTS);
      case 4 -> new Event.ResetRequested("by hand");
      case 5 -> new Event.Adopted(revision, remaining);
      case 6 -> new Event.Hinted(revision, remaining);
      case 7 -> new Event.HintWithdrawn();
      case 8 -> new Event.Committed(sequence, revision, remaining);
      default -> new Event.Superseded(sequence, revision, remaining);
    };
  }

  @Test
  void r5AProbeOfARoundThatIsOverDoesNotCloseTheNextOne() {
    BreakerState probing = settled(halfOpen()).withHeld(Revisions.of(HALF_OPEN, 8).id());

    BreakerState next =
        apply(probing, new Event.Adopted(Revisions.of(HALF_OPEN, 10), Duration.ZERO)).next();

    assertThat(next.state()).isEqualTo(HALF_OPEN);
    assertThat(next.probeSuccesses()).isZero();
    assertThat(apply(next, new Event.ProbeSucceeded(probing.generation(), COUNTS)).next())
        .isSameAs(next);
  }

  @Test
  void anAttemptThatCannotGrowStaysWithinBounds() {
    Revision evil = Revisions.of(HALF_OPEN, 3);
    Revision most =
        new Revision(
            evil.id(),
            evil.ops(),
            HALF_OPEN,
            0,
            0,
            0,
            Integer.MAX_VALUE,
            "line one\nline two",
            "w",
            0,
            0,
            0);
    BreakerState adopted =
        apply(BreakerState.initial(now), new Event.Adopted(most, Duration.ZERO)).next();

    Step failed = apply(adopted, new Event.ProbeFailed(adopted.generation(), COUNTS, TRIP));

    assertThat(failed.next().attempt()).isPositive();
    assertThat(adopted.reason()).isEqualTo("line one?line two (on worker w)");
  }
}
