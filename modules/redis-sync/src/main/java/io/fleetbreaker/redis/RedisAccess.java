package io.fleetbreaker.redis;

import java.time.Duration;
import java.util.Optional;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.DefaultRedisCredentials;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.SslOptions;

/** How connections to the servers of one address are made: as whom, by TLS or not, how long. */
final class RedisAccess {
  private final RedisAddress address;
  private final RedisSettings settings;
  private final Optional<SslOptions> tls;

  /**
   * Reads the files of TLS.
   *
   * @throws IllegalArgumentException naming setting and file if one does not hold what it should
   */
  RedisAccess(RedisAddress address, RedisSettings settings) {
    this.address = address;
    this.settings = settings;
    this.tls = address.tls() ? Optional.of(TlsOptions.of(settings.tls())) : Optional.empty();
  }

  RedisAddress address() {
    return address;
  }

  RedisSettings settings() {
    return settings;
  }

  /** For the connections that commands go over. */
  JedisClientConfig forCommands() {
    return data("fleetbreaker", settings.operationTimeout());
  }

  /** For a connection that only listens: it may stay silent for the pong time-out. */
  JedisClientConfig forSubscriber() {
    return data("fleetbreaker-subscriber", settings.pongTimeout());
  }

  /** For asking a node of a cluster about the cluster. */
  JedisClientConfig forCluster() {
    return data("fleetbreaker-topology", settings.operationTimeout());
  }

  /** For asking a sentinel, which has no databases, and users of its own. */
  JedisClientConfig forSentinel() {
    return base(settings.sentinelLogin(), settings.operationTimeout()).build();
  }

  private JedisClientConfig data(String clientName, Duration silence) {
    return base(settings.login().isNone() ? address.login() : settings.login(), silence)
        .clientName(clientName)
        .database(address.database())
        .build();
  }

  private DefaultJedisClientConfig.Builder base(RedisLogin login, Duration silence) {
    DefaultJedisClientConfig.Builder config =
        DefaultJedisClientConfig.builder()
            .resp2()
            // Two commands less per connection, and a right less that a user of ours needs.
            .clientSetInfoConfig(ClientSetInfoConfig.DISABLED)
            .connectionTimeoutMillis(Math.toIntExact(settings.connectTimeout().toMillis()))
            .socketTimeoutMillis(Math.toIntExact(settings.operationTimeout().toMillis()))
            .blockingSocketTimeoutMillis(Math.toIntExact(silence.toMillis()));
    if (!login.isNone()) {
      String user = login.user().isEmpty() ? null : login.user();
      config.credentials(new DefaultRedisCredentials(user, login.password().toCharArray()));
    }
    tls.ifPresent(config::sslOptions);
    return config;
  }
}
