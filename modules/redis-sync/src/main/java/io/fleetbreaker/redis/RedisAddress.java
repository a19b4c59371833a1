package io.fleetbreaker.redis;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.DefaultRedisCredentials;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.SslVerifyMode;

/**
 * What a {@code redis://} or {@code rediss://} URI says. Immutable; {@link #toString} is {@code
 * host:port}, and no message of this class repeats the URI, because it may hold a password.
 *
 * <p>Read here and not by Jedis, whose reader demands a port and splits the user from the password
 * only after decoding both.
 */
final class RedisAddress {
  private static final int DEFAULT_PORT = 6379;
  private static final int MOST_DATABASES = 1 << 20;

  private final HostAndPort hostAndPort;
  private final int database;
  private final boolean tls;
  private final Optional<DefaultRedisCredentials> credentials;

  private RedisAddress(
      HostAndPort hostAndPort,
      int database,
      boolean tls,
      Optional<DefaultRedisCredentials> credentials) {
    this.hostAndPort = hostAndPort;
    this.database = database;
    this.tls = tls;
    this.credentials = credentials;
  }

  /**
   * Reads {@code redis[s]://[user:password@]host[:port][/database]}.
   *
   * @throws IllegalArgumentException saying what is wrong, without repeating the URI
   */
  static RedisAddress of(URI uri) {
    String scheme = uri.getScheme() == null ? "" : uri.getScheme();
    boolean tls = scheme.equalsIgnoreCase("rediss");
    if (!tls && !scheme.equalsIgnoreCase("redis")) {
      throw invalid("must begin with redis:// or rediss://");
    }
    String host = uri.getHost();
    if (host == null || host.isEmpty()) {
      throw invalid("must name a host");
    }
    if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
      throw invalid("must not have a query or a fragment");
    }
    int port = uri.getPort() == -1 ? DEFAULT_PORT : uri.getPort();
    if (port < 1 || port > 65_535) {
      throw invalid("must have a port from 1 to 65535");
    }
    return new RedisAddress(
        new HostAndPort(host, port), databaseOf(uri), tls, credentialsOf(uri.getRawUserInfo()));
  }

  HostAndPort hostAndPort() {
    return hostAndPort;
  }

  int database() {
    return database;
  }

  /**
   * How to talk to this address.
   *
   * @param silence how long a connection that only listens may stay silent before it counts as lost
   */
  DefaultJedisClientConfig config(
      String clientName, Duration connectTimeout, Duration operationTimeout, Duration silence) {
    DefaultJedisClientConfig.Builder config =
        DefaultJedisClientConfig.builder()
            .resp2()
            .connectionTimeoutMillis(Math.toIntExact(connectTimeout.toMillis()))
            .socketTimeoutMillis(Math.toIntExact(operationTimeout.toMillis()))
            .blockingSocketTimeoutMillis(Math.toIntExact(silence.toMillis()))
            .clientName(clientName)
            .database(database);
    credentials.ifPresent(config::credentials);
    if (tls) {
      // Certificate and host name, whatever Jedis's default may become.
      config.sslOptions(SslOptions.builder().sslVerifyMode(SslVerifyMode.FULL).build());
    }
    return config.build();
  }

  @Override
  public String toString() {
    return hostAndPort.toString();
  }

  private static int databaseOf(URI uri) {
    String path = uri.getPath() == null ? "" : uri.getPath();
    if (path.isEmpty() || path.equals("/")) {
      return 0;
    }
    try {
      int database = Integer.parseInt(path.substring(1));
      if (database >= 0 && database < MOST_DATABASES) {
        return database;
      }
    } catch (NumberFormatException e) {
      // Told below, without the text: a misplaced password may be in it.
    }
    throw invalid("must end in /<number of the database> or nothing after the port");
  }

  private static Optional<DefaultRedisCredentials> credentialsOf(@Nullable String rawUserInfo) {
    if (rawUserInfo == null || rawUserInfo.isEmpty()) {
      return Optional.empty();
    }
    int colon = rawUserInfo.indexOf(':');
    if (colon < 0) {
      throw invalid("must have user:password or :password before the @");
    }
    String user = decoded(rawUserInfo.substring(0, colon));
    String password = decoded(rawUserInfo.substring(colon + 1));
    return Optional.of(
        new DefaultRedisCredentials(user.isEmpty() ? null : user, password.toCharArray()));
  }

  private static String decoded(String raw) {
    // A form decoder turns '+' into a space; in a URI a '+' is a '+'.
    return URLDecoder.decode(raw.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static IllegalArgumentException invalid(String rule) {
    return new IllegalArgumentException("redis uri " + rule);
  }
}
