package io.fleetbreaker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.ProviderName;
import io.fleetbreaker.State;
import io.fleetbreaker.sync.FleetOverride;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/**
 * A fleet's store without Redis: the twin of {@link RedisStore}, held to the same contract. It
 * keeps the same bytes, and its clock is whatever it is given. Thread-safe: this object's monitor
 * guards everything but the subscriptions.
 */
final class InMemoryStore implements FleetStore {
  private final RedisSettings settings;
  private final int database;
  private final LongSupplier serverMillis;
  private final Map<String, Entry> states = new HashMap<>();
  private final Map<String, Entry> locks = new HashMap<>();
  private final AtomicLong tokens = new AtomicLong();
  private final InMemoryHistory history = new InMemoryHistory();
  private final InMemoryWorkers workers = new InMemoryWorkers();
  private final InMemoryRounds rounds = new InMemoryRounds();
  private final List<MemorySubscription> subscriptions = new CopyOnWriteArrayList<>();

  InMemoryStore(RedisSettings settings, LongSupplier serverMillis) {
    this.settings = settings;
    this.database = RedisAddress.of(settings.uri()).database();
    this.serverMillis = serverMillis;
  }

  /** Puts bytes where a state belongs, as a stranger could. */
  synchronized void putRaw(String provider, byte[] raw) {
    states.put(provider, new Entry(raw.clone(), "", Long.MAX_VALUE));
  }

  /** How long a state is still kept; empty for as long as the store is. */
  synchronized Optional<Duration> timeToLive(String provider) {
    long until = states.get(provider).untilMillis;
    return until == Long.MAX_VALUE
        ? Optional.empty()
        : Optional.of(Duration.ofMillis(until - serverMillis.getAsLong()));
  }

  /** Loses everything. */
  synchronized void forget() {
    states.clear();
    locks.clear();
    history.clear();
    rounds.clear();
    workers.clear();
  }

  /** Puts bytes where a heartbeat belongs, as a stranger could. */
  synchronized void putRawBeat(String instance, byte[] raw) {
    workers.putRaw(instance, raw, serverMillis.getAsLong());
  }

  /** Adds what a stranger could to the history. */
  synchronized void addRawHistory(String provider, String event) {
    history.add(provider, State.CLOSED, "", event, serverMillis.getAsLong());
  }

  /** Ends a probe's lease as its time would. */
  synchronized void expireLease(String provider, String lease) {
    rounds.expire(provider, lease);
  }

  /** Makes it long ago that somebody was told that a close is due. */
  synchronized void expireCloseDue(String provider) {
    rounds.expireDue(provider);
  }

  /** What the history tells, oldest first. */
  synchronized List<InMemoryHistory.Entry> historyEntries() {
    return history.entries();
  }

  /** Sends bytes to every subscriber, as a stranger could. */
  void publishRaw(byte[] message) {
    subscriptions.forEach(subscription -> subscription.deliver(message));
  }

  @Override
  public void publish(BreakerEvent event) {
    publishRaw(WireCodec.encodeEvent(event));
  }

  @Override
  public Subscription subscribe(EventListener listener) {
    MemorySubscription subscription = new MemorySubscription(listener);
    subscriptions.add(subscription);
    return subscription;
  }

  @Override
  public int database() {
    return database;
  }

  @Override
  public synchronized Optional<StoredState> getState(String provider) {
    byte[] raw = raw(ProviderName.require(provider));
    if (raw.length == 0) {
      return Optional.empty();
    }
    try {
      return Optional.of(WireCodec.decodeState(raw));
    } catch (WireException e) {
      throw new StoreException("the state of " + provider + " is unreadable: " + e.reason());
    }
  }

  @Override
  public synchronized boolean setState(String provider, StoredState state, Duration ttl) {
    if (ttl.compareTo(Duration.ofMillis(1)) < 0) {
      throw new IllegalArgumentException("ttl must be at least 1 ms, was " + ttl);
    }
    byte[] encoded = WireCodec.encodeState(state);
    Optional<StoredState> held = readable(ProviderName.require(provider));
    if (isBeyondUs(provider) || (held.isPresent() && goesBack(held.get(), state))) {
      return false;
    }
    states.put(provider, new Entry(encoded, "", serverMillis.getAsLong() + ttl.toMillis()));
    history.index(provider, StoredState.indexed(state.revision(), state.state()));
    return true;
  }

