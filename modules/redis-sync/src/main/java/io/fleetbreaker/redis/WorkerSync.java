package io.fleetbreaker.redis;

import io.fleetbreaker.redis.FleetStore.Changes;
import io.fleetbreaker.redis.FleetStore.CommitRequest;
import io.fleetbreaker.redis.FleetStore.CommitResult;
import io.fleetbreaker.redis.FleetStore.FleetSnapshot;
import io.fleetbreaker.redis.FleetStore.Position;
import io.fleetbreaker.redis.FleetStore.ProbeAnswer;
import io.fleetbreaker.redis.FleetStore.ProbeAsk;
import io.fleetbreaker.redis.FleetStore.Renewal;
import io.fleetbreaker.redis.FleetStore.Settlement;
import io.fleetbreaker.redis.FleetStore.StoreSnapshot;
import io.fleetbreaker.redis.ProviderSync.Flight;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import io.fleetbreaker.sync.SyncPort;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * One worker's side of the protocol, for all its providers: which message leads to which reads,
 * commits and answers. It has no clock, no thread and does no I/O: whoever drives it, an actor or a
 * simulation, says what happened and when, and does what the {@link Outside} is asked for. Given
 * the same inputs, random numbers and operation ids it does the same. Not thread-safe.
 */
final class WorkerSync {
  private static final Duration RETRY_MOST = Duration.ofMillis(200);
  private static final Duration SLOW_RETRY_MOST = Duration.ofSeconds(2);
  private static final Duration ASK_AGAIN_MOST = Duration.ofSeconds(1);

  /** Traffic has stopped by then; the workers of a large fleet need not all read at once. */
  private static final Duration CONFIRM_MOST = Duration.ofMillis(30);

  /** So many reconciles lie between two readings of what is not closed, should the key be gone. */
  private static final int RECONCILES_PER_READING = 12;

  /** More changes than this are read with one snapshot. */
  private static final int MOST_READS = 100;

  /**
   * What a worker's side of the protocol can have done. Each ends in a message to it, or in none.
   */
  interface Outside {
    /** Tell the provider's breaker. */
    void tell(String provider, SyncPort.Answer answer);

    /** Commit, and say {@link #onCommitDone}. */
    void commit(String provider, SyncEffect.Commit commit);

    /** Read one key, and say {@link #onStateRead} or {@link #onStateReadFailed}. */
    void read(String provider);

    /** {@link #read} after this time. */
    void readAfter(String provider, Duration after);

    /** Read these keys, and say {@link #onSnapshotRead} or {@link #onComparisonFailed}. */
    void readAll(Set<String> providers);

    /** Read what has changed, and say {@link #onChangesRead} or {@link #onComparisonFailed}. */
    void readChanges(Position since);

    /** Mark the store, and greet the workers that may know what it held. */
    void greet();

    /** Say {@link #onHoldersHeard} after this time. */
    void awaitHolders(Duration after);

    /** Ask for a probe, and say {@link #onProbeAnswered}. */
    void askProbe(ProbeAsk ask);

    /** Give a lease back, and say {@link #onProbeSettled}. */
    void settleProbe(SyncPort.SettleProbe settled);

    /** Renew leases, and say {@link #onProbesRenewed}. */
    void renewProbes(LeaseRenewal renewal);

    /** Say {@link #onRenewDue} after this time. */
    void renewLater(String provider, Duration after);

    /** Say {@link #onRetryDue} after this time, in the place of an earlier such wish. */
    void retry(String provider, Duration after);

    /** Say {@link #onAskAgainDue} after this time, in the place of an earlier such wish. */
    void askAgain(Duration after);

    /** Say {@link #onReconcileDue} after this time. */
    void reconcile(Duration after);

    /** Read the key, and say {@link #onReadForOperator} or that it failed. */
    void readForOperator(OperatorRequest request);

    /**
     * Commit, and say {@link #onCommittedForOperator}; or, if the request has been answered before
     * that begins, {@link #onTooLateForOperator}.
     */
    void commitForOperator(OperatorRequest request, CommitRequest commit);

    /** Say {@link #onOperatorRetryDue} after this time. */
    void retryForOperator(OperatorRequest request, Duration after);

