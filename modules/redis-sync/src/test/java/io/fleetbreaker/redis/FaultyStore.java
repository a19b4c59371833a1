package io.fleetbreaker.redis;

import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** A store whose connection a test can take away and give back. */
final class FaultyStore implements FleetStore {
  private static final String GONE = "gone for the test";

  private final FleetStore store;
  private final AtomicBoolean away = new AtomicBoolean();
  private final AtomicBoolean refusing = new AtomicBoolean();
  private final AtomicBoolean unreachable = new AtomicBoolean();

  private final AtomicBoolean holding = new AtomicBoolean();
  private final AtomicInteger heldUp = new AtomicInteger();
  private final Semaphore timeouts = new Semaphore(0);

  /** Written by the actor that subscribes, read by the test. */
  private final AtomicReference<EventListener> listener = new AtomicReference<>();

  FaultyStore(FleetStore store) {
    this.store = store;
  }

  void goAway() {
    away.set(true);
    listener.get().onDisconnected(GONE);
  }

  void refuseCommits() {
    refusing.set(true);
  }

  /** Commits do not get there; all else does. */
  void failCommits() {
    unreachable.set(true);
  }

  /** Nothing is answered: commits wait for {@link #timeOut}, all else fails at once. */
  void hang() {
    holding.set(true);
  }

  /** Ends the wait of so many commits. */
  void timeOut(int commits) {
    timeouts.release(commits);
  }

  /** How many commits have waited, or still wait. */
  int heldUp() {
    return heldUp.get();
  }

  void comeBack() {
    away.set(false);
    unreachable.set(false);
    refusing.set(false);
    listener.get().onSubscribed();
  }

  private void check() {
    if (away.get() || holding.get()) {
      throw new StoreException(GONE);
    }
  }

  @Override
  public void publish(BreakerEvent event) {
    check();
    store.publish(event);
  }

  @Override
  public Subscription subscribe(EventListener wanted) {
    listener.set(wanted);
    return store.subscribe(wanted);
  }

  @Override
  public Optional<StoredState> getState(String provider) {
    check();
    return store.getState(provider);
  }

  @Override
  public boolean setState(String provider, StoredState state, Duration ttl) {
    check();
    return store.setState(provider, state, ttl);
  }

  @Override
  public StoreSnapshot read(Collection<String> providers) {
    check();
    return store.read(providers);
  }

  @Override
  public FleetSnapshot snapshot(Collection<String> providers) {
    check();
    return store.snapshot(providers);
  }

  @Override
  public Changes changesSince(Position position) {
    check();
    return store.changesSince(position);
  }

  @Override
  public Optional<HistoryItem> findInHistory(String provider, String op) {
    check();
    return store.findInHistory(provider, op);
  }

  @Override
  public boolean markAndGreet(String worker) {
    check();
    return store.markAndGreet(worker);
  }

  @Override
  public HistorySlice historyBefore(Optional<HistoryId> before, int count) {
    check();
    return store.historyBefore(before, count);
  }

  @Override
  public HistoryTail historyAfter(HistoryId after, int count) {
    check();
    return store.historyAfter(after, count);
  }

  @Override
  public void beat(WorkerBeat beat, Duration lasting) {
    check();
    store.beat(beat, lasting);
  }

  @Override
  public void leave(String instance) {
    check();
    store.leave(instance);
  }

  @Override
  public WorkersSeen workers(int most) {
    check();
    return store.workers(most);
  }

  @Override
  public ProbeAnswer askProbe(ProbeAsk ask) {
    return away.get() ? new ProbeAnswer.Failed(GONE) : store.askProbe(ask);
  }

  @Override
  public Settlement settleProbe(
      String provider, RevisionId round, String lease, boolean succeeded, int successThreshold) {
    return away.get()
        ? new Settlement.Failed(GONE)
        : store.settleProbe(provider, round, lease, succeeded, successThreshold);
  }

  @Override
  public Renewal renewProbes(
      String provider, RevisionId round, Collection<String> leases, Duration leaseFor) {
    return away.get()
        ? new Renewal.Failed(GONE)
        : store.renewProbes(provider, round, leases, leaseFor);
  }

  @Override
  public CommitResult commit(CommitRequest request) {
    if (refusing.get()) {
      return new CommitResult.Refused("no memory");
    }
    if (holding.get()) {
      heldUp.incrementAndGet();
      timeouts.acquireUninterruptibly();
      return new CommitResult.Unreachable(GONE);
    }
    return away.get() || unreachable.get()
        ? new CommitResult.Unreachable(GONE)
        : store.commit(request);
  }

  @Override
  public LockResult acquireLock(String name, Duration waitLimit, Duration expiry) {
    check();
    return store.acquireLock(name, waitLimit, expiry);
  }

  @Override
  public boolean releaseLock(Lock lock) {
    check();
    return store.releaseLock(lock);
  }

  @Override
  public int database() {
    return store.database();
  }

  @Override
  public String refusal() {
    return refusing.get() ? "commits: no memory" : store.refusal();
  }

  @Override
  public Health health() {
    return store.health();
  }

  @Override
  public void close() {
    store.close();
  }
}
