package io.fleetbreaker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The fleet's store in one Redis, through Jedis. Thread-safe.
 *
 * <p>The operation time-out bounds each wait, not the sum of them: a method may wait for a free
 * connection, for a new one to be made, and for one answer per round trip.
 *
 * <p>A value under a state's key that is no state (unreadable, oversized, or of another Redis type)
 * holds no revision: {@link #read} passes over it with a warning, {@link #getState} throws, and a
 * commit that expects no revision writes over it. A value of a newer format is never written over.
 */
public final class RedisStore implements FleetStore {
  private final RedisAddress address;
  private final RedisSettings settings;
  private final RedisKeys keys;
  private final RedisConnections connections;
  private final RedisStates states;
  private final RedisLocks locks;
  private final RedisCommit commits;
  private final Pinger pinger = new Pinger();
  private final AtomicInteger numbers = new AtomicInteger();
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Added to by any thread that subscribes, emptied by the one that closes. */
  private final Set<RedisSubscriber> subscribers = ConcurrentHashMap.newKeySet();

  private RedisStore(RedisSettings settings) {
    this.address = RedisAddress.of(settings.uri());
    this.settings = settings;
    this.keys = new RedisKeys(settings.prefix(), settings.channel());
    this.connections = new RedisConnections(address, settings);
    this.states = new RedisStates(connections, keys);
    this.locks = new RedisLocks(connections, keys);
    this.commits = new RedisCommit(connections, keys, locks, settings, address.database());
  }

  /** A store for these settings. Connects when it is first used, so this never fails for Redis. */
  public static RedisStore open(RedisSettings settings) {
    return new RedisStore(settings);
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
            address,
            settings,
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
    return address.database();
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
    pinger.close();
    connections.close();
  }

  /** Host and port. */
  @Override
  public String toString() {
    return "RedisStore[" + address + "]";
  }
}
