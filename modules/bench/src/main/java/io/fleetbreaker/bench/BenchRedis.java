package io.fleetbreaker.bench;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.fleetbreaker.embedded.EmbeddedRedis;
import io.fleetbreaker.embedded.EmbeddedRedisException;
import io.fleetbreaker.fleet.FleetSettings;
import java.net.URI;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.resps.ScanResult;

/**
 * The Redis of one run: its own, which ends with it, or a given one, of which it uses the keys
 * under {@link #PREFIX} and removes them.
 */
final class BenchRedis implements AutoCloseable {
  /** Before every key and channel of a run. */
  static final String PREFIX = "fleetbreaker-bench";

  private static final int SCANNED = 1_000;

  private final URI uri;
  private final String description;
  private final Runnable end;

  private BenchRedis(URI uri, String description, Runnable end) {
    this.uri = uri;
    this.description = description;
    this.end = end;
  }

  /** A server for the time of this run: the machine's own, or else the bundled one. */
  static BenchRedis start() {
    EmbeddedRedis server = startServer();
    return new BenchRedis(server.uri(), server.description(), server::close);
  }

  private static EmbeddedRedis startServer() {
    try {
      return EmbeddedRedis.startInstalled();
    } catch (EmbeddedRedisException e) {
      return EmbeddedRedis.start();
    }
  }

  /** A server that is there. Nobody else should use it meanwhile: all its commands are counted. */
  static BenchRedis at(URI uri) {
    return new BenchRedis(uri, uri.getHost() + ":" + uri.getPort(), () -> deleteKeys(uri));
  }

  private static void deleteKeys(URI uri) {
    ScanParams ours = new ScanParams().match(PREFIX + "*").count(SCANNED);
    try (Jedis jedis = new Jedis(uri)) {
      String cursor = ScanParams.SCAN_POINTER_START;
      do {
        ScanResult<String> found = jedis.scan(cursor, ours);
        if (!found.getResult().isEmpty()) {
          jedis.unlink(found.getResult().toArray(String[]::new));
        }
        cursor = found.getCursor();
      } while (!cursor.equals(ScanParams.SCAN_POINTER_START));
    }
  }

  URI uri() {
    return uri;
  }

  /** A plain connection. */
  Jedis connect() {
    return new Jedis(uri);
  }

  /**
   * A worker's settings: one failure opens, and OPEN outlasts the run.
   *
   * @param prefix after {@link #PREFIX}; a fleet for itself
   * @param more settings under {@code fleetbreaker}, as HOCON
   */
  FleetSettings settings(String prefix, Collection<String> providers, String... more) {
    Stream<String> lines =
        Stream.of(
            "redis.uri = \"" + uri + "\"",
            "redis.prefix = \"" + PREFIX + ":" + prefix + "\"",
            "start-without-redis = false",
            "start-wait = 60 s",
            "provider-defaults.failure-threshold = 1",
            "provider-defaults.open-duration = 10 m",
            providers.stream().collect(Collectors.joining(" {}, ", "providers { ", " {} }")));
    String text =
        Stream.concat(lines, List.of(more).stream())
            .collect(Collectors.joining("\n", "fleetbreaker {\n", "\n}"));
    Config config = ConfigFactory.parseString(text).withFallback(ConfigFactory.load()).resolve();
    return FleetSettings.from(config);
  }

  /** What the server calls itself, for people. */
  @Override
  public String toString() {
    return description;
  }

  @Override
  public void close() {
    end.run();
  }

  /** {@code uri}, or a server of this run's own. */
  static BenchRedis of(Optional<URI> uri) {
    return uri.map(BenchRedis::at).orElseGet(BenchRedis::start);
  }
}
