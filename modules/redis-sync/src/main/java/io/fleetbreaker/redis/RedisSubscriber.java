package io.fleetbreaker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.BinaryJedisPubSub;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;

/**
 * One subscription: a thread of its own that connects, subscribes, decodes and tells its listener,
 * and connects again whenever that ends. Nothing but {@link #close} ends it: not a message, not an
 * exception of the listener, not a lost connection.
 *
 * <p>It listens at the primary, where the events are published, and follows it when {@link #follow}
 * is called. A connection that says nothing for the pong time-out, though it is pinged, counts as
 * lost.
 */
final class RedisSubscriber implements FleetStore.Subscription {
  private static final Logger log = LoggerFactory.getLogger(RedisSubscriber.class);

  private final RedisPrimary primary;
  private final int database;
  private final RedisSettings settings;
  private final ListenerCalls calls;
  private final Pinger pinger;
  private final Consumer<RedisSubscriber> whenClosed;
  private final JedisClientConfig config;
  private final SubscriberConnection.Sockets sockets;
  private final Backoff backoff;
  private final Thread thread;
  private final SubscribedFlag subscribed = new SubscribedFlag();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final LogLimiter undecodable = new LogLimiter(Duration.ofSeconds(30));

  /** Set by whoever ends a connection because there is a better place to listen. */
  private volatile boolean moving;

  /** Written by the subscriber's thread only, as is the next: whether an outage has been told. */
  private boolean outage;

  private long outageSinceNanos;

  RedisSubscriber(
      String name,
      RedisPrimary primary,
      RedisAccess access,
      FleetStore.EventListener listener,
      Pinger pinger,
      Consumer<RedisSubscriber> whenClosed) {
    this.primary = primary;
    this.database = access.address().database();
    this.settings = access.settings();
    this.calls = new ListenerCalls(listener);
    this.pinger = pinger;
    this.whenClosed = whenClosed;
    this.config = access.forSubscriber();
    this.sockets = new SubscriberConnection.Sockets(primary, config);
    this.backoff = new Backoff(settings.reconnectMin(), settings.reconnectMax());
    this.thread = new Thread(this::run, name);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  @Override
  public boolean awaitSubscribed(Duration limit) throws InterruptedException {
    return subscribed.await(limit);
  }

  @Override
  public void close() {
    closed.countDown();
    sockets.close();
    subscribed.close();
    calls.close();
    whenClosed.accept(this);
  }

  /** Connects anew if the primary is another node than the one this hears from. */
  void follow() {
    Optional<HostAndPort> now = primary.known();
    if (now.isPresent() && subscribed.isSet() && !sockets.node().equals(now)) {
      moving = true;
      sockets.drop();
    }
  }

  private boolean isClosed() {
    return closed.getCount() == 0;
  }

  private void run() {
    int failures = 0;
    while (!isClosed()) {
      long startNanos = System.nanoTime();
      String cause;
      try {
        session();
        cause = "the subscription ended";
      } catch (RuntimeException | Error e) {
        // An error too, be it of the listener or for want of memory: this thread must go on.
        cause =
            moving
                ? "redis at " + primary + " has taken the place of another"
                : "redis at " + primary + ": " + RedisConnections.reason(e);
      }
      subscribed.set(false);
      moving = false;
      sockets.node().ifPresent(primary::doubt);
      if (isClosed()) {
        return;
      }
      // A connection that lasts proves the way is clear again; one that dies at once does not.
      boolean lasted = System.nanoTime() - startNanos > settings.reconnectMax().toNanos();
      failures = lasted ? 0 : failures + 1;
      lost(cause);
      pause(backoff.wait(Math.max(0, failures - 1)));
    }
  }

  /** One connection from beginning to end; returns or throws when it is lost. */
  private void session() {
    // Jedis takes an interrupt for a wish to end, and so would end at its first message.
    Thread.interrupted();
    SubscriberConnection connection = new SubscriberConnection(sockets, config);
    Messages messages = new Messages(connection);
    try {
      messages.proceed(connection, settings.channel().getBytes(UTF_8));
    } finally {
      messages.stopPings();
      sockets.drop();
    }
  }

  private void confirmed() {
    if (outage) {
      Duration length = Duration.ofNanos(System.nanoTime() - outageSinceNanos);
      log.debug("subscribed again at redis {} after {} ms", primary, length.toMillis());
      outage = false;
    }
    subscribed.set(true);
    calls.run(FleetStore.EventListener::onSubscribed);
  }

  private void lost(String cause) {
    if (outage) {
      return;
    }
    outage = true;
    outageSinceNanos = System.nanoTime();
    // The listener decides what an outage means, and whether it is worth a warning.
    log.debug("no events from the fleet until redis is back: {}", cause);
    calls.run(listener -> listener.onDisconnected(cause));
  }

  private void received(byte[] message) {
    Consumer<FleetStore.EventListener> call;
    try {
      call = ChannelMessage.read(message, database);
    } catch (WireException e) {
      OptionalLong before = undecodable.tryPass(System.nanoTime());
      if (before.isPresent()) {
        log.warn(
            "dropped a message that is no event: {} ({} more like this before)",
            e.reason(),
            before.getAsLong());
      }
      calls.run(listener -> listener.onUndecodable(e.reason()));
      return;
    }
    calls.run(call);
  }

  private void pause(Duration wait) {
    try {
      if (closed.await(wait.toNanos(), TimeUnit.NANOSECONDS)) {
        log.debug("closed while waiting to connect to {}", primary);
      }
    } catch (InterruptedException e) {
      // Only a listener can have done this; it ends a wait early and nothing else.
      log.debug("interrupted while waiting to connect to {}", primary);
    }
  }

  /** What arrives on one connection. Bytes, because a text would hide what is not UTF-8. */
  private final class Messages extends BinaryJedisPubSub {
    private final SubscriberConnection connection;

    /** Written and read by the subscriber's thread only. */
    private Future<?> pings = CompletableFuture.completedFuture(null);

    Messages(SubscriberConnection connection) {
      this.connection = connection;
    }

    @Override
    public void onSubscribe(byte[] channel, int subscribedChannels) {
      pings = pinger.every(settings.pingInterval(), this::sendPing);
      confirmed();
    }

    @Override
    public void onMessage(byte[] channel, byte[] message) {
      received(message);
    }

    void stopPings() {
      pings.cancel(false);
    }

    private void sendPing() {
      try {
        connection.sendPing();
      } catch (RuntimeException e) {
        log.debug("ping to {} failed", primary, e);
        // The reader finds out by itself, at the latest after the pong time-out.
        throw e;
      }
    }
  }
}
