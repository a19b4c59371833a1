package io.fleetbreaker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
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
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.helpers.NOPLogger;

class LegacySyncTest {
  private static final long SERVER = 1_795_313_749_363L;
  private static final long EPOCH = SERVER - 100_000;
  private static final Instant AT = Instant.ofEpochMilli(SERVER);
  private static final Duration OPEN_FOR = Duration.ofSeconds(60);
  private static final String A = FlexiAi.WORKER;
  private static final String B = "host-b:77:1795313749263";

  /** Close to the wrap of the monotonic clock, where sums become negative. */
  private static final long NOW = Long.MAX_VALUE - Duration.ofSeconds(30).toNanos();

  private final SyncHealth health = new SyncHealth();
  private final LegacySync legacy = legacySync();
  private final SyncCore core =
      new SyncCore("openai", new Commits("me:1:1:a", (provider, sequence) -> "own-" + sequence));

  private LegacySync legacySync() {
    LegacySync made =
        new LegacySync(
            Map.of("openai", OPEN_FOR), new StoreLink(health, () -> NOW, NOPLogger.NOP_LOGGER));
    made.onServerTime(SERVER, NOW);
    return made;
  }

  private static LegacyEvent said(String type, String worker, Instant at) {
    byte[] message = FlexiAi.event(type, worker, at).getBytes(UTF_8);
    try {
      return LegacyEvent.of(WireCodec.decodeEvent(message), message);
    } catch (WireException e) {
      throw new AssertionError(e);
    }
  }

  private static LegacyEvent said(String type, String worker) {
    return said(type, worker, AT);
  }

  private Step hear(ProviderSync p, LegacyEvent event) {
    return hear(legacy, p, event);
  }

  /** As a worker does it whose store can be asked. */
  private static Step hear(LegacySync legacy, ProviderSync p, LegacyEvent event) {
    return legacy.onEvent(p, event, NOW).andThen(n -> legacy.pursue("openai", n, NOW));
  }

  private Step answered(Step asked, CommitResult result) {
    ProviderSync.Flight flight = commitOf(asked).flight();
    return core.onCommitResult(asked.next(), flight, result, NOW)
        .andThen(n -> legacy.onCommitDone("openai", n, flight, result, NOW));
  }

  private Step committed(Step asked) {
    return answered(asked, new CommitResult.Committed(written(asked), SERVER));
  }

  private Step read(ProviderSync p, Revision found, long now) {
    return core.onSnapshot(p, Optional.of(StoredState.of(found)), SERVER, now)
        .andThen(n -> legacy.pursue("openai", n, now));
  }

  private ProviderSync holding(Revision revision) {
    return core.onSnapshot(ProviderSync.UNKNOWN, Optional.of(StoredState.of(revision)), SERVER, NOW)
        .next();
  }

  private ProviderSync openedBy(String worker) {
    return committed(hear(ProviderSync.UNKNOWN, said("opened", worker))).next();
  }

  private static Revision revision(State state, long version, String op) {
    return Revisions.of(state, EPOCH, version, op, List.of());
  }

  private static CommitResult conflict(Revision stands) {
    return new CommitResult.Conflict(Optional.of(StoredState.of(stands)), SERVER);
  }

  private static SyncEffect.Commit commitOf(Step step) {
    return commits(step).stream()
        .findFirst()
        .orElseThrow(() -> new AssertionError("no commit in " + step));
  }

  private static List<SyncEffect.Commit> commits(Step step) {
    return step.effects().stream()
        .filter(e -> e instanceof SyncEffect.Commit)
        .map(e -> (SyncEffect.Commit) e)
        .toList();
  }

  /** What would be written; it can be, and be read again. */
  private static Revision written(Step step) {
    Revision revision = CommitChecks.built(commitOf(step).request(), SERVER);
    try {
      StoredState stored = WireCodec.decodeState(WireCodec.encodeState(StoredState.of(revision)));
      assertThat(stored.revision().orElseThrow().id()).isEqualTo(revision.id());
    } catch (WireException e) {
      throw new AssertionError(e);
    }
    return revision;
  }

  private static List<SyncPort.Answer> told(Step step) {
    return step.effects().stream()
        .filter(e -> e instanceof SyncEffect.Tell)
        .map(e -> ((SyncEffect.Tell) e).answer())
        .toList();
  }

