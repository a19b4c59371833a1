package io.fleetbreaker.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.State;
import io.fleetbreaker.redis.FleetStore.Changes;
import io.fleetbreaker.redis.FleetStore.CommitResult;
import io.fleetbreaker.redis.FleetStore.FleetSnapshot;
import io.fleetbreaker.redis.FleetStore.Position;
import io.fleetbreaker.redis.FleetStore.ProbeAnswer;
import io.fleetbreaker.redis.FleetStore.ProbeAsk;
import io.fleetbreaker.redis.FleetStore.Settlement;
import io.fleetbreaker.redis.FleetStore.StoreSnapshot;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import io.fleetbreaker.sync.SyncPort;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.slf4j.helpers.NOPLogger;

/** What one worker asks of the store, and when, in situations that the simulation seldom draws. */
class WorkerSyncTest {
  private static final long SERVER = 1_795_313_749_363L;
  private static final String MARK = (SERVER - 3_600_000) + "-a";
  private static final Position PLACE = new Position("1-1", "p");

  private final SyncHealth health = new SyncHealth();
  private final SyncMemory memory = new SyncMemory();
  private long now = -1_000_000_000L;
  private final Asked asked = new Asked();
  private WorkerSync sync = start();

  private WorkerSync start() {
    return new WorkerSync(
        "me:1:1:a",
        new Commits("me:1:1:a", (provider, sequence) -> provider + "." + sequence),
        new StoreLink(health, () -> now, NOPLogger.NOP_LOGGER),
        SyncSettings.DEFAULTS,
        new SplittableRandom(1),
        memory,
        asked,
        Map.of());
  }

  private static Revision revision(State state, long version, String op) {
    long open = state == State.OPEN ? 60_000 : 0;
    return new Revision(
        new RevisionId(SERVER - 100_000, version, op),
        List.of(op),
        state,
        SERVER,
        open,
        open == 0 ? 0 : SERVER + open,
        1,
        "because",
        "other:1:1:a",
        0,
        0,
        0);
  }

  private static FleetSnapshot snapshot(Map<String, Revision> states, String mark) {
    Map<String, StoredState> stored = new HashMap<>();
    states.forEach((provider, revision) -> stored.put(provider, StoredState.of(revision)));
    return new FleetSnapshot(new StoreSnapshot(stored, SERVER), mark, PLACE, Set.of());
  }

  private static Changes changes(Set<String> providers) {
    return new Changes(true, providers, MARK, PLACE);
  }

  /** Has read these, and nothing is under way. */
  private void following(Map<String, Revision> states) {
    states.keySet().forEach(sync::onRegister);
    sync.onSubscribed();
    sync.onSnapshotRead(asked.all.remove(0), snapshot(states, MARK), now);
    sync.onReconcileDue();
    asked.changes = 0;
    asked.all.clear();
    sync.onChangesRead(changes(Set.of()), now);
    while (!asked.all.isEmpty()) {
      sync.onSnapshotRead(asked.all.remove(0), snapshot(states, MARK), now);
    }
    for (String provider : List.copyOf(asked.read)) {
      asked.read.remove(provider);
      StoredState state = StoredState.of(states.get(provider));
      sync.onStateRead(provider, new StoreSnapshot(Map.of(provider, state), SERVER), now);
    }
    asked.clear();
  }

  /** Holds an OPEN whose time is over. */
  private Revision due() {
    Revision open = revision(State.OPEN, 7, "x");
    following(Map.of("openai", open));
    now += Duration.ofSeconds(61).toNanos();
    return open;
  }

  private void wantProbe(Revision base) {
    sync.onAskProbe(new SyncPort.AskProbe("openai", base.id(), 1, 1), now);
  }

  private static OperatorRequest forceOpen(Optional<RevisionId> only) {
    return new OperatorRequest(
        "openai",
        "op-1",
        OperatorRequest.Wish.OVERRIDE,
        Optional.of(OverrideMode.FORCED_OPEN),
        "alice",
        "maintenance",
        Duration.ZERO,
        only);
  }

  private void reads(OperatorRequest request, Revision stands) {
    Map<String, StoredState> states =
        stands == null ? Map.of() : Map.of("openai", StoredState.of(stands));
    sync.onReadForOperator(request, new StoreSnapshot(states, SERVER), now);
  }