    /** Say {@link #onOperatorAnswerDue} after this time. */
    void answerBy(OperatorRequest request, Duration after);

    /** The request has come to this. Called once for each. */
    void answer(OperatorRequest request, OperatorAnswer answer);
  }

  /** Ways to compare with the store, each wider than the one before it. */
  private enum Comparison {
    NONE,
    CHANGES,
    ALL
  }

  private final Commits commits;
  private final StoreLink link;
  private final SyncSettings settings;
  private final RandomGenerator random;
  private final Outside outside;
  private final SyncMemory memory;
  private final ServerClock serverClock = new ServerClock();
  private final LeaseDesk desk;
  private final OperatorDesk operators;
  private final Registrations registrations = new Registrations();
  private final LegacySync legacy;
  private final LegacyValues legacyValues;
  private final Propagation propagation;

  private final Map<String, ProviderSync> providers = new LinkedHashMap<>();
  private Comparison underWay = Comparison.NONE;
  private Comparison next = Comparison.NONE;
  private Optional<Position> position = Optional.empty();
  private String mark = "";

  /**
   * What the next comparison has to look at, whatever the history says: what could not be read when
   * it changed, or not be written, and what has changed here. A store that has lost the latter has
   * lost it from its history, too.
   */
  private final Set<String> doubtful = new TreeSet<>();

  /** Those of them that the comparison under way looks at. */
  private final Set<String> compared = new TreeSet<>();

  private int reconciles;

  /** Whether the next comparison reads what the holders have had time to write. */
  private boolean holdersHeard;

  /**
   * One worker's side of the protocol.
   *
   * @param memory what it held before a restart
   * @param legacyOpenFor by provider, how long it stays OPEN when a worker that knows no revisions
   *     has opened it; empty if such workers are ignored
   */
  WorkerSync(
      String worker,
      Commits commits,
      StoreLink link,
      SyncSettings settings,
      RandomGenerator random,
      SyncMemory memory,
      Outside outside,
      Map<String, Duration> legacyOpenFor) {
    this.legacy = new LegacySync(legacyOpenFor, link);
    this.legacyValues = new LegacyValues(legacyOpenFor);
    this.commits = commits;
    this.link = link;
    this.settings = settings;
    this.random = random;
    this.memory = memory;
    this.outside = outside;
    this.propagation = link.propagation(worker, serverClock);
    this.desk = new LeaseDesk(worker, commits, settings, random, outside, serverClock);
    this.operators = new OperatorDesk(commits, random, outside, this::known);
    providers.putAll(memory.recall());
  }

  /** The subscription has been asked for. */
  void onStarted() {
    scheduleReconcile();
  }

  /** What is said next is the end of an operation that began then. */
  void onOperationBegan(long nanos) {
    link.operationBegan(nanos);
  }

  void onRegister(String provider) {
    registrations.add(provider);
    legacyValues.onRegister(provider);
    // Before the subscription stands, its snapshot answers: what it reads cannot be out of date.
    if (link.mayRead()) {
      compare(Comparison.ALL);
    }
  }

  void onPropose(String provider, Proposal proposal, long nowNanos) {
    perform(
        provider, core(provider).onProposal(known(provider), proposal, link.mayAsk(), nowNanos));
  }

  /** Events have come, at most one for each provider. */
  void onEvents(HintBuffer.Drained drained, long nowNanos) {
    if (drained.overflowed()) {
      compare(Comparison.CHANGES);
    }
    for (BreakerEvent event : drained.events()) {
      String provider = event.provider();
      Optional<Revision> told = Bridge.toldBy(event);
      if (told.isPresent() && registrations.knows(provider)) {
        RevisionId id = told.get().id();
        perform(provider, core(provider).onHint(known(provider), told.get(), nowNanos));
        if (id.equals(known(provider).hint().told())) {
          propagation.onHint(provider, id, nowNanos);
        }
      }
    }
  }

  /**
   * A worker has found a store without a mark. Whoever holds more than closed must look; the mark
   * tells whether it is true, for anyone can say so.
   */
  void onGreeted(long nowNanos) {
    if (providers.values().stream().anyMatch(known -> known.isHeldNotClosed(nowNanos))) {
      compare(Comparison.CHANGES);
    }
  }