  @Test
  void openedStopsTrafficAtOnceAndIsCommittedInTheNameOfItsWorker() {
    ProviderSync p = holding(revision(State.CLOSED, 7, "x"));

    Step step = hear(p, said("opened", A));

    assertThat(told(step)).hasSize(1);
    SyncPort.Hint hint = (SyncPort.Hint) told(step).get(0);
    assertThat(hint.remaining()).isEqualTo(OPEN_FOR);
    assertThat(hint.revision().state()).isEqualTo(State.OPEN);
    assertThat(hint.revision().id().isAfter(p.heldId())).isTrue();
    assertThat(commitOf(step).request().expected()).isEqualTo(p.heldId());
    Revision revision = written(step);
    assertThat(revision.id()).isEqualTo(new RevisionId(EPOCH, 8, said("opened", A).op()));
    assertThat(revision.state()).isEqualTo(State.OPEN);
    assertThat(revision.worker()).isEqualTo(A);
    assertThat(revision.reason()).contains("FlexiAI").contains(A);
    assertThat(revision.openMillis()).isEqualTo(60_000);
    assertThat(revision.openUntilMillis()).isEqualTo(SERVER + 60_000);
    assertThat(revision.failureCount()).isEqualTo(5);
    assertThat(revision.lastFailureMillis()).isEqualTo(SERVER);
    assertThat(revision.attempt()).isEqualTo(1);
  }

  @Test
  void whatHasBeenCommittedIsAdopted() {
    Step step = hear(ProviderSync.UNKNOWN, said("opened", A));

    Step done = committed(step);

    assertThat(told(done)).containsExactly(new SyncPort.Adopt(written(step), OPEN_FOR));
    assertThat(done.next().isSettled()).isTrue();
    assertThat(done.next().own()).isNull();
    assertThat(health.eventsReceived()).isEqualTo(1);
    assertThat(health.messagesDropped()).isZero();
  }

  @Test
  void ofManyWorkersOneCommitsAndTheOthersFindItDone() {
    Step step = hear(ProviderSync.UNKNOWN, said("opened", A));
    Revision byAnother = written(hear(legacySync(), ProviderSync.UNKNOWN, said("opened", A)));

    Step done = answered(step, new CommitResult.Committed(byAnother, SERVER));

    assertThat(commitOf(step).flight().op()).isEqualTo(byAnother.id().op());
    assertThat(told(done)).containsExactly(new SyncPort.Adopt(byAnother, OPEN_FOR));
    assertThat(commits(done)).isEmpty();
  }

  @Test
  void aMessageThatHasHadItsEffectHasNoOther() {
    Revision open = written(hear(ProviderSync.UNKNOWN, said("opened", A)));
    ProviderSync closedSince = holding(Revisions.of(State.CLOSED, SERVER, 2, "reset", open.ops()));

    Step again = hear(legacySync(), closedSince, said("opened", A));

    assertThat(again.effects()).isEmpty();
  }

  @Test
  void openedCommitsNothingWhileTheFleetIsOpenAsLong() {
    ProviderSync p = openedBy(A);

    Step step = hear(p, said("opened", B));

    assertThat(step.effects()).isEmpty();
    assertThat(health.eventsReceived()).isEqualTo(2);
  }

  @Test
  void openedGoesOnTopOfARevisionThatCameBetween() {
    Step step = hear(holding(revision(State.CLOSED, 7, "x")), said("opened", A));
    Revision closed = revision(State.CLOSED, 8, "y");

    Step rebased = answered(step, conflict(closed));

    assertThat(commitOf(rebased).request().expected()).isEqualTo(closed.id());
    assertThat(written(rebased).id().version()).isEqualTo(9);
    assertThat(commitOf(rebased).flight().op()).isEqualTo(commitOf(step).flight().op());
  }

  @Test
  void openedJoinsAnOpenThatCameBetween() {
    Step step = hear(holding(revision(State.CLOSED, 7, "x")), said("opened", A));
    Revision open = written(hear(legacySync(), ProviderSync.UNKNOWN, said("opened", B)));

    Step joined = answered(step, conflict(open));

    assertThat(commits(joined)).isEmpty();
    assertThat(told(joined)).contains(new SyncPort.Adopt(open, OPEN_FOR));
  }

  @Test
  void aCommitThatTheStoreRefusesLetsTrafficGoOn() {
    ProviderSync p = holding(revision(State.CLOSED, 7, "x"));

    Step refused = answered(hear(p, said("opened", A)), new CommitResult.Refused("no memory"));

    assertThat(told(refused))
        .contains(new SyncPort.Adopt(revision(State.CLOSED, 7, "x"), Duration.ZERO));
    assertThat(commits(read(refused.next(), revision(State.CLOSED, 7, "x"), NOW))).isEmpty();
    Step unheld =
        answered(
            hear(ProviderSync.UNKNOWN, said("opened", A)), new CommitResult.Refused("no memory"));
    assertThat(told(unheld)).contains(new SyncPort.HintWithdrawn());
  }