  @Override
  public synchronized StoreSnapshot read(Collection<String> providers) {
    Map<String, StoredState> found = new HashMap<>();
    for (String provider : providers) {
      readable(ProviderName.require(provider)).ifPresent(state -> found.put(provider, state));
    }
    return new StoreSnapshot(found, serverMillis.getAsLong());
  }

  @Override
  public CommitResult commit(CommitRequest request) {
    Lock lock = mint(RedisKeys.stateLock(request.provider()));
    AtomicReference<Optional<CommitResult>> decided = new AtomicReference<>(Optional.empty());
    boolean done =
        RedisLocks.retry(
            settings.lockWait(),
            () -> {
              if (take(lock, settings.lockExpiry())) {
                return true;
              }
              decided.set(decided(request));
              return decided.get().isPresent();
            });
    if (decided.get().isPresent()) {
      return decided.get().get();
    }
    if (!done) {
      return new CommitResult.LockBusy();
    }
    try {
      long now = serverMillis.getAsLong();
      var revision = CommitChecks.built(request, now);
      StoredState state = StoredState.of(revision);
      byte[] encoded = WireCodec.encodeState(state);
      synchronized (this) {
        Optional<StoredState> held = readable(request.provider());
        var base = held.flatMap(StoredState::revision);
        if (base.isPresent() && base.get().ops().contains(request.op())) {
          return new CommitResult.Committed(base.get(), now);
        }
        if (!holds(lock)) {
          return new CommitResult.LockBusy();
        }
        boolean expected =
            base.map(b -> b.id().equals(request.expected()))
                .orElse(request.expected().op().isEmpty());
        if (isBeyondUs(request.provider()) || !expected) {
          return new CommitResult.Conflict(held, now);
        }
        long ttl = CommitChecks.ttlMillis(revision, settings.stateTtl(), now);
        long until = ttl == 0 ? Long.MAX_VALUE : now + ttl;
        write(request.provider(), revision, encoded, until, now);
        return new CommitResult.Committed(revision, now);
      }
    } finally {
      releaseLock(lock);
    }
  }

  private static State stateBefore(StoredState held, long now) {
    Revision revision = held.revision().orElse(null);
    FleetOverride override = revision == null ? null : revision.override();
    return override == null || override.isInForce(now) ? held.state() : revision.state();
  }

  @Override
  public synchronized Optional<HistoryItem> findInHistory(String provider, String op) {
    ProviderName.require(provider);
    for (InMemoryHistory.Entry entry : history.entries()) {
      if (entry.provider().equals(provider) && entry.op().equals(op)) {
        return Optional.of(entry.item());
      }
    }
    return Optional.empty();
  }

  /** What every commit does once it is decided. */
  private void write(
      String provider, Revision revision, byte[] encoded, long untilMillis, long now) {
    State from = readable(provider).map(held -> stateBefore(held, now)).orElse(State.CLOSED);
    states.put(provider, new Entry(encoded, "", untilMillis));
    history.index(provider, StoredState.indexed(Optional.of(revision), revision.state()));
    if (revision.state() != State.HALF_OPEN) {
      rounds.remove(provider);
    }
    byte[] event = WireCodec.encodeEvent(BreakerEvent.committed(provider, revision, database, now));
    history.add(provider, from, revision.id().op(), new String(event, UTF_8), now);
    publishRaw(event);
  }

  @Override
  public synchronized FleetSnapshot snapshot(Collection<String> providers) {
    return new FleetSnapshot(
        read(providers), history.markHeld(), history.position(), history.notClosed());
  }

  @Override
  public synchronized Changes changesSince(Position position) {
    return history.changesSince(position);
  }

