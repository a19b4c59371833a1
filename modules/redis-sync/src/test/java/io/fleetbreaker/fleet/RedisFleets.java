package io.fleetbreaker.fleet;

import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.embedded.EmbeddedRedis;
import io.fleetbreaker.redis.RedisSettings;
import io.fleetbreaker.redis.SyncSettings;
import io.fleetbreaker.redis.TestSettings;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.RedisClient;

/**
 * A Redis of its own for a class of tests, empty at the beginning of each, and the workers that a
 * test has started, which end with it. To be registered as a static field.
 */
final class RedisFleets
    implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
  /** Where nobody listens: it takes a superuser to. */
  static final URI NOWHERE = URI.create("redis://127.0.0.1:1/15");

  private static final Duration LONGEST = Duration.ofSeconds(60);

  private final List<Fleet> fleets = new ArrayList<>();
  private EmbeddedRedis redis;
  private RedisClient raw;

  @Override
  public void beforeAll(ExtensionContext context) {
    redis = EmbeddedRedis.start();
    raw =
        RedisClient.builder()
            .hostAndPort("127.0.0.1", redis.port())
            .clientConfig(
                DefaultJedisClientConfig.builder()
                    .database(15)
                    .timeoutMillis((int) LONGEST.toMillis())
                    .build())
            .build();
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    raw.flushDB();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    fleets.forEach(Fleet::close);
    fleets.clear();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    raw.close();
    redis.close();
  }

  int port() {
    return redis.port();
  }

  /** Of the database that is emptied. */
  URI uri() {
    return of(redis);
  }

  /** The same database of another server. */
  static URI of(EmbeddedRedis redis) {
    return URI.create(redis.uri() + "/15");
  }

  /** Beside the workers. */
  RedisClient raw() {
    return raw;
  }

  /** Those that this test has started, in this order. */
  List<Fleet> fleets() {
    return fleets;
  }

  Fleet first() {
    return fleets.get(0);
  }

  Fleet start(FleetSettings settings) {
    Fleet fleet = Fleet.start(settings);
    fleets.add(fleet);
    return fleet;
  }

  /** For workers of this Redis. */
  FleetSettings settings(ProviderSettings... providers) {
    return settings(uri(), providers);
  }

  /**
   * For workers whose Redis is there. So they may take their time for everything: one that is held
   * up starts later, and none comes to do without its fleet.
   */
  static FleetSettings settings(URI uri, ProviderSettings... providers) {
    SyncSettings sync = SyncSettings.DEFAULTS;
    return new FleetSettings(
        List.of(providers),
        TestSettings.patient(redis(uri)),
        true,
        LONGEST,
        new SyncSettings(sync.reconcileInterval(), LONGEST, sync.probesWithoutRedis()));
  }

  /** For workers that find no Redis, and are not to wait for it long. */
  static FleetSettings withoutRedis(ProviderSettings... providers) {
    return FleetSettings.of(redis(NOWHERE), providers);
  }

  static RedisSettings redis(URI uri) {
    return RedisSettings.of(uri).withPrefix("test_flexiai");
  }
}