  /** Events without a revision have come. */
  void onLegacyEvents(List<LegacyEvent> events, long nowNanos) {
    for (LegacyEvent event : events) {
      String provider = event.event().provider();
      if (!registrations.knows(provider)) {
        link.legacyIgnored();
        continue;
      }
      perform(provider, legacy.onEvent(known(provider), event, nowNanos));
      pursueLegacy(provider, nowNanos);
    }
  }

  private void pursueLegacy(String provider, long nowNanos) {
    if (link.mayAsk()) {
      perform(provider, legacy.pursue(provider, known(provider), nowNanos));
    }
  }

  private void onLegacyRead(
      String provider, Optional<StoredState> found, long serverMillis, long nowNanos) {
    legacy.onServerTime(serverMillis, nowNanos);
    perform(provider, legacyValues.onRead(provider, known(provider), found, serverMillis));
    pursueLegacy(provider, nowNanos);
  }

  void onSubscribed() {
    link.subscribed();
    compare(Comparison.CHANGES);
  }

  void onDisconnected(String cause) {
    link.disconnected(cause);
    // What is true of the channel need not be true of the keys.
    compare(Comparison.CHANGES);
  }

  void onReconcileDue() {
    compare(Comparison.CHANGES);
    scheduleReconcile();
  }

  /** The store was away when last asked. */
  void onAskAgainDue() {
    compare(Comparison.CHANGES);
  }

  void onSnapshotRead(Set<String> asked, FleetSnapshot found, long nowNanos) {
    StoreSnapshot snapshot = found.states();
    answered(snapshot.serverMillis(), nowNanos);
    position = Optional.of(found.position());
    mark = found.mark();
    for (String provider : asked) {
      see(provider, Optional.ofNullable(snapshot.states().get(provider)), snapshot, nowNanos);
      onLegacyRead(
          provider,
          Optional.ofNullable(snapshot.states().get(provider)),
          snapshot.serverMillis(),
          nowNanos);
    }
    link.compared();
    if (mark.isEmpty()) {
      outside.greet();
    }
    boolean mayBeLost = StoreMark.isAbsentOrFresh(mark, snapshot.serverMillis());
    if (registrations.mustWait(asked, mayBeLost)) {
      outside.awaitHolders(StoreMark.HOLDERS_WAIT);
    } else {
      registrations.answer(asked, provider -> tellStart(provider, nowNanos));
    }
    compared();
  }

  /** Whoever holds what the store has lost has had time to write it again. */
  void onHoldersHeard() {
    // What is under way may have read the store before they did.
    holdersHeard = true;
    compare(Comparison.ALL);
  }

  void onChangesRead(Changes changes, long nowNanos) {
    link.answered();
    desk.onStoreUp();
    boolean lost = changes.mark().isEmpty() || !changes.mark().equals(mark);
    Set<String> changed = new TreeSet<>(changes.providers());
    changed.removeIf(provider -> !registrations.knows(provider));
    reconciles++;
    changed.addAll(compared);
    if (reconciles % RECONCILES_PER_READING == 0) {
      providers.forEach(
          (provider, known) -> {
            if (known.isHeldNotClosed(nowNanos)) {
              changed.add(provider);
            }
          });
    }
    if (lost || !changes.complete() || changed.size() > MOST_READS) {
      // Should the snapshot fail, the next comparison must look at these still.
      doubtful.addAll(compared);
      underWay = Comparison.NONE;
      compare(Comparison.ALL);
      return;
    }
    position = Optional.of(changes.position());
    link.compared();
    for (String provider : List.copyOf(providers.keySet())) {
      if (!known(provider).isSettled()) {
        perform(provider, core(provider).pursue(known(provider), nowNanos));
      }
      pursueLegacy(provider, nowNanos);
    }
    changed.forEach(provider -> perform(provider, core(provider).read(known(provider))));
    compared();
  }

  /** Neither a snapshot nor the changes could be read. */
  void onComparisonFailed(String cause) {
    underWay = Comparison.NONE;
    next = Comparison.NONE;
    doubtful.addAll(compared);
    storeUnanswered(cause);
  }