  @Override
  public synchronized boolean markAndGreet(String worker) {
    byte[] greeting = ChannelMessage.greeting(worker, database);
    boolean marked = history.mark(serverMillis.getAsLong());
    if (marked) {
      publishRaw(greeting);
    }
    return marked;
  }

  @Override
  public synchronized HistorySlice historyBefore(Optional<HistoryId> before, int count) {
    return history.before(before, count);
  }

  @Override
  public synchronized HistoryTail historyAfter(HistoryId after, int count) {
    return history.after(after, count);
  }

  @Override
  public synchronized void beat(WorkerBeat beat, Duration lasting) {
    workers.beat(beat, lasting, serverMillis.getAsLong());
  }

  @Override
  public synchronized void leave(String instance) {
    workers.leave(instance, serverMillis.getAsLong());
  }

  @Override
  public synchronized WorkersSeen workers(int most) {
    return workers.workers(most, serverMillis.getAsLong());
  }

  @Override
  public synchronized ProbeAnswer askProbe(ProbeAsk ask) {
    ProbeChecks.require(ask);
    byte[] encoded = WireCodec.encodeState(StoredState.of(ask.halfOpen()));
    long now = serverMillis.getAsLong();
    Optional<StoredState> held = readable(ask.provider());
    Revision round = held.flatMap(StoredState::revision).orElse(null);
    if (round == null || isBeyondUs(ask.provider())) {
      return new ProbeAnswer.Conflict(held, now);
    }
    long ttl = settings.stateTtl().toMillis();
    if (round.state() == State.OPEN && round.id().equals(ask.base())) {
      round = ask.halfOpen();
      write(ask.provider(), round, encoded, now + ttl, now);
    } else if (round.state() != State.HALF_OPEN) {
      return new ProbeAnswer.Conflict(held, now);
    }
    long until = now + Math.max(ttl, ask.leaseFor().toMillis());
    InMemoryRounds.Answer answer = rounds.ask(ask, round.id(), now, until);
    if (answer.granted()) {
      return new ProbeAnswer.Granted(round, now);
    }
    return answer.waitMillis() == 0
        ? new ProbeAnswer.CloseDue(round, now)
        : ProbeChecks.busy(round, answer.waitMillis(), now);
  }

  @Override
  public synchronized Settlement settleProbe(
      String provider, RevisionId round, String lease, boolean succeeded, int successThreshold) {
    ProbeChecks.requireLease(lease);
    ProbeChecks.atLeastOne("success-threshold", successThreshold);
    return isOn(provider, round)
        ? rounds.settle(
            provider, round, lease, succeeded, successThreshold, serverMillis.getAsLong())
        : new Settlement.Late();
  }

  @Override
  public synchronized Renewal renewProbes(
      String provider, RevisionId round, Collection<String> leases, Duration leaseFor) {
    ProbeChecks.requireLength(leaseFor);
    leases.forEach(ProbeChecks::requireLease);
    long now = serverMillis.getAsLong();
    long length = leaseFor.toMillis();
    return isOn(provider, round)
        ? rounds.renew(
            provider,
            round,
            leases,
            length,
            now,
            now + Math.max(settings.stateTtl().toMillis(), length))
        : new Renewal.Renewed(Set.of(), false);
  }

  private boolean isOn(String provider, RevisionId round) {
    return readable(ProviderName.require(provider))
        .flatMap(StoredState::revision)
        .filter(held -> held.state() == State.HALF_OPEN && held.id().equals(round))
        .isPresent();
  }

  private synchronized Optional<CommitResult> decided(CommitRequest request) {
    return CommitChecks.decided(request, raw(request.provider()), serverMillis.getAsLong());
  }

  @Override
  public LockResult acquireLock(String name, Duration waitLimit, Duration expiry) {
    if (expiry.compareTo(Duration.ofMillis(1)) < 0) {
      throw new IllegalArgumentException("lock expiry must be at least 1 ms, was " + expiry);
    }
    Lock lock = mint(name);
    return RedisLocks.retry(waitLimit, () -> take(lock, expiry))
        ? new LockResult.Acquired(lock)
        : new LockResult.Held();
  }