  @Test
  void r8AnUnansweredCommitIsResolvedByReading() {
    ProviderSync p = holding(revision(State.CLOSED, 7, "x"));
    Step step = hear(p, said("opened", A));
    Revision open = written(step);
    Step unknown = answered(step, new CommitResult.Unknown("connection lost"));
    assertThat(commits(unknown)).isEmpty();

    Step found = read(unknown.next(), open, NOW);
    assertThat(told(found)).containsExactly(new SyncPort.Adopt(open, OPEN_FOR));
    assertThat(found.next().isSettled()).isTrue();
    assertThat(commits(found)).isEmpty();
  }

  @Test
  void r8AnUnansweredCommitThatWasNotMadeIsMadeWhileItIsFresh() {
    Revision closed = revision(State.CLOSED, 7, "x");
    Step step = hear(holding(closed), said("opened", A));
    Step unknown = answered(step, new CommitResult.Unknown("connection lost"));

    Step notFound = read(unknown.next(), closed, NOW);

    assertThat(commitOf(notFound).flight().op()).isEqualTo(commitOf(step).flight().op());
  }

  @Test
  void openedIsGivenUpWhenItsOpenTimeHasPassedWithoutAStore() {
    Revision closed = revision(State.CLOSED, 7, "x");
    Step away =
        answered(hear(holding(closed), said("opened", A)), new CommitResult.Unreachable("gone"));

    Step late = read(away.next(), closed, NOW + OPEN_FOR.toNanos());

    assertThat(commits(late)).isEmpty();
    assertThat(told(late)).containsExactly(new SyncPort.Adopt(closed, Duration.ZERO));
  }

  @Test
  void aBusyLockIsWaitedFor() {
    Step step = hear(ProviderSync.UNKNOWN, said("opened", A));

    Step busy = answered(step, new CommitResult.LockBusy());

    assertThat(busy.effects()).containsExactly(new SyncEffect.TryLater(false));
    assertThat(commits(legacy.pursue("openai", busy.next(), NOW))).hasSize(1);
  }

  @Test
  void whatThisWorkersBreakerWantsGoesFirst() {
    ProviderSync p = holding(revision(State.CLOSED, 7, "x"));
    Proposal trip =
        new Proposal(
            1, Proposal.Kind.TRIP, State.OPEN, p.heldId(), NOW, OPEN_FOR, 1, "own", 3, 0, 0);
    Step own = core.onProposal(p, trip, true, NOW);

    Step heard = hear(own.next(), said("opened", A));
    assertThat(commits(heard)).isEmpty();

    ProviderSync.Flight flight = commitOf(own).flight();
    CommitResult result = new CommitResult.Committed(written(own), SERVER);
    Step done =
        core.onCommitResult(heard.next(), flight, result, NOW)
            .andThen(n -> legacy.onCommitDone("openai", n, flight, result, NOW));
    assertThat(commits(done)).isEmpty();
    assertThat(done.next().held()).isEqualTo(written(own));
  }

  @ParameterizedTest
  @ValueSource(strings = {"half_open", "closed"})
  void whoOpenedItMayMoveItOn(String type) {
    ProviderSync p = openedBy(A);

    Step step = hear(p, said(type, A));

    Revision revision = written(step);
    assertThat(commitOf(step).request().expected()).isEqualTo(p.heldId());
    assertThat(revision.state().wireName()).isEqualTo(type);
    assertThat(revision.worker()).isEqualTo(A);
    assertThat(revision.openMillis()).isZero();
    assertThat(told(committed(step))).containsExactly(new SyncPort.Adopt(revision, Duration.ZERO));
  }

  @ParameterizedTest
  @ValueSource(strings = {"half_open", "closed"})
  void whoDidNotOpenItMovesNothing(String type) {
    ProviderSync p = openedBy(A);

    Step step = hear(p, said(type, B));

    assertThat(step.effects()).isEmpty();
    assertThat(health.messagesDropped()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"half_open", "closed"})
  void theNameOfAWorkerOfOursDoesNotGiveItsSay(String type) {
    Revision ours = revision(State.OPEN, 7, "own-1");

    Step step = hear(holding(ours), said(type, ours.worker()));

    assertThat(step.effects()).isEmpty();
    assertThat(hear(ProviderSync.UNKNOWN, said(type, A)).effects()).isEmpty();
    assertThat(health.messagesDropped()).isEqualTo(2);
  }

  @Test
  void closedFollowsTheHalfOpenThatIsUnderWay() {
    Step halfOpen = hear(openedBy(A), said("half_open", A));
    Step waiting = hear(halfOpen.next(), said("closed", A));
    assertThat(commits(waiting)).isEmpty();
    ProviderSync.Flight flight = commitOf(halfOpen).flight();
    CommitResult result = new CommitResult.Committed(written(halfOpen), SERVER);

    Step closing =
        core.onCommitResult(waiting.next(), flight, result, NOW)
            .andThen(n -> legacy.onCommitDone("openai", n, flight, result, NOW));

    assertThat(commitOf(closing).request().expected()).isEqualTo(written(halfOpen).id());
    assertThat(written(closing).state()).isEqualTo(State.CLOSED);
  }