  void onStateRead(String provider, StoreSnapshot snapshot, long nowNanos) {
    answered(snapshot.serverMillis(), nowNanos);
    Optional<StoredState> found = Optional.ofNullable(snapshot.states().get(provider));
    perform(
        provider, core(provider).onRead(known(provider), found, snapshot.serverMillis(), nowNanos));
    onLegacyRead(provider, found, snapshot.serverMillis(), nowNanos);
  }

  void onStateReadFailed(String provider, String cause) {
    storeUnanswered(cause);
    doubtful.add(provider);
    perform(provider, core(provider).onReadFailed(known(provider)));
  }

  void onCommitDone(String provider, Flight flight, CommitResult result, long nowNanos) {
    noteAnswer(provider, result, nowNanos);
    if (!(result instanceof CommitResult.Committed || result instanceof CommitResult.Conflict)) {
      // A breaker's proposal is kept; what is written again because it was lost is not.
      doubtful.add(provider);
    }
    perform(provider, core(provider).onCommitResult(known(provider), flight, result, nowNanos));
    perform(provider, legacy.onCommitDone(provider, known(provider), flight, result, nowNanos));
  }

  private void noteAnswer(String provider, CommitResult result, long nowNanos) {
    if (result instanceof CommitResult.Unreachable failure) {
      storeUnanswered(failure.cause());
    } else if (result instanceof CommitResult.Unknown failure) {
      storeUnanswered(failure.cause());
    } else if (result instanceof CommitResult.Refused refusal) {
      link.refused(provider, refusal.cause());
    } else {
      link.answered();
    }
    if (result instanceof CommitResult.Conflict conflict) {
      serverClock.seen(conflict.serverMillis(), nowNanos);
    }
    link.commitEnded(result);
  }

  void onRetryDue(String provider, long nowNanos) {
    if (link.mayAsk()) {
      perform(provider, core(provider).pursue(known(provider), nowNanos));
      pursueLegacy(provider, nowNanos);
    }
  }

  /** An operator wants this of the fleet. */
  void onOperatorRequest(OperatorRequest request) {
    operators.onRequest(request, link.mayAsk(), link.problem());
  }

  void onReadForOperator(OperatorRequest request, StoreSnapshot snapshot, long nowNanos) {
    answered(snapshot.serverMillis(), nowNanos);
    String provider = request.provider();
    see(provider, Optional.ofNullable(snapshot.states().get(provider)), snapshot, nowNanos);
    operators.onRead(request, snapshot, nowNanos);
  }

  void onReadForOperatorFailed(OperatorRequest request, String cause) {
    storeUnanswered(cause);
    operators.onReadFailed(request, cause);
  }

  /**
   * The store has answered a commit of an operator's, or has not.
   *
   * @param expected the revision it was to be written over
   */
  void onCommittedForOperator(
      OperatorRequest request, RevisionId expected, CommitResult result, long nowNanos) {
    String provider = request.provider();
    noteAnswer(provider, result, nowNanos);
    if (result instanceof CommitResult.Committed done) {
      // As if it had been read: the breaker hears of it like of anybody's.
      serverClock.seen(done.serverMillis(), nowNanos);
      StoredState state = StoredState.of(done.revision());
      see(provider, Optional.of(state), done.serverMillis(), nowNanos);
    }
    operators.onCommitDone(request, expected, result, nowNanos);
  }

  /** It was not even tried, for want of a thread: that says nothing of the store. */
  void onTooLateForOperator(OperatorRequest request, RevisionId expected, long nowNanos) {
    CommitResult notTried = new CommitResult.Unreachable("no thread was free to ask Redis");
    operators.onCommitDone(request, expected, notTried, nowNanos);
  }

  void onOperatorRetryDue(OperatorRequest request) {
    operators.onRetryDue(request);
  }

  void onOperatorAnswerDue(OperatorRequest request) {
    operators.onAnswerDue(request);
  }

  void onAskProbe(SyncPort.AskProbe want, long nowNanos) {
    desk.onAsk(want, known(want.provider()), link.mayAsk(), link.isAway(), nowNanos);
  }

