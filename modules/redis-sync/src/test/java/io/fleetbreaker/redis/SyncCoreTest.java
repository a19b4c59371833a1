package io.fleetbreaker.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.State;
import io.fleetbreaker.redis.FleetStore.CommitResult;
import io.fleetbreaker.redis.SyncCore.Step;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import io.fleetbreaker.sync.SyncPort;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SyncCoreTest {
  private static final long SERVER = 1_795_313_749_363L;
  private static final long EPOCH = SERVER - 100_000;
  private static final Duration OPEN_FOR = Duration.ofSeconds(60);

  /** Close to the wrap of the monotonic clock, where sums become negative. */
  private static final long NOW = Long.MAX_VALUE - Duration.ofSeconds(30).toNanos();

  private final AtomicInteger ops = new AtomicInteger();
  private final SyncCore core =
      new SyncCore(
          "openai", new Commits("me:1:1:a", (provider, sequence) -> "op-" + ops.incrementAndGet()));

  private static Revision revision(State state, long version, String op) {
    long open = state == State.OPEN ? OPEN_FOR.toMillis() : 0;
    return new Revision(
        new RevisionId(EPOCH, version, op),
        List.of(op, "before-" + op),
        state,
        SERVER,
        open,
        open == 0 ? 0 : SERVER + open,
        state == State.CLOSED ? 0 : 1,
        "because",
        "other:1:1:a",
        0,
        0,
        0);
  }

  private static Optional<StoredState> stored(Revision revision) {
    return Optional.of(StoredState.of(revision));
  }

  private static Proposal proposal(long sequence, Proposal.Kind kind, RevisionId basedOn) {
    State state =
        switch (kind) {
          case TRIP -> State.OPEN;
          case HALF_OPEN -> State.HALF_OPEN;
          case CLOSE, RESET -> State.CLOSED;
        };
    return new Proposal(
        sequence,
        kind,
        state,
        basedOn,
        NOW,
        state == State.OPEN ? OPEN_FOR : Duration.ZERO,
        state == State.OPEN ? 1 : 0,
        "because",
        3,
        0,
        0);
  }

  private ProviderSync holding(Revision revision) {
    return core.onSnapshot(ProviderSync.UNKNOWN, stored(revision), SERVER, NOW).next();
  }

  private Step asked(ProviderSync p, Proposal.Kind kind) {
    return core.onProposal(p, proposal(1, kind, p.heldId()), true, NOW);
  }

  private Step answered(Step asked, CommitResult result) {
    return core.onCommitResult(asked.next(), commitOf(asked).flight(), result, NOW);
  }

  private Step committed(Step asked) {
    return answered(asked, new CommitResult.Committed(written(asked), SERVER));
  }

  private static CommitResult conflict(Revision stands) {
    return new CommitResult.Conflict(stored(stands), SERVER);
  }

  private static SyncEffect.Commit commitOf(Step step) {
    return (SyncEffect.Commit)
        step.effects().stream()
            .filter(e -> e instanceof SyncEffect.Commit)
            .findFirst()
            .orElseThrow(() -> new AssertionError("no commit in " + step));
  }

  private static Revision written(Step step) {
    return commitOf(step).request().revision().apply(SERVER);
  }

  private static List<SyncPort.Answer> told(Step step) {
    return step.effects().stream()
        .filter(e -> e instanceof SyncEffect.Tell)
        .map(e -> ((SyncEffect.Tell) e).answer())
        .toList();
  }

  @Test
  void theFirstTransitionStartsAnEpochAtTheServersClock() {
    Step step =
        core.onProposal(
            ProviderSync.UNKNOWN,
            proposal(1, Proposal.Kind.TRIP, RevisionId.NONE),
            true,
            NOW + 5_000_000);

    Revision revision = written(step);
    assertThat(commitOf(step).request().expected()).isEqualTo(RevisionId.NONE);
    assertThat(revision.id()).isEqualTo(new RevisionId(SERVER, 1, "op-1"));
    assertThat(revision.sinceMillis()).isEqualTo(SERVER - 5);
    assertThat(revision.openUntilMillis()).isEqualTo(SERVER - 5 + 60_000);
    assertThat(revision.worker()).isEqualTo("me:1:1:a");
  }

  @Test
  void aTransitionFollowsTheRevisionItIsBasedOn() {
    ProviderSync p = holding(revision(State.CLOSED, 7, "x"));

    Step step = asked(p, Proposal.Kind.TRIP);

    assertThat(commitOf(step).request().expected()).isEqualTo(p.heldId());
    assertThat(written(step).id()).isEqualTo(new RevisionId(EPOCH, 8, "op-1"));
    assertThat(written(step).ops()).containsExactly("op-1", "x", "before-x");
  }

  @Test
  void aCommitIsToldAndSettles() {
    Step asked = asked(ProviderSync.UNKNOWN, Proposal.Kind.TRIP);
    Revision revision = written(asked);

    Step step = answered(asked, new CommitResult.Committed(revision, SERVER));

    assertThat(told(step)).containsExactly(new SyncPort.Committed(1, revision, OPEN_FOR));
    assertThat(step.next().isSettled()).isTrue();
    assertThat(step.next().held()).isEqualTo(revision);
  }

  @Test
  void aTransitionMadeDuringACommitGoesOnTopOfIt() {
    Step asked = asked(ProviderSync.UNKNOWN, Proposal.Kind.TRIP);
    Step during =
        core.onProposal(
            asked.next(), proposal(2, Proposal.Kind.HALF_OPEN, RevisionId.NONE), true, NOW);
    assertThat(during.effects()).isEmpty();

    Step step =
        core.onCommitResult(
            during.next(),
            commitOf(asked).flight(),
            new CommitResult.Committed(written(asked), SERVER),
            NOW);

    assertThat(told(step)).hasSize(1);
    assertThat(commitOf(step).request().expected()).isEqualTo(written(asked).id());
    assertThat(written(step).state()).isEqualTo(State.HALF_OPEN);
    assertThat(written(step).id().version()).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource(names = {"CLOSE", "HALF_OPEN"})
  void r5AStaleCloseOrHalfOpenNeverWins(Proposal.Kind kind) {
    ProviderSync p = holding(revision(State.OPEN, 7, "x"));
    Step asked = asked(p, kind);
    Revision newer = revision(State.OPEN, 9, "z");

    Step step = answered(asked, conflict(newer));

    assertThat(told(step)).containsExactly(new SyncPort.Superseded(1, newer, OPEN_FOR));
    assertThat(step.next().isSettled()).isTrue();
  }

  @Test
  void r5ACloseMadeWhileAStricterStateIsWrittenAgainDoesNotGoOnTopOfThat() {
    ProviderSync probing = holding(revision(State.HALF_OPEN, 7, "x"));
    Revision open = revision(State.OPEN, 3, "y");
    // A store that was lost, and to which another worker that knew less has told that it is open.
    Step again = core.onSnapshot(probing, stored(open), SERVER, NOW);
    assertThat(written(again).state()).isEqualTo(State.OPEN);
    ProviderSync closing =
        core.onProposal(again.next(), proposal(1, Proposal.Kind.CLOSE, probing.heldId()), true, NOW)
            .next();

    Step done =
        core.onCommitResult(
            closing,
            commitOf(again).flight(),
            new CommitResult.Committed(written(again), SERVER),
            NOW);

    assertThat(done.effects()).noneMatch(e -> e instanceof SyncEffect.Commit);
    assertThat(told(done).get(told(done).size() - 1))
        .isInstanceOfSatisfying(
            SyncPort.Superseded.class,
            by -> assertThat(by.revision().state()).isEqualTo(State.OPEN));
  }

  @Test
  void r5AFreshTripGoesOnTopOfAClose() {
    ProviderSync p = holding(revision(State.CLOSED, 7, "x"));
    Step asked = asked(p, Proposal.Kind.TRIP);
    Revision newer = revision(State.CLOSED, 9, "z");

    Step step = answered(asked, conflict(newer));

    assertThat(commitOf(step).request().expected()).isEqualTo(newer.id());
    assertThat(written(step).id().version()).isEqualTo(10);
    assertThat(told(step)).isEmpty();
  }

  @Test
  void r5ATripThatIsNoLongerFreshIsDropped() {
    ProviderSync p = holding(revision(State.CLOSED, 7, "x"));
    Step asked = asked(p, Proposal.Kind.TRIP);
    Revision newer = revision(State.CLOSED, 9, "z");

    Step step =
        core.onCommitResult(
            asked.next(), commitOf(asked).flight(), conflict(newer), NOW + OPEN_FOR.toNanos());

    assertThat(told(step)).containsExactly(new SyncPort.Superseded(1, newer, Duration.ZERO));
  }

  @Test
  void r5ATripThatMeetsACoveringOpenAdoptsIt() {
    ProviderSync p = holding(revision(State.CLOSED, 7, "x"));
    Step asked = asked(p, Proposal.Kind.TRIP);
    Revision newer = revision(State.OPEN, 8, "z");

    Step step = answered(asked, conflict(newer));

    assertThat(told(step)).containsExactly(new SyncPort.Superseded(1, newer, OPEN_FOR));
  }

  @Test
  void r5ATripThatMeetsAnOpenAboutToEndCommitsItsOwn() {
    ProviderSync p = holding(revision(State.CLOSED, 7, "x"));
    Step asked = asked(p, Proposal.Kind.TRIP);
    Revision ending = revision(State.OPEN, 8, "z");

    Step step = answered(asked, new CommitResult.Conflict(stored(ending), SERVER + 59_000));

    assertThat(commitOf(step).request().expected()).isEqualTo(ending.id());
  }

  @Test
  void anOperatorsResetGoesOnTopOfWhateverThereIs() {
    ProviderSync p = holding(revision(State.OPEN, 7, "x"));
    Step asked = asked(p, Proposal.Kind.RESET);
    Revision newer = revision(State.OPEN, 9, "z");

    Step step = answered(asked, conflict(newer));

    assertThat(commitOf(step).request().expected()).isEqualTo(newer.id());
    assertThat(written(step).state()).isEqualTo(State.CLOSED);
  }

  @Test
  void r8WhatIsProposedWhileTheStoreIsAwayIsDeferredAndMadeLater() {
    Step away =
        core.onProposal(
            ProviderSync.UNKNOWN, proposal(4, Proposal.Kind.TRIP, RevisionId.NONE), false, NOW);
    assertThat(told(away)).containsExactly(new SyncPort.Deferred(4));

    Step back = core.onSnapshot(away.next(), Optional.empty(), SERVER, NOW);

    assertThat(written(back).state()).isEqualTo(State.OPEN);
  }

  @Test
  void r8AnUnknownCommitThatGotThroughIsNotRepeated() {
    Step asked = asked(ProviderSync.UNKNOWN, Proposal.Kind.TRIP);
    Revision revision = written(asked);
    Step lost = answered(asked, new CommitResult.Unknown("timeout"));
    assertThat(told(lost)).containsExactly(new SyncPort.Deferred(1));
    assertThat(lost.next().isSettled()).isFalse();

    Step step = core.onSnapshot(lost.next(), stored(revision), SERVER, NOW);

    assertThat(told(step)).containsExactly(new SyncPort.Committed(1, revision, OPEN_FOR));
    assertThat(step.next().isSettled()).isTrue();
  }

  @Test
  void r8AnUnknownCommitThatGotThroughAndWasOvertakenGivesWay() {
    Step asked = asked(ProviderSync.UNKNOWN, Proposal.Kind.TRIP);
    Step lost = answered(asked, new CommitResult.Unknown("timeout"));
    Revision later =
        new Revision(
            new RevisionId(SERVER, 2, "later"),
            List.of("later", "op-1"),
            State.CLOSED,
            SERVER,
            0,
            0,
            0,
            "reset",
            "other:1:1:a",
            0,
            0,
            0);

    Step step = core.onSnapshot(lost.next(), stored(later), SERVER, NOW);

    assertThat(told(step)).containsExactly(new SyncPort.Superseded(1, later, Duration.ZERO));
    assertThat(step.next().isSettled()).isTrue();
  }

  @Test
  void r8AnUnknownCommitThatDidNotGetThroughIsMadeAgain() {
    Step asked = asked(ProviderSync.UNKNOWN, Proposal.Kind.TRIP);
    Step lost = answered(asked, new CommitResult.Unknown("timeout"));
    assertThat(core.pursue(lost.next(), NOW).effects()).containsExactly(new SyncEffect.Read());

    Step step = core.onSnapshot(lost.next(), Optional.empty(), SERVER, NOW);

    assertThat(commitOf(step).request().op()).isEqualTo("op-2");
  }

  @Test
  void aBusyLockIsTriedAgainLater() {
    Step asked = asked(ProviderSync.UNKNOWN, Proposal.Kind.TRIP);

    Step busy = answered(asked, new CommitResult.LockBusy());

    assertThat(busy.effects()).containsExactly(new SyncEffect.TryLater(false));
    assertThat(commitOf(core.pursue(busy.next(), NOW)).request().op()).isEqualTo("op-2");
  }

  @Test
  void r12AnOpenedEventStopsTrafficAtOnceAndIsConfirmedByTheKey() {
    ProviderSync p = holding(revision(State.CLOSED, 7, "x"));
    Revision opened = revision(State.OPEN, 8, "y");

    Step step = core.onHint(p, opened, NOW);

    assertThat(step.effects())
        .containsExactly(
            new SyncEffect.Tell(new SyncPort.Hint(opened, OPEN_FOR)), new SyncEffect.ReadSoon());
    assertThat(step.next().held().id().version()).isEqualTo(7);
    Step confirmed = core.onRead(step.next(), stored(opened), SERVER, NOW);
    assertThat(told(confirmed)).containsExactly(new SyncPort.Adopt(opened, OPEN_FOR));
    assertThat(confirmed.next().hint().told()).isNull();
  }

  @Test
  void r12AClosedEventTakesEffectFromTheKeyOnly() {
    ProviderSync p = holding(revision(State.OPEN, 7, "x"));

    Step step = core.onHint(p, revision(State.CLOSED, 8, "y"), NOW);

    assertThat(step.effects()).containsExactly(new SyncEffect.Read());
  }

  @Test
  void r12AHintTheKeyDoesNotKnowIsWithdrawn() {
    ProviderSync p = holding(revision(State.CLOSED, 7, "x"));
    Step hinted = core.onHint(p, revision(State.OPEN, 8, "forged"), NOW);

    Step step = core.onRead(hinted.next(), stored(revision(State.CLOSED, 7, "x")), SERVER, NOW);

    assertThat(told(step))
        .containsExactly(new SyncPort.Adopt(revision(State.CLOSED, 7, "x"), Duration.ZERO));
    assertThat(step.next().held().id().version()).isEqualTo(7);
  }

  @Test
  void r12AHintsOpenTimeIsBounded() {
    Revision endless =
        new Revision(
            new RevisionId(EPOCH, 9, "y"),
            List.of("y"),
            State.OPEN,
            0,
            (1L << 53) - 1,
            0,
            1,
            "",
            "evil",
            0,
            0,
            0);

    Step step = core.onHint(ProviderSync.UNKNOWN, endless, NOW);

    assertThat(told(step)).containsExactly(new SyncPort.Hint(endless, Duration.ofDays(1)));
  }

  @Test
  void r2AnOlderOrRepeatedEventChangesNothing() {
    ProviderSync p = holding(revision(State.CLOSED, 7, "x"));

    assertThat(core.onHint(p, revision(State.OPEN, 7, "x"), NOW).effects()).isEmpty();
    assertThat(core.onHint(p, revision(State.OPEN, 6, "w"), NOW).effects()).isEmpty();
  }

  @Test
  void eventsDuringAReadCoalesceIntoOneMore() {
    ProviderSync p = holding(revision(State.OPEN, 7, "x"));
    Step first = core.onHint(p, revision(State.CLOSED, 8, "y"), NOW);
    Step second = core.onHint(first.next(), revision(State.CLOSED, 9, "z"), NOW);
    Step third = core.onHint(second.next(), revision(State.CLOSED, 10, "q"), NOW);
    assertThat(second.effects()).isEmpty();
    assertThat(third.effects()).isEmpty();

    Step read = core.onRead(third.next(), stored(revision(State.CLOSED, 9, "z")), SERVER, NOW);

    assertThat(read.effects()).hasSize(2).contains(new SyncEffect.Read());
    assertThat(read.next().reads().again()).isFalse();
  }

  @Test
  void r11AnOpenThatTheStoreForgotIsPutBackInANewEpoch() {
    Revision open = revision(State.OPEN, 7, "x");
    ProviderSync p = holding(open);

    Step step = core.onSnapshot(p, Optional.empty(), SERVER, NOW);

    Revision again = written(step);
    assertThat(commitOf(step).request().expected()).isEqualTo(RevisionId.NONE);
    assertThat(again.id().epoch()).isEqualTo(SERVER);
    assertThat(again.id()).isGreaterThan(open.id());
    assertThat(again.state()).isEqualTo(State.OPEN);
    assertThat(again.openUntilMillis()).isEqualTo(open.openUntilMillis());
    assertThat(again.worker()).isEqualTo("other:1:1:a");
  }

  @Test
  void r11AnOpenIsPutBackOverAnOlderRevision() {
    ProviderSync p = holding(revision(State.OPEN, 7, "x"));
    Revision stale = revision(State.CLOSED, 3, "c");

    Step step = core.onSnapshot(p, stored(stale), SERVER, NOW);

    assertThat(commitOf(step).request().expected()).isEqualTo(stale.id());
    assertThat(written(step).state()).isEqualTo(State.OPEN);
    assertThat(written(step).id()).isGreaterThan(p.heldId());
  }

  @Test
  void r8WhatIsPutBackRemembersTheOperationsOfWhatItIsWrittenOver() {
    ProviderSync p = holding(revision(State.OPEN, 7, "x"));

    Step step = core.onSnapshot(p, stored(revision(State.HALF_OPEN, 3, "y")), SERVER, NOW);

    assertThat(written(step).state()).isEqualTo(State.OPEN);
    assertThat(written(step).ops()).containsExactly("op-1", "y", "before-y", "x", "before-x");
  }

  @Test
  void r11AnUnknownCommitOverAStoreThatHasForgottenIsNoReasonToClose() {
    ProviderSync p = holding(revision(State.OPEN, 7, "x"));
    Step asked = asked(p, Proposal.Kind.HALF_OPEN);
    ProviderSync unknown = answered(asked, new CommitResult.Unknown("no answer")).next();
    Proposal close = proposal(2, Proposal.Kind.CLOSE, p.heldId());
    ProviderSync closing = core.onProposal(unknown, close, false, NOW).next();

    Step step = core.onSnapshot(closing, Optional.empty(), SERVER, NOW);

    assertThat(written(step).state()).isEqualTo(State.OPEN);
    assertThat(told(step)).anyMatch(SyncPort.Superseded.class::isInstance);
  }

  @Test
  void r11WhoIsClosedWritesAnOlderStateThatIsNotAgainWhereEverybodySeesIt() {
    ProviderSync p = holding(revision(State.CLOSED, 7, "x"));

    Step step = core.onSnapshot(p, stored(revision(State.HALF_OPEN, 3, "y")), SERVER, NOW);

    assertThat(written(step).state()).isEqualTo(State.HALF_OPEN);
    assertThat(written(step).id().isAfter(p.heldId())).isTrue();
  }

  @Test
  void aCloseWhoseBaseANewSyncActorDoesNotKnowIsReadForFirstAndDroppedOverNothing() {
    Proposal close = proposal(4, Proposal.Kind.CLOSE, new RevisionId(EPOCH, 7, "x"));

    Step asked = core.onProposal(ProviderSync.UNKNOWN, close, true, NOW);
    Step read = core.onRead(asked.next(), Optional.empty(), SERVER, NOW);

    assertThat(asked.effects()).containsExactly(new SyncEffect.Read());
    assertThat(told(read)).containsExactly(new SyncPort.Dropped(4));
    assertThat(read.next().isSettled()).isTrue();
  }

  @Test
  void r11PlainClosedIsNeverPutBack() {
    ProviderSync p = holding(revision(State.CLOSED, 7, "x"));

    assertThat(core.onSnapshot(p, Optional.empty(), SERVER, NOW).effects()).isEmpty();
  }

  @Test
  void r11AnOpenThatIsOverIsPutBackAsOneThatIsOver() {
    ProviderSync p = holding(revision(State.OPEN, 7, "x"));

    Step step = core.onSnapshot(p, Optional.empty(), SERVER, NOW + OPEN_FOR.toNanos());

    assertThat(written(step).state()).isEqualTo(State.OPEN);
    assertThat(written(step).openUntilMillis()).isEqualTo(SERVER);
  }

  @Test
  void r11OfTwoOpensTheOneThatLastsLongerIsKept() {
    ProviderSync p = holding(revision(State.OPEN, 7, "x"));
    Revision longer = revision(State.OPEN, 3, "y");

    Step step = core.onSnapshot(p, stored(longer), SERVER, NOW + Duration.ofSeconds(10).toNanos());

    assertThat(written(step).openUntilMillis()).isEqualTo(longer.openUntilMillis());
    assertThat(written(step).id().isAfter(p.heldId())).isTrue();
  }

  @Test
  void aReadThatIsOlderThanOurOwnCommitPutsNothingBack() {
    ProviderSync p = holding(revision(State.OPEN, 7, "x"));
    Step fooled = core.onSnapshot(p, stored(revision(State.CLOSED, 6, "w")), SERVER, NOW);

    Step step = answered(fooled, conflict(revision(State.OPEN, 7, "x")));

    assertThat(step.effects()).isEmpty();
    assertThat(step.next().isSettled()).isTrue();
  }

  @Test
  void r10AServerClockThatSteppedBackNeverMakesOpenLonger() {
    Revision open = revision(State.OPEN, 7, "x");

    Step step = core.onSnapshot(ProviderSync.UNKNOWN, stored(open), SERVER - 3_600_000, NOW);

    assertThat(told(step)).containsExactly(new SyncPort.Adopt(open, OPEN_FOR));
    Step forgotten = core.onSnapshot(step.next(), Optional.empty(), SERVER - 3_600_000, NOW);
    Revision again = commitOf(forgotten).request().revision().apply(SERVER - 3_600_000);
    assertThat(again.openUntilMillis()).isEqualTo(SERVER - 3_600_000 + 60_000);
    assertThat(again.id()).isGreaterThan(open.id());
  }

  @Test
  void aValueOfALaterFormatIsFollowedAndNeverWrittenOver() {
    ProviderSync p = holding(revision(State.CLOSED, 7, "x"));
    Step asked = asked(p, Proposal.Kind.TRIP);
    Revision theirs = revision(State.CLOSED, 8, "y");
    StoredState later =
        new StoredState(
            State.CLOSED,
            0,
            0,
            Optional.empty(),
            Instant.EPOCH,
            Optional.of(theirs),
            StoredState.SCHEMA + 1);

    Step step = answered(asked, new CommitResult.Conflict(Optional.of(later), SERVER));

    assertThat(told(step)).containsExactly(new SyncPort.Superseded(1, theirs, Duration.ZERO));
    assertThat(step.next().isSettled()).isTrue();
  }

  @Test
  void r2AValueOfALaterFormatThatLagsBehindIsNotFollowed() {
    ProviderSync p = holding(revision(State.OPEN, 8, "x"));
    Step reasserting = core.onSnapshot(p, stored(revision(State.OPEN, 7, "w")), SERVER, NOW);
    StoredState behind = stored(revision(State.CLOSED, 7, "w")).orElseThrow();
    StoredState later =
        new StoredState(
            State.CLOSED,
            0,
            0,
            Optional.empty(),
            Instant.EPOCH,
            behind.revision(),
            StoredState.SCHEMA + 1);

    Step step = answered(reasserting, new CommitResult.Conflict(Optional.of(later), SERVER));

    assertThat(step.next().heldId()).isEqualTo(p.heldId());
    assertThat(step.effects()).isEmpty();
  }

  @Test
  void r12AfterADisprovedHintEventsAreNotBelievedForAWhile() {
    ProviderSync p = holding(revision(State.CLOSED, 7, "x"));
    Step hinted = core.onHint(p, revision(State.OPEN, 8, "forged"), NOW);
    ProviderSync once =
        core.onRead(hinted.next(), stored(revision(State.CLOSED, 7, "x")), SERVER, NOW).next();

    Step resting = core.onHint(once, revision(State.OPEN, 9, "forged"), NOW + 1);
    Step rested =
        core.onHint(once, revision(State.OPEN, 9, "real"), NOW + Duration.ofSeconds(10).toNanos());

    assertThat(resting.effects()).containsExactly(new SyncEffect.Read());
    assertThat(told(rested)).hasSize(1);
  }

  @Test
  void r12ASnapshotThatBeganBeforeTheEventDoesNotWithdrawTheHint() {
    ProviderSync p = holding(revision(State.CLOSED, 7, "x"));
    Step hinted = core.onHint(p, revision(State.OPEN, 8, "y"), NOW);

    Step late = core.onSnapshot(hinted.next(), stored(revision(State.CLOSED, 7, "x")), SERVER, NOW);
    Step later =
        core.onSnapshot(hinted.next(), stored(revision(State.CLOSED, 6, "w")), SERVER, NOW);

    assertThat(late.effects()).isEmpty();
    assertThat(late.next().hint().told()).isNotNull();
    assertThat(later.effects()).isEmpty();
  }

  @Test
  void r12AReadThatBeganBeforeTheEventDoesNotResumeTraffic() {
    ProviderSync reading = core.read(holding(revision(State.CLOSED, 7, "x"))).next();
    Step hinted = core.onHint(reading, revision(State.OPEN, 9, "z"), NOW);

    Step between = core.onRead(hinted.next(), stored(revision(State.CLOSED, 8, "y")), SERVER, NOW);
    Step confirmed = core.onRead(between.next(), stored(revision(State.OPEN, 9, "z")), SERVER, NOW);

    assertThat(between.effects()).containsExactly(new SyncEffect.Read());
    assertThat(told(confirmed))
        .containsExactly(new SyncPort.Adopt(revision(State.OPEN, 9, "z"), OPEN_FOR));
  }

  @Test
  void aReadAnsweredDuringACommitIsMadeUpFor() {
    ProviderSync p = holding(revision(State.OPEN, 7, "x"));
    Step asked = asked(p, Proposal.Kind.HALF_OPEN);
    Step reading = core.read(asked.next());
    Step missed = core.onRead(reading.next(), stored(revision(State.CLOSED, 9, "z")), SERVER, NOW);
    assertThat(missed.effects()).isEmpty();

    Step landed =
        core.onCommitResult(
            missed.next(),
            commitOf(asked).flight(),
            new CommitResult.Committed(written(asked), SERVER),
            NOW);

    assertThat(landed.effects()).contains(new SyncEffect.Read());
  }

  @Test
  void aCloseMadeBeforeTheBreakerKnewOfItsOwnCommitGoesOnTopOfIt() {
    ProviderSync p = holding(revision(State.OPEN, 7, "x"));
    Step asked = asked(p, Proposal.Kind.HALF_OPEN);
    Step landed = committed(asked);

    Step close =
        core.onProposal(landed.next(), proposal(2, Proposal.Kind.CLOSE, p.heldId()), true, NOW);

    assertThat(commitOf(close).request().expected()).isEqualTo(written(asked).id());
    assertThat(written(close).state()).isEqualTo(State.CLOSED);
  }

  @Test
  void aConflictThatNobodyCanExplainIsNotRepeatedAtOnce() {
    ProviderSync p = holding(revision(State.CLOSED, 7, "x"));
    Step onHeld = asked(p, Proposal.Kind.TRIP);
    Step onNothing = asked(ProviderSync.UNKNOWN, Proposal.Kind.TRIP);

    Step same = answered(onHeld, conflict(revision(State.CLOSED, 7, "x")));
    Step nothing = answered(onNothing, new CommitResult.Conflict(Optional.empty(), SERVER));

    assertThat(same.effects()).containsExactly(new SyncEffect.TryLater(true));
    assertThat(nothing.effects()).containsExactly(new SyncEffect.TryLater(true));
  }

  @Test
  void aRefusedCommitIsTriedAgainSlowly() {
    Step asked = asked(ProviderSync.UNKNOWN, Proposal.Kind.TRIP);

    Step refused = answered(asked, new CommitResult.Refused("OOM"));

    assertThat(refused.effects())
        .containsExactly(
            new SyncEffect.Tell(new SyncPort.Deferred(1)), new SyncEffect.TryLater(true));
    assertThat(refused.next().isSettled()).isFalse();
  }

  @Test
  void aValueOfALaterFormatAnswersTheLatestProposal() {
    ProviderSync p = holding(revision(State.CLOSED, 7, "x"));
    Step asked = asked(p, Proposal.Kind.TRIP);
    Step replaced =
        core.onProposal(asked.next(), proposal(2, Proposal.Kind.HALF_OPEN, p.heldId()), true, NOW);
    Revision theirs = revision(State.CLOSED, 8, "y");
    StoredState later =
        new StoredState(
            State.CLOSED,
            0,
            0,
            Optional.empty(),
            Instant.EPOCH,
            Optional.of(theirs),
            StoredState.SCHEMA + 1);

    Step step =
        core.onCommitResult(
            replaced.next(),
            commitOf(asked).flight(),
            new CommitResult.Conflict(Optional.of(later), SERVER),
            NOW);

    assertThat(told(step)).containsExactly(new SyncPort.Superseded(2, theirs, Duration.ZERO));
  }

  @Test
  void r5HalfOpenIsNotCommittedOverAFleetThatIsClosed() {
    ProviderSync p = holding(revision(State.CLOSED, 7, "x"));

    Step step = core.onProposal(p, proposal(2, Proposal.Kind.HALF_OPEN, p.heldId()), true, NOW);

    assertThat(told(step))
        .containsExactly(new SyncPort.Superseded(2, revision(State.CLOSED, 7, "x"), Duration.ZERO));
  }

  @Test
  void r11ACloseIsNotMadeOfALostStore() {
    Revision halfOpen = revision(State.HALF_OPEN, 8, "a");
    ProviderSync p = holding(halfOpen);
    Step asked = asked(p, Proposal.Kind.CLOSE);

    Step step = answered(asked, new CommitResult.Conflict(Optional.empty(), SERVER));

    assertThat(told(step)).containsExactly(new SyncPort.Superseded(1, halfOpen, Duration.ZERO));
    assertThat(written(step).state()).isEqualTo(State.HALF_OPEN);
  }

  @Test
  void r11AnOpenUnderARevisionThatLooksOldIsPutWhereEverybodySeesIt() {
    ProviderSync p = holding(revision(State.CLOSED, 9, "x"));
    Revision open = revision(State.OPEN, 6, "y");

    Step step = core.onSnapshot(p, stored(open), SERVER, NOW);

    assertThat(commitOf(step).request().expected()).isEqualTo(open.id());
    assertThat(written(step).state()).isEqualTo(State.OPEN);
    assertThat(written(step).id()).isGreaterThan(p.heldId());
  }

  @Test
  void aVersionThatCannotGrowStartsANewEpoch() {
    Revision last =
        new Revision(
            new RevisionId(EPOCH, RevisionId.LIMIT - 1, "x"),
            List.of("x"),
            State.CLOSED,
            SERVER,
            0,
            0,
            0,
            "",
            "other:1:1:a",
            0,
            0,
            0);
    ProviderSync p = holding(last);

    Step step = asked(p, Proposal.Kind.TRIP);

    assertThat(written(step).id()).isEqualTo(new RevisionId(SERVER, 1, "op-1"));
  }

  @Test
  void aProposalThatIsRepeatedIsCommittedOnce() {
    Step asked = asked(ProviderSync.UNKNOWN, Proposal.Kind.TRIP);
    Step landed = committed(asked);

    Step again =
        core.onProposal(landed.next(), proposal(1, Proposal.Kind.TRIP, RevisionId.NONE), true, NOW);

    assertThat(again.effects()).hasSize(1);
    assertThat(told(again)).containsExactly(new SyncPort.Committed(1, written(asked), OPEN_FOR));
  }

  @Test
  void r11TheHalfOpenOfAnOverdueOpenGoesIntoAStoreThatForgotIt() {
    ProviderSync p = holding(revision(State.OPEN, 7, "x"));
    long overdue = NOW + OPEN_FOR.toNanos();
    Step asked =
        core.onProposal(p, proposal(1, Proposal.Kind.HALF_OPEN, p.heldId()), true, overdue);

    Step step =
        core.onCommitResult(
            asked.next(),
            commitOf(asked).flight(),
            new CommitResult.Conflict(Optional.empty(), SERVER + OPEN_FOR.toMillis()),
            overdue);

    assertThat(told(step)).isEmpty();
    assertThat(commitOf(step).request().expected()).isEqualTo(RevisionId.NONE);
    assertThat(written(step).state()).isEqualTo(State.HALF_OPEN);
    assertThat(written(step).id()).isGreaterThan(p.heldId());
  }
}