  @Override
  public synchronized boolean releaseLock(Lock lock) {
    return holds(lock) && locks.remove(lock.name()) != null;
  }

  @Override
  public String refusal() {
    return "";
  }

  @Override
  public Health health() {
    return new Health(true, Duration.ofNanos(1), "");
  }

  @Override
  public void close() {
    subscriptions.forEach(MemorySubscription::close);
  }

  private static boolean goesBack(StoredState held, StoredState offered) {
    if (held.revision().isEmpty()) {
      return false;
    }
    if (offered.revision().isEmpty()) {
      return true;
    }
    var holds = held.revision().get().id();
    var gets = offered.revision().get().id();
    return holds.isAfter(gets) || (!gets.isAfter(holds) && !gets.equals(holds));
  }

  /** Also if nothing else of the value can be read. */
  private boolean isBeyondUs(String provider) {
    JsonNode schema = json(provider).path("schema");
    return (schema.isNumber() && schema.doubleValue() > StoredState.SCHEMA)
        || isOfALaterKind(json(provider).path("override"));
  }

  private static boolean isOfALaterKind(JsonNode override) {
    boolean absent = override.isMissingNode() || override.isNull();
    return !absent && OverrideMode.ofWireName(override.path("mode").asText("")).isEmpty();
  }

  private JsonNode json(String provider) {
    try {
      return new ObjectMapper().readTree(raw(provider));
    } catch (IOException e) {
      return MissingNode.getInstance();
    }
  }

  private Optional<StoredState> readable(String provider) {
    byte[] raw = raw(provider);
    try {
      return raw.length == 0 ? Optional.empty() : Optional.of(WireCodec.decodeState(raw));
    } catch (WireException e) {
      return Optional.empty();
    }
  }

  private byte[] raw(String provider) {
    Entry entry = states.get(provider);
    return entry == null || entry.untilMillis <= serverMillis.getAsLong() ? new byte[0] : entry.raw;
  }

  private Lock mint(String name) {
    return new Lock(RedisKeys.requireLockName(name), "token-" + tokens.incrementAndGet());
  }

  private synchronized boolean take(Lock lock, Duration expiry) {
    Entry held = locks.get(lock.name());
    if (held != null && held.untilMillis > serverMillis.getAsLong()) {
      return false;
    }
    long until = serverMillis.getAsLong() + expiry.toMillis();
    locks.put(lock.name(), new Entry(new byte[0], lock.token(), until));
    return true;
  }

  private boolean holds(Lock lock) {
    Entry held = locks.get(lock.name());
    return held != null
        && held.untilMillis > serverMillis.getAsLong()
        && held.token.equals(lock.token());
  }

  /** What stands under one key: a state's bytes or a lock's token. */
  private static final class Entry {
    private final byte[] raw;
    private final String token;
    private final long untilMillis;

    Entry(byte[] raw, String token, long untilMillis) {
      this.raw = raw;
      this.token = token;
      this.untilMillis = untilMillis;
    }
  }

  /** A thread of its own, like the real one's. */
  private final class MemorySubscription implements Subscription {
    private final ListenerCalls calls;
    private final SubscribedFlag subscribed = new SubscribedFlag();
    private final ExecutorService thread = Executors.newSingleThreadExecutor();

    MemorySubscription(EventListener listener) {
      this.calls = new ListenerCalls(listener);
      thread.execute(
          () -> {
            subscribed.set(true);
            calls.run(EventListener::onSubscribed);
          });
    }

    void deliver(byte[] message) {
      thread.execute(
          () -> {
            try {
              calls.run(ChannelMessage.read(message, database));
            } catch (WireException e) {
              calls.run(listener -> listener.onUndecodable(e.reason()));
            }
          });
    }

    @Override
    public boolean awaitSubscribed(Duration limit) throws InterruptedException {
      return subscribed.await(limit);
    }

    @Override
    public void close() {
      subscriptions.remove(this);
      subscribed.close();
      calls.close();
      thread.shutdown();
    }
  }
}