  private void isAnswered(OperatorRequest request, FleetStore.CommitResult result) {
    FleetStore.CommitRequest commit = asked.operatorCommits.remove(0);
    sync.onCommittedForOperator(request, commit.expected(), result, now);
  }

  @Test
  void r13AnUnansweredCommandIsMadeAgainAsTheSameOperationOverTheSameRevision() {
    Revision open = revision(State.OPEN, 7, "x");
    following(Map.of("openai", open));
    OperatorRequest request = forceOpen(Optional.empty());
    sync.onOperatorRequest(request);
    reads(request, open);
    isAnswered(request, new FleetStore.CommitResult.Unknown("no answer"));
    assertThat(asked.answers).isEmpty();

    sync.onOperatorRetryDue(request);
    reads(request, open);

    FleetStore.CommitRequest again = asked.operatorCommits.get(0);
    assertThat(again.op()).isEqualTo("op-1");
    assertThat(again.expected()).isEqualTo(open.id());
    Revision forced = CommitChecks.built(again, SERVER);
    assertThat(forced.override().isEndless()).isTrue();
    assertThat(forced.openUntilMillis()).isEqualTo(open.openUntilMillis());
    isAnswered(request, new FleetStore.CommitResult.Committed(forced, SERVER));
    assertThat(asked.answers).containsExactly(new OperatorAnswer.Committed(forced.id()));
    assertThat(asked.told.get(asked.told.size() - 1)).isInstanceOf(SyncPort.Adopt.class);
  }

  @Test
  void r13AnUnansweredCommandThatTheStoreKnowsIsCommittedThoughSuperseded() {
    following(Map.of("openai", revision(State.OPEN, 7, "x")));
    OperatorRequest request = forceOpen(Optional.empty());
    sync.onOperatorRequest(request);
    reads(request, revision(State.OPEN, 7, "x"));
    isAnswered(request, new FleetStore.CommitResult.Unknown("no answer"));
    Revision later = revision(State.CLOSED, 9, "z");

    sync.onOperatorRetryDue(request);
    reads(
        request,
        new Revision(
            later.id(), List.of("z", "op-1"), State.CLOSED, SERVER, 0, 0, 0, "", "w", 0, 0, 0));

    assertThat(asked.answers).containsExactly(new OperatorAnswer.Committed(later.id()));
    assertThat(asked.operatorCommits).isEmpty();
  }

  @Test
  void r13ACommandThatStaysUnansweredIsUnknownAndAReadThatFailsIsCertain() {
    following(Map.of("openai", revision(State.OPEN, 7, "x")));
    OperatorRequest request = forceOpen(Optional.empty());
    sync.onOperatorRequest(request);
    reads(request, revision(State.OPEN, 7, "x"));
    isAnswered(request, new FleetStore.CommitResult.Unknown("no answer"));

    sync.onOperatorAnswerDue(request);

    assertThat(asked.answers).containsExactly(new OperatorAnswer.Unknown("no answer"));
    sync.onOperatorRetryDue(request);
    assertThat(asked.operatorReads).hasSize(1);
  }

  @Test
  void anOperatorsCommitThatFoundNoThreadInTimeIsNoOutageOfTheStore() {
    following(Map.of("openai", revision(State.OPEN, 7, "x")));
    OperatorRequest request = forceOpen(Optional.empty());
    sync.onOperatorRequest(request);
    reads(request, revision(State.OPEN, 7, "x"));
    sync.onOperatorAnswerDue(request);

    sync.onOperationBegan(++now);
    sync.onTooLateForOperator(request, asked.operatorCommits.remove(0).expected(), now);

    assertThat(health.contact().isOk()).isTrue();
    assertThat(asked.answers).hasSize(1);
    assertThat(asked.answers.get(0)).isInstanceOf(OperatorAnswer.Unknown.class);
  }

  @Test
  void r13ACommandThatCouldNotBeSentIsNotCommitted() {
    following(Map.of("openai", revision(State.OPEN, 7, "x")));
    OperatorRequest request = forceOpen(Optional.empty());
    sync.onOperatorRequest(request);

    sync.onReadForOperatorFailed(request, "no answer");

    assertThat(asked.answers).containsExactly(new OperatorAnswer.NotCommitted("no answer"));
  }

