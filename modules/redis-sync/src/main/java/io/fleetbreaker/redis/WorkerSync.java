package io.fleetbreaker.redis;

import io.fleetbreaker.redis.FleetStore.CommitResult;
import io.fleetbreaker.redis.FleetStore.StoreSnapshot;
import io.fleetbreaker.redis.ProviderSync.Flight;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.SyncPort;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
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

    /** Read these keys, and say {@link #onSnapshotRead} or {@link #onSnapshotFailed}. */
    void readAll(Set<String> providers);

    /** Say {@link #onRetryDue} after this time, in the place of an earlier such wish. */
    void retry(String provider, Duration after);

    /** Say {@link #onAskAgainDue} after this time, in the place of an earlier such wish. */
    void askAgain(Duration after);

    /** Say {@link #onReconcileDue} after this time. */
    void reconcile(Duration after);
  }

  private final Commits commits;
  private final StoreLink link;
  private final Duration reconcileInterval;
  private final RandomGenerator random;
  private final Outside outside;

  private final Map<String, ProviderSync> providers = new LinkedHashMap<>();
  private final TreeSet<String> registered = new TreeSet<>();
  private final Set<String> unanswered = new HashSet<>();
  private boolean snapshotUnderWay;
  private boolean snapshotAgain;

  WorkerSync(
      Commits commits,
      StoreLink link,
      Duration reconcileInterval,
      RandomGenerator random,
      Outside outside) {
    this.commits = commits;
    this.link = link;
    this.reconcileInterval = reconcileInterval;
    this.random = random;
    this.outside = outside;
  }

  /** The subscription has been asked for. */
  void onStarted() {
    scheduleReconcile();
  }

  void onRegister(String provider) {
    registered.add(provider);
    unanswered.add(provider);
    // Before the subscription stands, its snapshot answers: what it reads cannot be out of date.
    if (link.mayRead()) {
      requestSnapshot();
    }
  }

  void onPropose(String provider, Proposal proposal, long nowNanos) {
    perform(
        provider, core(provider).onProposal(known(provider), proposal, link.mayAsk(), nowNanos));
  }

  /** Events have come, at most one for each provider. */
  void onEvents(HintBuffer.Drained drained, long nowNanos) {
    if (drained.overflowed()) {
      requestSnapshot();
    }
    for (BreakerEvent event : drained.events()) {
      String provider = event.provider();
      Optional<Revision> told = Bridge.toldBy(event);
      if (told.isPresent() && registered.contains(provider)) {
        perform(provider, core(provider).onHint(known(provider), told.get(), nowNanos));
      }
    }
  }

  void onSubscribed() {
    link.subscribed();
    requestSnapshot();
  }

  void onDisconnected(String cause) {
    link.disconnected(cause);
    // What is true of the channel need not be true of the keys.
    requestSnapshot();
  }

  void onReconcileDue() {
    requestSnapshot();
    scheduleReconcile();
  }

  void onSnapshotRead(Set<String> asked, StoreSnapshot snapshot, long nowNanos) {
    snapshotUnderWay = false;
    link.answered();
    for (String provider : asked) {
      perform(
          provider,
          core(provider)
              .onSnapshot(
                  known(provider),
                  Optional.ofNullable(snapshot.states().get(provider)),
                  snapshot.serverMillis(),
                  nowNanos));
    }
    answerRegistrations(asked, nowNanos);
    if (snapshotAgain) {
      snapshotAgain = false;
      requestSnapshot();
    }
  }

  void onSnapshotFailed(String cause) {
    snapshotUnderWay = false;
    snapshotAgain = false;
    storeUnanswered(cause);
  }

  void onStateRead(String provider, StoreSnapshot snapshot, long nowNanos) {
    link.answered();
    perform(
        provider,
        core(provider)
            .onRead(
                known(provider),
                Optional.ofNullable(snapshot.states().get(provider)),
                snapshot.serverMillis(),
                nowNanos));
  }

  void onStateReadFailed(String provider, String cause) {
    storeUnanswered(cause);
    perform(provider, core(provider).onReadFailed(known(provider)));
  }

  void onCommitDone(String provider, Flight flight, CommitResult result, long nowNanos) {
    if (result instanceof CommitResult.Unreachable failure) {
      storeUnanswered(failure.cause());
    } else if (result instanceof CommitResult.Unknown failure) {
      storeUnanswered(failure.cause());
    } else if (result instanceof CommitResult.Refused refusal) {
      link.refused(provider, refusal.cause());
    } else {
      link.answered();
    }
    perform(provider, core(provider).onCommitResult(known(provider), flight, result, nowNanos));
  }

  /** The store was away when last asked. */
  void onAskAgainDue() {
    requestSnapshot();
  }

  void onRetryDue(String provider, long nowNanos) {
    if (link.mayAsk()) {
      perform(provider, core(provider).pursue(known(provider), nowNanos));
    }
  }

  /** Whether nothing is left to commit, or the store cannot be asked. */
  boolean isDrained() {
    return providers.values().stream()
        .allMatch(link.mayAsk() ? ProviderSync::isSettled : p -> p.flight() == null);
  }

  /** Whether the store has answered anything yet. */
  boolean everAnswered() {
    return link.everAnswered();
  }

  /** What this worker knows of a provider. */
  ProviderSync known(String provider) {
    return providers.getOrDefault(provider, ProviderSync.UNKNOWN);
  }

  private void perform(String provider, SyncCore.Step step) {
    providers.put(provider, step.next());
    step.effects().forEach(effect -> perform(provider, effect));
  }

  private void perform(String provider, SyncEffect effect) {
    if (effect instanceof SyncEffect.Tell tell) {
      outside.tell(provider, tell.answer());
    } else if (effect instanceof SyncEffect.Commit commit) {
      outside.commit(provider, commit);
    } else if (effect instanceof SyncEffect.Read) {
      outside.read(provider);
    } else if (effect instanceof SyncEffect.TryLater later) {
      Duration most = later.slowly() ? SLOW_RETRY_MOST : RETRY_MOST;
      long millis = random.nextLong(most.toMillis() / 4, most.toMillis());
      outside.retry(provider, Duration.ofMillis(millis));
    }
  }

  private void requestSnapshot() {
    if (snapshotUnderWay) {
      snapshotAgain = true;
      return;
    }
    snapshotUnderWay = true;
    outside.readAll(Collections.unmodifiableSortedSet(new TreeSet<>(registered)));
  }

  private void scheduleReconcile() {
    double share = random.nextDouble(0.5, 1.0);
    outside.reconcile(Duration.ofNanos((long) (reconcileInterval.toNanos() * share)));
  }

  /** Tells those of {@code asked} who registered what they start with. */
  private void answerRegistrations(Set<String> asked, long nowNanos) {
    for (String provider : asked) {
      if (unanswered.remove(provider)) {
        ProviderSync p = known(provider);
        outside.tell(
            provider,
            p.held() == null
                ? new SyncPort.NothingShared()
                : new SyncPort.Adopt(p.held(), p.heldRemaining(nowNanos)));
      }
    }
  }

  private void storeUnanswered(String cause) {
    link.unanswered(cause);
    outside.askAgain(Duration.ofMillis(random.nextLong(1, ASK_AGAIN_MOST.toMillis())));
  }

  private SyncCore core(String provider) {
    return new SyncCore(provider, commits);
  }
}