  void onProbeAnswered(ProbeAsk ask, ProbeAnswer answer, long nowNanos) {
    if (!desk.awaits(ask)) {
      return;
    }
    String provider = ask.provider();
    if (answer instanceof ProbeAnswer.Granted granted) {
      seeRound(provider, granted.round(), granted.serverMillis(), nowNanos);
    } else if (answer instanceof ProbeAnswer.Busy busy) {
      seeRound(provider, busy.round(), busy.serverMillis(), nowNanos);
    } else if (answer instanceof ProbeAnswer.CloseDue due) {
      seeRound(provider, due.round(), due.serverMillis(), nowNanos);
    } else if (answer instanceof ProbeAnswer.Conflict conflict) {
      answered(conflict.serverMillis(), nowNanos);
      perform(provider, core(provider).read(known(provider)));
    } else if (answer instanceof ProbeAnswer.Failed failed) {
      storeUnanswered(failed.cause());
    }
    desk.onAnswer(ask, answer, link.isAway(), nowNanos);
  }

  void onSettleProbe(SyncPort.SettleProbe settled) {
    desk.onSettle(settled, link.mayAsk());
  }

  void onProbeSettled(SyncPort.SettleProbe settled, Settlement result) {
    if (result instanceof Settlement.Failed failed) {
      storeUnanswered(failed.cause());
    } else {
      link.answered();
    }
    desk.onSettled(settled, result, known(settled.provider()));
  }

  void onRenewDue(String provider, long nowNanos) {
    desk.onRenewDue(provider, link.mayAsk(), nowNanos);
  }

  void onProbesRenewed(LeaseRenewal renewal, Renewal result) {
    if (result instanceof Renewal.Failed failed) {
      storeUnanswered(failed.cause());
    } else {
      link.answered();
    }
    desk.onRenewed(renewal, result);
  }

  /** This worker is leaving: what it holds of the fleet's goes back. */
  void onLeaving() {
    if (link.mayAsk()) {
      desk.giveAllBack();
    }
  }

  /** Whether nothing is left to commit, or the store cannot be asked. */
  boolean isDrained() {
    return providers.values().stream()
            .allMatch(link.mayAsk() ? ProviderSync::isSettled : p -> p.flight() == null)
        && (desk.isIdle() || !link.mayAsk())
        && operators.isIdle();
  }

  /** Whether the store has answered anything yet. */
  boolean everAnswered() {
    return link.everAnswered();
  }

  /** What this worker knows of a provider. */
  ProviderSync known(String provider) {
    return providers.getOrDefault(provider, ProviderSync.UNKNOWN);
  }

  /** The key was read among others, or by a script that says what it holds. */
  private void see(
      String provider, Optional<StoredState> found, StoreSnapshot snapshot, long nowNanos) {
    see(provider, found, snapshot.serverMillis(), nowNanos);
  }

  private void see(String provider, Optional<StoredState> found, long serverMillis, long nowNanos) {
    perform(provider, core(provider).onSnapshot(known(provider), found, serverMillis, nowNanos));
  }

  /** Answers may overtake each other: an older revision than the one held says nothing. */
  private void seeRound(String provider, Revision round, long serverMillis, long nowNanos) {
    answered(serverMillis, nowNanos);
    if (round.id().isAfter(known(provider).heldId())) {
      Optional<StoredState> found = Optional.of(StoredState.of(round));
      perform(provider, core(provider).onSnapshot(known(provider), found, serverMillis, nowNanos));
    }
  }

  private void perform(String provider, SyncCore.Step step) {
    Revision before = known(provider).held();
    Revision now = step.next().held();
    boolean held = !step.next().heldId().equals(known(provider).heldId());
    if (held) {
      doubtful.add(provider);
      // What a worker starts with has not come to it: it was there.
      if (now != null && registrations.isAnswered(provider)) {
        propagation.onHeld(provider, before, now, link.nowNanos());
      }
    }
    providers.put(provider, step.next());
    memory.keep(provider, step.next());
    step.effects().forEach(effect -> perform(provider, effect));
    if (held) {
      operators.onHeld(provider);
    }
  }