  @Test
  void r13ACommandGoesOnOverWhatOthersHaveCommittedButNotIfItIsForOneRevision() {
    Revision seven = revision(State.OPEN, 7, "x");
    Revision eight = revision(State.CLOSED, 8, "y");
    following(Map.of("openai", seven));
    OperatorRequest any = forceOpen(Optional.empty());
    sync.onOperatorRequest(any);
    reads(any, seven);

    isAnswered(
        any, new FleetStore.CommitResult.Conflict(Optional.of(StoredState.of(eight)), SERVER));

    assertThat(asked.operatorCommits.get(0).expected()).isEqualTo(eight.id());
    OperatorRequest only = forceOpen(Optional.of(seven.id()));
    asked.operatorCommits.clear();
    sync.onOperatorRequest(only);
    reads(only, eight);
    assertThat(asked.answers).containsExactly(new OperatorAnswer.RevisionChanged(eight.id()));
    assertThat(asked.operatorCommits).isEmpty();
  }

  @Test
  void whatAWorkerStartsWithHasNotComeToIt() {
    following(Map.of("openai", revision(State.OPEN, 7, "x")));

    assertThat(health.metrics().propagation().counts()).containsOnly(0L);
  }

  @Test
  void aTransitionThatIsReadFromTheKeyIsMeasuredOnce() {
    Revision open = revision(State.OPEN, 7, "x");
    following(Map.of("openai", open));

    Revision closed = revision(State.CLOSED, 8, "y");
    sync.onChangesRead(changes(Set.of("openai")), now);
    Map<String, StoredState> stored = Map.of("openai", StoredState.of(closed));
    sync.onStateRead("openai", new StoreSnapshot(stored, SERVER + 40), now);
    sync.onStateRead("openai", new StoreSnapshot(stored, SERVER + 5_000), now);

    SyncMetrics.Ages ages = health.metrics().propagation();
    assertThat(ages.sum()).isEqualTo(Duration.ofMillis(40));
    assertThat(ages.counts().stream().mapToLong(n -> n).sum()).isOne();
  }

  @Test
  void everyEndOfACommitIsCounted() {
    following(Map.of());
    ProviderSync.Flight flight = new ProviderSync.Flight("x", 1, RevisionId.NONE, null);
    List<CommitResult> ends =
        List.of(
            new CommitResult.Committed(revision(State.OPEN, 7, "x"), SERVER),
            new CommitResult.Conflict(Optional.empty(), SERVER),
            new CommitResult.LockBusy(),
            new CommitResult.Refused("no"),
            new CommitResult.Unreachable("away"),
            new CommitResult.Unknown("lost"));

    ends.forEach(end -> sync.onCommitDone("openai", flight, end, now));

    assertThat(health.metrics().commits())
        .containsOnlyKeys(SyncMetrics.Commit.values())
        .values()
        .containsOnly(1L);
  }

  @Test
  void greetingsWithoutAReasonCostNoSnapshot() {
    following(Map.of("openai", revision(State.OPEN, 7, "x")));

    for (int i = 0; i < 1_000; i++) {
      sync.onGreeted(0);
    }
    sync.onChangesRead(changes(Set.of()), now);

    assertThat(asked.all).isEmpty();
    assertThat(asked.changes).isEqualTo(2);
  }

  @Test
  void aGreetingBecauseOfALostStoreLeadsToASnapshotAtOnce() {
    following(Map.of("openai", revision(State.OPEN, 7, "x")));

    sync.onGreeted(0);
    sync.onChangesRead(new Changes(false, Set.of(), SERVER + "-b", Position.START), now);

    assertThat(asked.all).hasSize(1);
  }

  @Test
  void manyThatChangedHereAreReadWithOneSnapshot() {
    Map<String, Revision> closed = new HashMap<>();
    for (int i = 0; i < 1_000; i++) {
      closed.put("p" + i, revision(State.CLOSED, 7, "x" + i));
    }
    closed.keySet().forEach(sync::onRegister);
    sync.onSubscribed();
    sync.onSnapshotRead(asked.all.remove(0), snapshot(closed, MARK), now);

    sync.onReconcileDue();
    sync.onChangesRead(changes(Set.of()), now);

    assertThat(asked.read).isEmpty();
    assertThat(asked.all).hasSize(1);
  }

