package io.fleetbreaker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fleetbreaker.ProviderName;
import io.fleetbreaker.Ticker;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The fleet's store in Redis, through Jedis: one server, the master of a Sentinel set-up, or the
 * node of a cluster that owns the fleet's slot. Thread-safe.
 *
 * <p>The operation time-out bounds each wait, not the sum of them: a method may wait for a free
 * connection, for a new one to be made, and for one answer per round trip.
 *
 * <p>A value under a state's key that is no state (unreadable, oversized, or of another Redis type)
 * holds no revision: {@link #read} passes over it with a warning, {@link #getState} throws, and a
 * commit that expects no revision writes over it. A value of a newer format is never written over.
 */
public final class RedisStore implements FleetStore {
  private static final Logger log = LoggerFactory.getLogger(RedisStore.class);

  private final RedisAccess access;
  private final RedisPrimary primary;
  private final RedisKeys keys;
  private final RedisConnections connections;
  private final RedisStates states;
  private final RedisLocks locks;
  private final RedisCommit commits;
  private final RedisHistory history;
  private final HistorySearch search;
  private final RedisProbes probes;
  private final RedisWorkers workers;
  private final Refusals refusals = new Refusals(Ticker.system());
  private final Pinger pinger = new Pinger("fleetbreaker-pinger");

  /** Apart from the pings: asking where the primary is may take longer than these may wait. */
  private final Pinger lookout = new Pinger("fleetbreaker-topology");

  private final AtomicInteger numbers = new AtomicInteger();
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Added to by any thread that subscribes, emptied by the one that closes. */
  private final Set<RedisSubscriber> subscribers = ConcurrentHashMap.newKeySet();

  private RedisStore(RedisSettings settings) {
    RedisAddress address = RedisAddress.of(settings.uri());
    this.access = new RedisAccess(address, settings);
    this.primary = RedisPrimary.of(access, settings.prefix());
    this.keys = new RedisKeys(settings.prefix(), settings.channel());
    this.connections = new RedisConnections(primary, access);
    this.states = new RedisStates(connections, keys);
    this.locks = new RedisLocks(connections, keys);
    this.commits =
        new RedisCommit(connections, keys, locks, settings, address.database(), refusals);
    this.history = new RedisHistory(connections, keys, states, address.database());
    this.search = new HistorySearch(connections, keys);
    this.probes = new RedisProbes(connections, keys, settings, address.database(), refusals);
    this.workers = new RedisWorkers(connections, keys, refusals);
  }

  /**
   * A store for these settings. Connects when it is first used, so this never fails for Redis.
   *
   * @throws IllegalArgumentException if a file for TLS does not hold what it should
   */
  public static RedisStore open(RedisSettings settings) {
    RedisStore store = new RedisStore(settings);
    if (store.access.address().topology() != RedisAddress.Topology.STANDALONE) {
      var unused = store.lookout.every(settings.pingInterval(), store::look);
    }
    if (store.access.address().tls() && !settings.tls().verify()) {
      log.warn(
          "redis.tls.verify is none: anybody between this worker and redis at {} can read and change"
              + " what they say, passwords included",
          store.access.address());
    }
    return store;
  }

  /** A subscriber whose node is not the primary any more may hear nothing for ever. */
  private void look() {
    try {
      primary.look();
      subscribers.forEach(RedisSubscriber::follow);
    } catch (RuntimeException e) {
      // Whatever it was: thrown, it would end the looking.
      log.warn("looking for the primary of redis at {} failed", primary, e);
    }
  }

  @Override
  public void publish(BreakerEvent event) {
    byte[] message = WireCodec.encodeEvent(event);
    connections.require(
        "publish",
        connection -> {
          Pipeline pipeline = new Pipeline(connection);
          Response<Long> receivers = pipeline.publish(keys.channel().getBytes(UTF_8), message);
          pipeline.sync();
          return receivers.get();
        });
  }

  @Override
  public Subscription subscribe(EventListener listener) {
    RedisSubscriber subscriber =
        new RedisSubscriber(
            "fleetbreaker-subscriber-" + numbers.incrementAndGet(),
            primary,
            access,
            listener,
            pinger,
            subscribers::remove);
    subscribers.add(subscriber);
    // Only after it is in the set: a close that comes between finds it there.
    if (closed.get()) {
      subscriber.close();
      throw new StoreException("the store is closed");
    }
    subscriber.start();
    return subscriber;
  }

  @Override
  public Optional<StoredState> getState(String provider) {
    return states.get(provider);
  }

  @Override
  public boolean setState(String provider, StoredState state, Duration ttl) {
    return states.set(provider, state, ttl);
  }

  @Override
  public StoreSnapshot read(Collection<String> providers) {
    return states.read(providers);
  }

  @Override
  public FleetSnapshot snapshot(Collection<String> providers) {
    return history.snapshot(providers);
  }

  @Override
  public Changes changesSince(Position position) {
    return history.changesSince(position);
  }

  @Override
  public Optional<HistoryItem> findInHistory(String provider, String op) {
    return search.find(ProviderName.require(provider), op);
  }

  @Override
  public boolean markAndGreet(String worker) {
    return history.markAndGreet(worker);
  }

  @Override
  public HistorySlice historyBefore(Optional<HistoryId> before, int count) {
    return history.before(before, count);
  }

  @Override
  public HistoryTail historyAfter(HistoryId after, int count) {
    return history.after(after, count);
  }

  @Override
  public void beat(WorkerBeat beat, Duration lasting) {
    workers.beat(beat, lasting);
  }

  @Override
  public void leave(String instance) {
    workers.leave(instance);
  }

  @Override
  public WorkersSeen workers(int most) {
    return workers.workers(most);
  }

  @Override
  public ProbeAnswer askProbe(ProbeAsk ask) {
    return probes.ask(ask);
  }

  @Override
  public Settlement settleProbe(
      String provider, RevisionId round, String lease, boolean succeeded, int successThreshold) {
    return probes.settle(provider, round, lease, succeeded, successThreshold);
  }

  @Override
  public Renewal renewProbes(
      String provider, RevisionId round, Collection<String> leases, Duration leaseFor) {
    return probes.renew(provider, round, leases, leaseFor);
  }

  @Override
  public CommitResult commit(CommitRequest request) {
    return commits.commit(request);
  }

  @Override
  public LockResult acquireLock(String name, Duration waitLimit, Duration expiry) {
    return locks.acquire(name, waitLimit, expiry);
  }

  @Override
  public boolean releaseLock(Lock lock) {
    return locks.release(lock);
  }

  @Override
  public int database() {
    return access.address().database();
  }

  @Override
  public String refusal() {
    return refusals.shown();
  }

  @Override
  public Health health() {
    long startNanos = System.nanoTime();
    try {
      connections.with(Connection::ping);
      return new Health(true, Duration.ofNanos(System.nanoTime() - startNanos), "");
    } catch (JedisException e) {
      return new Health(false, Duration.ZERO, connections.describe(e));
    }
  }

  @Override
  public void close() {
    closed.set(true);
    subscribers.forEach(RedisSubscriber::close);
    lookout.close();
    pinger.close();
    connections.close();
    primary.close();
  }

  /** Hosts and ports. */
  @Override
  public String toString() {
    return "RedisStore[" + primary + "]";
  }
}
