package io.fleetbreaker.fleet;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigUtil;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.redis.RedisSettings;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;

/**
 * Everything a worker needs to join its fleet. Immutable.
 *
 * <pre>{@code
 * Config config = ConfigFactory.parseString("fleetbreaker.providers.openai.failure-threshold = 3");
 * FleetSettings settings = FleetSettings.from(config.withFallback(ConfigFactory.load()));
 * assert settings.providers().get(0).tripPolicy().failuresThatOpen() == 3;
 * }</pre>
 *
 * @param providers at least one, with distinct names
 * @param redis how to reach the fleet's Redis
 * @param startWithoutRedis whether a worker may start while Redis is away
 * @param startWait how long a start waits for the fleet's state; 0 to 60 s
 * @param reconcileInterval how often a worker compares itself with the store; 100 ms to 1 h
 */
public record FleetSettings(
    List<ProviderSettings> providers,
    RedisSettings redis,
    boolean startWithoutRedis,
    Duration startWait,
    Duration reconcileInterval) {

  private static final String ROOT = "fleetbreaker";
  private static final Duration MILLI = Duration.ofMillis(1);
  private static final Duration MINUTE = Duration.ofSeconds(60);

  /** Checks what concerns several settings at once. */
  public FleetSettings {
    providers =
        providers.stream()
            .sorted(
                Comparator.comparingInt(ProviderSettings::priority)
                    .thenComparing(ProviderSettings::name))
            .toList();
    if (providers.isEmpty()) {
      throw new SettingsException(
          "fleetbreaker.providers names no provider: name at least one, such as"
              + " providers { openai {} }");
    }
    if (providers.stream().map(ProviderSettings::name).distinct().count() != providers.size()) {
      throw new SettingsException("fleetbreaker.providers names a provider twice");
    }
    for (ProviderSettings provider : providers) {
      if (redis.stateTtl().compareTo(provider.openTime().longest().multipliedBy(2)) < 0) {
        throw new SettingsException(
            "fleetbreaker.redis.state-ttl must be at least twice the longest open time that"
                + " open-duration-max allows, was "
                + SettingsReader.shown(redis.stateTtl())
                + " with "
                + SettingsReader.shown(provider.openTime().longest())
                + " (providers."
                + provider.name()
                + ")");
      }
    }
  }

  /** These providers on this Redis, and defaults for the rest. */
  public static FleetSettings of(RedisSettings redis, ProviderSettings... providers) {
    return new FleetSettings(
        List.of(providers), redis, true, Duration.ofSeconds(2), Duration.ofSeconds(5));
  }

  /**
   * These providers on the Redis of this URI, and defaults for the rest.
   *
   * @param redisUri {@code redis://[user:password@]host[:port][/database]} or {@code rediss://...}
   */
  public static FleetSettings of(String redisUri, ProviderSettings... providers) {
    return of(RedisSettings.of(URI.create(redisUri)), providers);
  }

  /**
   * Reads the {@code fleetbreaker} section of a resolved configuration, whose keys reference.conf
   * explains.
   *
   * @throws SettingsException naming key, value and bound if any is unknown or invalid
   */
  public static FleetSettings from(Config config) {
    KnownSettings.check(config);
    SettingsReader top = new SettingsReader(config, ROOT);
    return new FleetSettings(
        providers(config),
        redis(config),
        top.flag("start-without-redis"),
        top.duration("start-wait", Duration.ZERO, MINUTE),
        top.duration("reconcile-interval", Duration.ofMillis(100), Duration.ofHours(1)));
  }

  private static List<ProviderSettings> providers(Config config) {
    Config defaults = config.getConfig(ROOT + ".provider-defaults");
    return new TreeSet<>(config.getObject(ROOT + ".providers").keySet())
        .stream().map(name -> provider(config, name, defaults)).toList();
  }

  private static ProviderSettings provider(Config config, String name, Config defaults) {
    String path = ROOT + ".providers." + ConfigUtil.joinPath(name);
    Config own = config.getConfig(path);
    Config merged = config.withValue(path, own.withFallback(defaults).root());
    SettingsReader reader = new SettingsReader(merged, path);
    try {
      return ProviderReader.read(name, own, reader);
    } catch (SettingsException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      String where = " (providers." + name + ")";
      String message = String.valueOf(e.getMessage());
      throw new SettingsException(message.endsWith(where) ? message : message + where);
    }
  }

  private static RedisSettings redis(Config config) {
    SettingsReader reader = new SettingsReader(config, ROOT + ".redis");
    String prefix = reader.text("prefix");
    String channel = reader.text("channel");
    Duration pingInterval = reader.duration("ping-interval", Duration.ofMillis(10), MINUTE);
    Duration reconnectMin = reader.duration("reconnect-min", MILLI, MINUTE);
    try {
      return new RedisSettings(
          uri(reader),
          prefix,
          channel.isEmpty() ? prefix + ":events" : channel,
          reader.duration("connect-timeout", MILLI, MINUTE),
          reader.duration("operation-timeout", MILLI, MINUTE),
          reader.duration("state-ttl", Duration.ofSeconds(1), Duration.ofDays(365)),
          reader.duration("lock-expiry", Duration.ofMillis(10), MINUTE),
          reader.duration("lock-wait", Duration.ZERO, MINUTE),
          pingInterval,
          reader.duration("pong-timeout", pingInterval.plus(MILLI), MINUTE.multipliedBy(2)),
          reconnectMin,
          reader.duration("reconnect-max", reconnectMin, MINUTE));
    } catch (SettingsException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw new SettingsException(ROOT + ".redis: " + e.getMessage());
    }
  }

  /** The text of a bad URI is not repeated: it may hold a password. */
  private static URI uri(SettingsReader reader) {
    try {
      return new URI(reader.text("uri"));
    } catch (URISyntaxException e) {
      throw new SettingsException(
          "fleetbreaker.redis.uri must be redis://[user:password@]host[:port][/database] or"
              + " rediss://..., and is no URI at all: "
              + e.getReason());
    }
  }
}