  @Test
  void whatHadToBeLookedAtStillHasToWhenTheSnapshotFails() {
    Map<String, Revision> closed = new HashMap<>();
    for (int i = 0; i < 1_000; i++) {
      closed.put("p" + i, revision(State.CLOSED, 7, "x" + i));
    }
    closed.keySet().forEach(sync::onRegister);
    sync.onSubscribed();
    sync.onSnapshotRead(asked.all.remove(0), snapshot(closed, MARK), now);
    sync.onReconcileDue();
    sync.onChangesRead(changes(Set.of()), now);
    asked.all.clear();

    sync.onComparisonFailed("gone for the test");
    sync.onAskAgainDue();
    sync.onChangesRead(changes(Set.of()), now);

    assertThat(asked.all).hasSize(1);
  }

  @Test
  void r11WhatCouldNotBeWrittenAgainIsTriedAgain() {
    Revision open = revision(State.OPEN, 7, "x");
    following(Map.of("openai", open));
    sync.onReconcileDue();
    sync.onChangesRead(changes(Set.of("openai")), now);
    asked.read.clear();
    sync.onStateRead("openai", new StoreSnapshot(Map.of(), SERVER), now);
    SyncEffect.Commit again = asked.commits.remove(0);
    sync.onCommitDone("openai", again.flight(), new CommitResult.LockBusy(), now);

    sync.onReconcileDue();
    sync.onChangesRead(changes(Set.of()), now);

    assertThat(asked.read).containsExactly("openai");
  }

  @Test
  void r6OneAnswerThatIsLostIsNoReasonToProbeAlone() {
    Revision open = due();
    wantProbe(open);

    sync.onProbeAnswered(asked.probes.remove(0), new ProbeAnswer.Failed("slow"), now);
    wantProbe(open);

    assertThat(asked.told).hasSize(2).allMatch(answer -> answer instanceof SyncPort.ProbeRefused);
  }

  @Test
  void r14RecoveryGoesOnAloneWhenTheStoreStaysAway() {
    Revision open = due();
    wantProbe(open);
    sync.onProbeAnswered(asked.probes.remove(0), new ProbeAnswer.Failed("gone"), now);

    now += Duration.ofMillis(1_500).toNanos();
    wantProbe(open);
    sync.onChangesRead(changes(Set.of()), now);

    assertThat(asked.told.subList(1, 3))
        .containsExactly(new SyncPort.ProbesLocal(), new SyncPort.ProbesShared());
  }

  @Test
  void r9WhoWaitsForTheHoldersIsNotAnsweredFromAReadThatBeganBefore() {
    sync.onRegister("openai");
    sync.onSubscribed();
    sync.onSnapshotRead(asked.all.remove(0), snapshot(Map.of(), ""), now);
    assertThat(asked.told).isEmpty();
    sync.onReconcileDue();
    Set<String> before = asked.all.remove(0);
    sync.onHoldersHeard();

    sync.onSnapshotRead(before, snapshot(Map.of(), SERVER + "-b"), now);

    assertThat(asked.told).isEmpty();
    Revision open = revision(State.OPEN, 7, "x");
    sync.onSnapshotRead(asked.all.remove(0), snapshot(Map.of("openai", open), SERVER + "-b"), now);
    assertThat(asked.told)
        .contains(new SyncPort.Adopt(open, Duration.ofMinutes(1)))
        .noneMatch(answer -> answer instanceof SyncPort.NothingShared);
  }

  @Test
  void aRoundIsNotDatedByAClockThatWasNeverSeen() {
    Revision open = due();
    sync = start();
    sync.onRegister("openai");

    wantProbe(open);

    assertThat(asked.probes).isEmpty();
    assertThat(asked.told).containsExactly(new SyncPort.ProbeRefused(Duration.ofMillis(100)));
  }

  @Test
  void aRoundThatALaterVersionKeepsIsNotAskedForAllTheTime() {
    Revision open = due();
    wantProbe(open);
    ProbeAsk ask = asked.probes.remove(0);

    sync.onProbeAnswered(
        ask, new ProbeAnswer.Conflict(Optional.of(StoredState.of(open)), SERVER), now);

    assertThat(asked.told).containsExactly(new SyncPort.ProbeRefused(Duration.ofSeconds(1)));
  }

