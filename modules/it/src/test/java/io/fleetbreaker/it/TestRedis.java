package io.fleetbreaker.it;

import static org.junit.jupiter.api.Assumptions.abort;

import io.fleetbreaker.embedded.EmbeddedRedis;
import io.fleetbreaker.embedded.EmbeddedRedisException;
import io.fleetbreaker.it.child.Unhurried;
import io.fleetbreaker.redis.FleetStore;
import io.fleetbreaker.redis.RedisSettings;
import io.fleetbreaker.redis.RedisStore;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.resps.ScanResult;

/**
 * The Redis the tests run on: database 15, and in it only the keys under {@link #PREFIX}, which are
 * deleted before and after each test.
 *
 * <p>One server serves all classes of a test JVM. It is the one {@code -Dit.redis.url} names, else
 * a container if a Docker engine answers, else the machine's {@code redis-server}, else the
 * embedded one. With {@code -Dit.redis=url|container|installed|embedded} it is that one, and the
 * tests fail if it cannot be had; without, they are skipped if none can.
 */
final class TestRedis implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback {
  static final String PREFIX = "test_flexiai";
  static final String CHANNEL = "test_flexiai:events";
  private static final String NOT_AVAILABLE = "Redis server not available: ";
  private static final int DATABASE = 15;
  private static final int PORT = 6379;
  private static final int ANSWER_MILLIS = 30_000;

  private final List<FleetStore> stores = new ArrayList<>();
  private Server server;
  private RedisClient raw;

  /** A server, and what ends it if this run has started it. */
  private record Server(URI uri, String description, Runnable end) {}

  /** What finding a server came to. Closed with the test run. */
  private record Search(Optional<Server> server, List<String> failures) implements AutoCloseable {
    @Override
    public void close() {
      server.ifPresent(found -> found.end().run());
    }
  }

  private enum Source {
    URL,
    CONTAINER,
    INSTALLED,
    EMBEDDED
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    Search search =
        context
            .getRoot()
            .getStore(Namespace.create(TestRedis.class))
            .getOrComputeIfAbsent(Search.class, key -> search(), Search.class);
    if (search.server().isEmpty()) {
      abort(NOT_AVAILABLE + String.join("; ", search.failures()));
    }
    server = search.server().get();
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    raw =
        RedisClient.builder()
            .hostAndPort(uri().getHost(), uri().getPort())
            .clientConfig(
                DefaultJedisClientConfig.builder(uri()).timeoutMillis(ANSWER_MILLIS).build())
            .build();
    deleteKeys();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    stores.forEach(FleetStore::close);
    stores.clear();
    deleteKeys();
    raw.close();
  }

  /** With the database in it. */
  URI uri() {
    URI uri = server.uri();
    String user = uri.getRawUserInfo() == null ? "" : uri.getRawUserInfo() + "@";
    int port = uri.getPort() == -1 ? PORT : uri.getPort();
    return URI.create(uri.getScheme() + "://" + user + uri.getHost() + ":" + port + "/" + DATABASE);
  }

  RedisSettings settings() {
    return Unhurried.redis(RedisSettings.of(uri()).withPrefix(PREFIX));
  }

  /** What a child needs to find it; not among its arguments, which everybody can read. */
  Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>(Unhurried.environment());
    environment.put("FLEETBREAKER_REDIS_URI", uri().toString());
    environment.put("FLEETBREAKER_REDIS_PREFIX", PREFIX);
    return environment;
  }

  /** A store of its own, with connections of its own; closed after the test. */
  FleetStore store() {
    FleetStore store = RedisStore.open(settings());
    stores.add(store);
    return store;
  }

  /** Redis itself, for what a store does not show. */
  RedisClient raw() {
    return raw;
  }

  private void deleteKeys() {
    ScanParams ours = new ScanParams().match(PREFIX + ":*").count(1000);
    String cursor = ScanParams.SCAN_POINTER_START;
    do {
      ScanResult<String> page = raw.scan(cursor, ours);
      if (!page.getResult().isEmpty()) {
        raw.unlink(page.getResult().toArray(new String[0]));
      }
      cursor = page.getCursor();
    } while (!cursor.equals(ScanParams.SCAN_POINTER_START));
  }

  private static Search search() {
    String wanted = System.getProperty("it.redis", "");
    if (!wanted.isEmpty()) {
      Server server = open(Source.valueOf(wanted.toUpperCase(Locale.ROOT)));
      return found(server, List.of());
    }
    List<String> failures = new ArrayList<>();
    // Who names a Redis means that one.
    List<Source> sources =
        namedUrl().isPresent()
            ? List.of(Source.URL)
            : List.of(Source.CONTAINER, Source.INSTALLED, Source.EMBEDDED);
    for (Source source : sources) {
      try {
        return found(open(source), failures);
      } catch (RuntimeException e) {
        failures.add(e.getMessage());
      }
    }
    System.out.println(NOT_AVAILABLE + String.join("; ", failures));
    return new Search(Optional.empty(), failures);
  }

  private static Search found(Server server, List<String> failures) {
    System.out.println(
        "Redis of this run: "
            + server.description()
            + (failures.isEmpty() ? "" : " (" + String.join("; ", failures) + ")"));
    return new Search(Optional.of(server), failures);
  }

  private static Server open(Source source) {
    return switch (source) {
      case URL -> named();
      case CONTAINER -> container();
      case INSTALLED -> installed();
      case EMBEDDED -> own(EmbeddedRedis.start());
    };
  }

  private static Optional<String> namedUrl() {
    return Optional.ofNullable(System.getProperty("it.redis.url")).filter(url -> !url.isBlank());
  }

  private static Server named() {
    URI uri =
        URI.create(
            namedUrl()
                .orElseThrow(() -> new IllegalStateException("it.redis.url must name a Redis")));
    try (FleetStore store = RedisStore.open(RedisSettings.of(uri))) {
      FleetStore.Health health = store.health();
      if (!health.reachable()) {
        throw new IllegalStateException(health.problem());
      }
    }
    return new Server(uri, "given, at " + uri.getHost() + ":" + uri.getPort(), () -> {});
  }

  private static Server container() {
    if (!DockerClientFactory.instance().isDockerAvailable()) {
      throw new IllegalStateException("no Docker engine answers (Debian package docker.io)");
    }
    String image = System.getProperty("it.redis.image", "redis:7.2-alpine");
    var container =
        new GenericContainer<>(DockerImageName.parse(image))
            .withExposedPorts(PORT)
            .waitingFor(Wait.forLogMessage(".*Ready to accept connections.*", 1))
            .withStartupTimeout(Duration.ofMinutes(2));
    try {
      container.start();
    } catch (RuntimeException e) {
      container.close();
      throw new IllegalStateException("a container of " + image + " does not start: " + e, e);
    }
    URI uri = URI.create("redis://" + container.getHost() + ":" + container.getMappedPort(PORT));
    return new Server(
        uri,
        "container " + container.getContainerId().substring(0, 12) + " of " + image + " at " + uri,
        container::close);
  }

  private static Server installed() {
    try {
      return own(EmbeddedRedis.startInstalled());
    } catch (EmbeddedRedisException e) {
      throw new IllegalStateException("no redis-server on the PATH that starts", e);
    }
  }

  private static Server own(EmbeddedRedis redis) {
    return new Server(redis.uri(), redis.description() + " at " + redis.uri(), redis::close);
  }
}