  @Test
  void r5ACloseNeverGoesOnTopOfWhatCameBetween() {
    ProviderSync p = openedBy(A);
    Revision again = Revisions.of(State.OPEN, SERVER, 2, "own-9", p.held().ops());

    Step step = answered(hear(p, said("closed", A)), conflict(again));

    assertThat(commits(step)).isEmpty();
    assertThat(step.next().held()).isEqualTo(again);
    assertThat(health.messagesDropped()).isEqualTo(1);
  }

  @Test
  void r5ACloseNeverGoesOnTopOfWhatTheSameWorkerHasOpenedSince() {
    ProviderSync p = openedBy(A);
    String op = said("opened", A, AT.plusSeconds(1)).op();
    Revision open = p.held();
    Revision again =
        new Revision(
            new RevisionId(open.id().epoch(), 2, op),
            List.of(op, open.id().op()),
            State.OPEN,
            open.sinceMillis(),
            open.openMillis(),
            open.openUntilMillis(),
            2,
            open.reason(),
            A,
            0,
            0,
            0);

    Step step = answered(hear(p, said("closed", A)), conflict(again));

    assertThat(commits(step)).isEmpty();
    assertThat(step.next().held()).isEqualTo(again);
  }

  @ParameterizedTest
  @ValueSource(strings = {"2001-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"})
  void anEventThatIsNotOfNowIsOfNoEffect(Instant at) {
    Step step = hear(ProviderSync.UNKNOWN, said("opened", A, at));

    assertThat(step.effects()).isEmpty();
    assertThat(health.messagesDropped()).isEqualTo(1);
  }

  @Test
  void anEventIsOfNowWithinTheOpenTimeOfTheServersClock() {
    Duration more = OPEN_FOR.plusMillis(1);

    assertThat(
            commits(
                hear(legacySync(), ProviderSync.UNKNOWN, said("opened", A, AT.minus(OPEN_FOR)))))
        .hasSize(1);
    assertThat(
            commits(hear(legacySync(), ProviderSync.UNKNOWN, said("opened", A, AT.plus(OPEN_FOR)))))
        .hasSize(1);
    assertThat(commits(hear(legacySync(), ProviderSync.UNKNOWN, said("opened", A, AT.minus(more)))))
        .isEmpty();
    assertThat(commits(hear(legacySync(), ProviderSync.UNKNOWN, said("opened", A, AT.plus(more)))))
        .isEmpty();
  }

  @Test
  void beforeTheServersClockIsKnownNothingIsOfNow() {
    LegacySync fresh =
        new LegacySync(
            Map.of("openai", OPEN_FOR), new StoreLink(health, () -> NOW, NOPLogger.NOP_LOGGER));

    assertThat(hear(fresh, ProviderSync.UNKNOWN, said("opened", A)).effects()).isEmpty();
  }

  @Test
  void aFloodOfEventsMakesOneRevision() {
    Step step = hear(ProviderSync.UNKNOWN, said("opened", A));
    ProviderSync flooded = step.next();
    for (int i = 0; i < 1_000; i++) {
      Step more = hear(flooded, said(i % 2 == 0 ? "opened" : "closed", "worker-" + i));
      assertThat(commits(more)).isEmpty();
      flooded = more.next();
    }
    assertThat(health.messagesDropped()).isEqualTo(1_000 - 15);
    ProviderSync.Flight flight = commitOf(step).flight();
    CommitResult result = new CommitResult.Committed(written(step), SERVER);

    Step done =
        core.onCommitResult(flooded, flight, result, NOW)
            .andThen(n -> legacy.onCommitDone("openai", n, flight, result, NOW));

    assertThat(commits(done)).isEmpty();
    assertThat(health.eventsReceived() + health.messagesDropped()).isEqualTo(1_001);
  }

  @Test
  void aHostileWorkerIdCanBeStored() {
    String hostile = "\\u0000\\n\\\"{}\\ud83d\\ude00" + "x".repeat(240);

    Step step = hear(ProviderSync.UNKNOWN, said("opened", hostile));

    assertThat(written(step).worker()).startsWith("\0\n\"{}");
  }

  @Test
  void aProviderThatIsNotConfiguredIsOfNoEffect() throws WireException {
    byte[] message = FlexiAi.event("opened", A, AT).replace("openai", "mistral").getBytes(UTF_8);

    Step step =
        legacy.onEvent(
            ProviderSync.UNKNOWN, LegacyEvent.of(WireCodec.decodeEvent(message), message), NOW);

    assertThat(step.effects()).isEmpty();
    assertThat(health.messagesDropped()).isEqualTo(1);
  }
}