  @Test
  void afterTheLastRevisionNoRoundBegins() {
    long last = RevisionId.LIMIT - 1;
    Revision seven = revision(State.OPEN, 7, "x");
    Revision open =
        new Revision(
            new RevisionId(last, last, "x"),
            seven.ops(),
            State.OPEN,
            SERVER,
            60_000,
            SERVER + 60_000,
            1,
            "because",
            "other",
            0,
            0,
            0);
    following(Map.of("openai", open));
    now += Duration.ofSeconds(61).toNanos();

    wantProbe(open);

    assertThat(asked.told).containsExactly(new SyncPort.ProbeRefused(Duration.ofSeconds(1)));
  }

  @Test
  void whoLeavesGivesBackALeaseThatComesTooLate() {
    Revision open = due();
    wantProbe(open);
    ProbeAsk ask = asked.probes.remove(0);
    sync.onLeaving();
    assertThat(sync.isDrained()).isFalse();

    sync.onProbeAnswered(ask, new ProbeAnswer.Granted(ask.halfOpen(), SERVER), now);

    SyncPort.SettleProbe back = asked.settled.remove(0);
    assertThat(back.lease()).isEqualTo(ask.lease());
    assertThat(sync.isDrained()).isFalse();
    sync.onProbeSettled(back, new Settlement.Settled());
    assertThat(sync.isDrained()).isTrue();
  }

  @Test
  void aSettlementOfAnActorThatHasRestartedSinceHoldsNoDrainUp() {
    due();

    sync.onProbeSettled(
        new SyncPort.SettleProbe(
            "openai", RevisionId.NONE, "lease", SyncPort.ProbeResult.SUCCEEDED, 1),
        new Settlement.Late());

    assertThat(sync.isDrained()).isTrue();
  }

  /** What was asked for and has not been taken from here. */
  private static final class Asked implements WorkerSync.Outside {
    private final List<SyncPort.Answer> told = new ArrayList<>();
    private final List<String> read = new ArrayList<>();
    private final List<Set<String>> all = new ArrayList<>();
    private final List<SyncEffect.Commit> commits = new ArrayList<>();
    private final List<ProbeAsk> probes = new ArrayList<>();
    private final List<SyncPort.SettleProbe> settled = new ArrayList<>();
    private int changes;
    private final List<OperatorRequest> operatorReads = new ArrayList<>();
    private final List<FleetStore.CommitRequest> operatorCommits = new ArrayList<>();
    private final List<OperatorRequest> operatorRetries = new ArrayList<>();
    private final List<OperatorAnswer> answers = new ArrayList<>();

    void clear() {
      told.clear();
      read.clear();
      all.clear();
      changes = 0;
    }

    @Override
    public void tell(String provider, SyncPort.Answer answer) {
      told.add(answer);
    }

    @Override
    public void commit(String provider, SyncEffect.Commit commit) {
      commits.add(commit);
    }

    @Override
    public void read(String provider) {
      read.add(provider);
    }

    @Override
    public void readAfter(String provider, Duration after) {
      read.add(provider);
    }

    @Override
    public void readAll(Set<String> providers) {
      all.add(Set.copyOf(providers));
    }

    @Override
    public void readChanges(Position since) {
      changes++;
    }

    @Override
    public void greet() {}

    @Override
    public void awaitHolders(Duration after) {}

    @Override
    public void askProbe(ProbeAsk ask) {
      probes.add(ask);
    }

    @Override
    public void settleProbe(SyncPort.SettleProbe lease) {
      settled.add(lease);
    }

    @Override
    public void renewProbes(LeaseRenewal renewal) {}

    @Override
    public void renewLater(String provider, Duration after) {}

    @Override
    public void retry(String provider, Duration after) {}

    @Override
    public void askAgain(Duration after) {}

    @Override
    public void reconcile(Duration after) {}

    @Override
    public void readForOperator(OperatorRequest request) {
      operatorReads.add(request);
    }

    @Override
    public void commitForOperator(OperatorRequest request, FleetStore.CommitRequest commit) {
      operatorCommits.add(commit);
    }

    @Override
    public void retryForOperator(OperatorRequest request, Duration after) {
      operatorRetries.add(request);
    }

    @Override
    public void answerBy(OperatorRequest request, Duration after) {}

    @Override
    public void answer(OperatorRequest request, OperatorAnswer answer) {
      answers.add(answer);
    }
  }
}