  private void perform(String provider, SyncEffect effect) {
    if (effect instanceof SyncEffect.Tell tell) {
      outside.tell(provider, tell.answer());
    } else if (effect instanceof SyncEffect.Commit commit) {
      outside.commit(provider, commit);
    } else if (effect instanceof SyncEffect.Read) {
      outside.read(provider);
    } else if (effect instanceof SyncEffect.ReadSoon) {
      outside.readAfter(provider, Duration.ofMillis(random.nextLong(0, CONFIRM_MOST.toMillis())));
    } else if (effect instanceof SyncEffect.TryLater later) {
      Duration most = later.slowly() ? SLOW_RETRY_MOST : RETRY_MOST;
      long millis = random.nextLong(most.toMillis() / 4, most.toMillis());
      outside.retry(provider, Duration.ofMillis(millis));
    }
  }

  private void compare(Comparison wanted) {
    boolean all = wanted == Comparison.ALL || position.isEmpty() || registrations.anyUnanswered();
    Comparison comparison = all ? Comparison.ALL : wanted;
    if (underWay != Comparison.NONE) {
      next = comparison.compareTo(next) > 0 ? comparison : next;
      return;
    }
    underWay = comparison;
    if (holdersHeard) {
      holdersHeard = false;
      registrations.waited();
    }
    compared.clear();
    compared.addAll(doubtful);
    doubtful.clear();
    if (comparison == Comparison.ALL) {
      outside.readAll(Collections.unmodifiableSortedSet(new TreeSet<>(registrations.all())));
    } else {
      outside.readChanges(position.orElse(Position.START));
    }
  }

  private void compared() {
    underWay = Comparison.NONE;
    Comparison wanted = next;
    next = Comparison.NONE;
    if (wanted != Comparison.NONE) {
      compare(wanted);
    }
  }

  private void scheduleReconcile() {
    double share = random.nextDouble(0.5, 1.0);
    outside.reconcile(Duration.ofNanos((long) (settings.reconcileInterval().toNanos() * share)));
  }

  /** Tells a breaker that registered what it starts with. */
  private void tellStart(String provider, long nowNanos) {
    if (legacyValues.hasTold(provider)) {
      // It has been told to stop traffic because of a legacy state, and has started with that.
      return;
    }
    ProviderSync p = known(provider);
    outside.tell(
        provider,
        p.held() == null
            ? new SyncPort.NothingShared()
            : new SyncPort.Adopt(p.held(), p.heldRemaining(nowNanos), p.overrideLeft(nowNanos)));
  }

  private void answered(long serverMillis, long nowNanos) {
    serverClock.seen(serverMillis, nowNanos);
    link.answered();
    desk.onStoreUp();
  }

  private void storeUnanswered(String cause) {
    link.unanswered(cause);
    outside.askAgain(Duration.ofMillis(random.nextLong(1, ASK_AGAIN_MOST.toMillis())));
  }

  private SyncCore core(String provider) {
    return new SyncCore(provider, commits);
  }

  /** The breakers that have registered, and those of them that have not been told what is. */
  private static final class Registrations {
    private final TreeSet<String> all = new TreeSet<>();
    private final Set<String> unanswered = new HashSet<>();
    private boolean waiting;
    private boolean waited;

    void add(String provider) {
      all.add(provider);
      unanswered.add(provider);
    }

    Set<String> all() {
      return all;
    }

    boolean knows(String provider) {
      return all.contains(provider);
    }

    boolean isAnswered(String provider) {
      return all.contains(provider) && !unanswered.contains(provider);
    }

    boolean anyUnanswered() {
      return !unanswered.isEmpty();
    }

    /**
     * Whether these are not to be answered yet, since others may know more than the store.
     *
     * @return true the first time only; then {@link #waited} must follow
     */
    boolean mustWait(Set<String> asked, boolean mayBeLost) {
      boolean begins =
          mayBeLost && !waited && !waiting && asked.stream().anyMatch(unanswered::contains);
      waiting |= begins;
      return begins;
    }

    void waited() {
      waiting = false;
      waited = true;
    }

    void answer(Set<String> asked, Consumer<String> tell) {
      if (waiting) {
        return;
      }
      for (String provider : asked) {
        if (unanswered.remove(provider)) {
          tell.accept(provider);
        }
      }
    }
  }
}
