package io.fleetbreaker.fleet;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigUtil;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.redis.RedisLogin;
import io.fleetbreaker.redis.RedisSettings;
import io.fleetbreaker.redis.RedisTls;
import io.fleetbreaker.redis.SyncSettings;
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
 * @param sync how a worker keeps up with its fleet
 * @param heartbeatInterval how often a worker tells the fleet that it is there; 1 s to 60 s
 * @param flexiAiInterop whether workers of the Python library FlexiAI 0.5 take part: what they say
 *     on the channel counts, and an open state that they have written
 */
public record FleetSettings(
    List<ProviderSettings> providers,
    RedisSettings redis,
    boolean startWithoutRedis,
    Duration startWait,
    SyncSettings sync,
    Duration heartbeatInterval,
    boolean flexiAiInterop) {

  /** How often a worker tells that it is there unless it is said otherwise. */
  public static final Duration DEFAULT_HEARTBEAT_INTERVAL = Duration.ofSeconds(5);

  private static final String ROOT = "fleetbreaker";
  private static final Duration MILLI = Duration.ofMillis(1);
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration MINUTE = Duration.ofSeconds(60);

  /** Checks what concerns several settings at once. */
  public FleetSettings {
    providers =
        providers.stream()
            .sorted(
                Comparator.comparingInt(ProviderSettings::priority)
                    .thenComparing(ProviderSettings::name))
            .toList();
    if (heartbeatInterval.compareTo(SECOND) < 0 || heartbeatInterval.compareTo(MINUTE) > 0) {
      throw new SettingsException(
          "fleetbreaker.heartbeat-interval must be 1 s to 60 s, was "
              + SettingsReader.shown(heartbeatInterval));
    }
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

  /** These, without workers of FlexiAI. */
  public FleetSettings(
      List<ProviderSettings> providers,
      RedisSettings redis,
      boolean startWithoutRedis,
      Duration startWait,
      SyncSettings sync) {
    this(providers, redis, startWithoutRedis, startWait, sync, false);
  }

  /** These, with heartbeats as often as is usual. */
  public FleetSettings(
      List<ProviderSettings> providers,
      RedisSettings redis,
      boolean startWithoutRedis,
      Duration startWait,
      SyncSettings sync,
      boolean flexiAiInterop) {
    this(
        providers,
        redis,
        startWithoutRedis,
        startWait,
        sync,
        DEFAULT_HEARTBEAT_INTERVAL,
        flexiAiInterop);
  }

  /** These providers on this Redis, and defaults for the rest. */
  public static FleetSettings of(RedisSettings redis, ProviderSettings... providers) {
    return new FleetSettings(
        List.of(providers), redis, true, Duration.ofSeconds(2), SyncSettings.DEFAULTS);
  }

  /**
   * These providers on the Redis of this URI, and defaults for the rest.
   *
   * @param redisUri as {@link RedisSettings#uri}
   * @throws IllegalArgumentException if it is none; the message does not repeat it
   */
  public static FleetSettings of(String redisUri, ProviderSettings... providers) {
    return of(RedisSettings.of(uri(redisUri)), providers);
  }

  /** The same, with or without workers of FlexiAI 0.5. */
  public FleetSettings withFlexiAiInterop(boolean on) {
    return new FleetSettings(
        providers, redis, startWithoutRedis, startWait, sync, heartbeatInterval, on);
  }

  /** The same, but telling so often that this worker is there. */
  public FleetSettings withHeartbeatInterval(Duration interval) {
    return new FleetSettings(
        providers, redis, startWithoutRedis, startWait, sync, interval, flexiAiInterop);
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
        new SyncSettings(
            top.duration("reconcile-interval", Duration.ofMillis(100), Duration.ofHours(1)),
            top.duration("probe-lease", Duration.ofMillis(100), MINUTE),
            top.choice("probing-without-redis", "local", "none").equals("local")),
        top.duration("heartbeat-interval", SECOND, MINUTE),
        new SettingsReader(config, ROOT + ".interop").isOn("flexiai"));
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
          new RedisLogin(reader.secret("user"), reader.secret("password")),
          new RedisLogin(reader.secret("sentinel.user"), reader.secret("sentinel.password")),
          tls(reader),
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

  private static RedisTls tls(SettingsReader reader) {
    String verify = reader.text("tls.verify");
    if (!verify.equals("full") && !verify.equals("none")) {
      throw reader.refusal("tls.verify", "must be full or none");
    }
    return new RedisTls(
        verify.equals("full"),
        reader.text("tls.ca-file"),
        reader.text("tls.cert-file"),
        reader.text("tls.key-file"));
  }

  private static URI uri(SettingsReader reader) {
    return uri(reader.secret("uri"));
  }

  /** The text of a bad URI is not repeated, nor kept as a cause: it may hold a password. */
  private static URI uri(String text) {
    try {
      return new URI(text);
    } catch (URISyntaxException e) {
      throw new SettingsException(
          "fleetbreaker.redis.uri must be redis://[user:password@]host[:port][/database] or"
              + " rediss://..., and is no URI at all: "
              + e.getReason());
    }
  }
}
