package io.fleetbreaker.redis;

import io.fleetbreaker.ProviderName;
import java.net.URI;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * How to reach the fleet's Redis and under which names. Immutable; {@link #toString} shows no
 * password, and no user.
 *
 * @param uri {@code redis://[user:password@]host[:port][/database]}, {@code
 *     redis-sentinel://[user:password@]host[:port],...[/database]?master=name}, {@code
 *     redis-cluster://[user:password@]host[:port],...}; each also with {@code rediss}
 * @param login as whom to connect, unless the URI says so
 * @param sentinelLogin as whom to ask sentinels
 * @param tls what a {@code rediss} URI means
 * @param prefix of every key; 1 to 100 letters, digits and {@code : . _ - { }}; on a cluster with a
 *     hash tag such as {@code {flexiai}}
 * @param channel of the events
 * @param connectTimeout for making a connection; 1 ms to 60 s
 * @param operationTimeout for one command's answer; 1 ms to 60 s
 * @param stateTtl how long the store keeps a state that nobody renews; at least 1 s
 * @param lockExpiry after which a state-write lock frees itself; 10 ms to 60 s
 * @param lockWait how long a commit waits for the state-write lock; 0 to 60 s
 * @param pingInterval how often the subscriber asks for a sign of life; 10 ms to 60 s
 * @param pongTimeout without any sign of life the subscriber reconnects; longer than {@code
 *     pingInterval}, at most 120 s
 * @param reconnectMin the least upper bound of the jittered wait between connection attempts
 * @param reconnectMax the greatest
 */
public record RedisSettings(
    URI uri,
    RedisLogin login,
    RedisLogin sentinelLogin,
    RedisTls tls,
    String prefix,
    String channel,
    Duration connectTimeout,
    Duration operationTimeout,
    Duration stateTtl,
    Duration lockExpiry,
    Duration lockWait,
    Duration pingInterval,
    Duration pongTimeout,
    Duration reconnectMin,
    Duration reconnectMax) {

  private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9:._{}-]{1,100}");
  private static final Duration LONGEST = Duration.ofMinutes(1);

  /** Checks every bound; the message names setting, bound and value, and never the URI. */
  public RedisSettings {
    RedisAddress address = RedisAddress.of(uri);
    if (!PREFIX.matcher(prefix).matches()) {
      throw new IllegalArgumentException(
          "prefix must be 1 to 100 letters, digits and : . _ - { }, was '"
              + ProviderName.shown(prefix)
              + "'");
    }
    requireFit(address, login, sentinelLogin, tls);
    if (address.topology() == RedisAddress.Topology.CLUSTER && !ClusterGuide.hasHashTag(prefix)) {
      throw new IllegalArgumentException(
          "prefix must have a hash tag on a cluster, so that all keys of the fleet are in one slot:"
              + " write prefix = \"{"
              + prefix.replaceAll("[{}]", "")
              + "}\", was '"
              + prefix
              + "' (redis)");
    }
    if (channel.isEmpty() || channel.length() > 200) {
      throw new IllegalArgumentException("channel must be 1 to 200 characters");
    }
    Duration tick = Duration.ofMillis(1);
    between("connect-timeout", connectTimeout, tick, LONGEST);
    between("operation-timeout", operationTimeout, tick, LONGEST);
    between("state-ttl", stateTtl, Duration.ofSeconds(1), Duration.ofDays(3650));
    between("lock-expiry", lockExpiry, Duration.ofMillis(10), LONGEST);
    between("lock-wait", lockWait, Duration.ZERO, LONGEST);
    between("ping-interval", pingInterval, Duration.ofMillis(10), LONGEST);
    between("pong-timeout", pongTimeout, pingInterval.plus(tick), Duration.ofMinutes(2));
    between("reconnect-min", reconnectMin, tick, LONGEST);
    between("reconnect-max", reconnectMax, reconnectMin, LONGEST);
  }

  /** Settings without users but those of the URI, and with {@link RedisTls#DEFAULT}. */
  public RedisSettings(
      URI uri,
      String prefix,
      String channel,
      Duration connectTimeout,
      Duration operationTimeout,
      Duration stateTtl,
      Duration lockExpiry,
      Duration lockWait,
      Duration pingInterval,
      Duration pongTimeout,
      Duration reconnectMin,
      Duration reconnectMax) {
    this(
        uri,
        RedisLogin.NONE,
        RedisLogin.NONE,
        RedisTls.DEFAULT,
        prefix,
        channel,
        connectTimeout,
        operationTimeout,
        stateTtl,
        lockExpiry,
        lockWait,
        pingInterval,
        pongTimeout,
        reconnectMin,
        reconnectMax);
  }

  /**
   * Defaults for everything but the address: prefix {@code flexiai}, {@code {flexiai}} on a
   * cluster.
   */
  public static RedisSettings of(URI uri) {
    boolean cluster = RedisAddress.of(uri).topology() == RedisAddress.Topology.CLUSTER;
    String prefix = cluster ? "{flexiai}" : "flexiai";
    return new RedisSettings(
        uri,
        prefix,
        prefix + ":events",
        Duration.ofMillis(500),
        Duration.ofMillis(1000),
        Duration.ofHours(1),
        Duration.ofMillis(2000),
        Duration.ofMillis(1000),
        Duration.ofMillis(1000),
        Duration.ofMillis(3000),
        Duration.ofMillis(100),
        Duration.ofMillis(1000));
  }

  /** The same with another prefix, and the channel that goes with it. */
  public RedisSettings withPrefix(String newPrefix) {
    return with(login, sentinelLogin, tls, newPrefix, newPrefix + ":events");
  }

  /** The same as this user. */
  public RedisSettings withLogin(RedisLogin newLogin) {
    return with(newLogin, sentinelLogin, tls, prefix, channel);
  }

  /** The same, asking sentinels as this user. */
  public RedisSettings withSentinelLogin(RedisLogin newLogin) {
    return with(login, newLogin, tls, prefix, channel);
  }

  /** The same with TLS as described. */
  public RedisSettings withTls(RedisTls newTls) {
    return with(login, sentinelLogin, newTls, prefix, channel);
  }

  private RedisSettings with(
      RedisLogin newLogin,
      RedisLogin newSentinelLogin,
      RedisTls newTls,
      String newPrefix,
      String newChannel) {
    return new RedisSettings(
        uri,
        newLogin,
        newSentinelLogin,
        newTls,
        newPrefix,
        newChannel,
        connectTimeout,
        operationTimeout,
        stateTtl,
        lockExpiry,
        lockWait,
        pingInterval,
        pongTimeout,
        reconnectMin,
        reconnectMax);
  }

  @Override
  public String toString() {
    return "RedisSettings[" + RedisAddress.of(uri) + ", " + prefix + ", " + channel + "]";
  }

  /**
   * What belongs to one kind of address must not stand beside another, where it would do nothing.
   */
  private static void requireFit(
      RedisAddress address, RedisLogin login, RedisLogin sentinelLogin, RedisTls tls) {
    if (!login.isNone() && !address.login().isNone()) {
      throw new IllegalArgumentException(
          "user and password must not be set if uri has user:password@ (redis)");
    }
    if (!sentinelLogin.isNone() && address.topology() != RedisAddress.Topology.SENTINEL) {
      throw new IllegalArgumentException(
          "sentinel.user and sentinel.password must not be set unless uri begins with"
              + " redis-sentinel:// or rediss-sentinel:// (redis)");
    }
    if (!tls.equals(RedisTls.DEFAULT) && !address.tls()) {
      throw new IllegalArgumentException(
          "tls must not be set unless uri begins with rediss:// (redis)");
    }
  }

  private static void between(String setting, Duration value, Duration least, Duration most) {
    boolean tooShort = value.compareTo(least) < 0;
    if (tooShort || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          setting
              + (tooShort ? " must be at least " + least : " must be at most " + most)
              + ", was "
              + value
              + " (redis)");
    }
  }
}
