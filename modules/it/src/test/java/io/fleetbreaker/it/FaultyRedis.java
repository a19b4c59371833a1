package io.fleetbreaker.it;

import com.typesafe.config.ConfigFactory;
import io.fleetbreaker.embedded.EmbeddedRedis;
import io.fleetbreaker.embedded.EmbeddedRedisException;
import io.fleetbreaker.fleet.FleetSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisException;

/**
 * A Redis of one test's own that can be ended, stalled and started again, empty, on the same port.
 * Not thread-safe.
 */
final class FaultyRedis implements AutoCloseable {
  private static final int DATABASE = 15;
  private static final int ANSWER_MILLIS = 30_000;
  private static final List<String> DEBUG_COMMAND = List.of("--enable-debug-command", "yes");

  private final int port;
  private EmbeddedRedis server;
  private boolean stalled;

  private FaultyRedis(EmbeddedRedis server) {
    this.server = server;
    this.port = server.port();
  }

  static FaultyRedis start() {
    return new FaultyRedis(EmbeddedRedis.start());
  }

  /** A server that obeys {@code DEBUG}; before Redis 7 all do, and know no such setting. */
  static FaultyRedis startWithDebug() {
    try {
      return new FaultyRedis(EmbeddedRedis.start(0, DEBUG_COMMAND));
    } catch (EmbeddedRedisException e) {
      return start();
    }
  }

  int port() {
    return port;
  }

  /** The address of its database behind another port. */
  static URI uriAt(int port) {
    return URI.create("redis://127.0.0.1:" + port + "/" + DATABASE);
  }

  /** A worker's settings: these over those of reference.conf, and where this Redis is. */
  FleetSettings settings(String hocon) {
    return settingsAt(port, hocon);
  }

  /** The same for a worker that reaches it through another port. */
  static FleetSettings settingsAt(int port, String hocon) {
    Map<String, String> redis =
        Map.of(
            "fleetbreaker.redis.uri",
            uriAt(port).toString(),
            "fleetbreaker.redis.prefix",
            TestRedis.PREFIX);
    return FleetSettings.from(
        ConfigFactory.parseString(hocon)
            .withFallback(ConfigFactory.parseMap(redis))
            .withFallback(ConfigFactory.load()));
  }

  Map<String, String> environment() {
    return environmentAt(port);
  }

  static Map<String, String> environmentAt(int port) {
    return Map.of(
        "FLEETBREAKER_REDIS_URI",
        uriAt(port).toString(),
        "FLEETBREAKER_REDIS_PREFIX",
        TestRedis.PREFIX);
  }

  /** Ends it as {@code kill -9} does. Its data is gone. */
  void kill() {
    server.close();
    stalled = false;
  }

  /** Ends it as an operator does. Its data is gone, since it saves none. */
  void shutDown() {
    try (Jedis jedis = connect()) {
      jedis.sendCommand(Protocol.Command.SHUTDOWN, "NOSAVE");
    } catch (JedisException e) {
      // The answer to this command is the end of the connection.
      server.onExit().orTimeout(10, TimeUnit.SECONDS).join();
    }
    server.close();
  }

  /** Starts it again on its port. */
  void startEmpty() {
    server = EmbeddedRedis.start(port);
  }

  /** Stops the process where it is: connections stay and nothing is answered. */
  void stall() {
    signal("STOP");
    stalled = true;
  }

  void resume() {
    signal("CONT");
    stalled = false;
  }

  boolean isStalled() {
    return stalled;
  }

  boolean isAlive() {
    return server.isAlive();
  }

  /** A connection for one command or two. */
  <T> T ask(Function<Jedis, T> question) {
    try (Jedis jedis = connect()) {
      return question.apply(jedis);
    }
  }

  void tell(Consumer<Jedis> order) {
    try (Jedis jedis = connect()) {
      order.accept(jedis);
    }
  }

  void flushAll() {
    tell(Jedis::flushAll);
  }

  /** The value of a string key, or empty if there is none of that type. */
  Optional<String> value(String key) {
    return ask(
        jedis -> jedis.type(key).equals("string") ? Optional.of(jedis.get(key)) : Optional.empty());
  }

  /** What stands under the fleet's prefix, for people. */
  String dump() {
    if (stalled || !isAlive()) {
      return "  (Redis is " + (stalled ? "stalled" : "down") + ")";
    }
    try {
      return ask(FaultyRedis::dump);
    } catch (JedisException e) {
      return "  (Redis does not answer: " + e.getMessage() + ")";
    }
  }

  private static String dump(Jedis jedis) {
    StringBuilder out = new StringBuilder();
    for (String key : new TreeSet<>(jedis.keys(TestRedis.PREFIX + ":*"))) {
      String type = jedis.type(key);
      out.append("  ").append(key).append(" (").append(type).append(", ttl ");
      out.append(jedis.pttl(key)).append(" ms): ");
      out.append(
          switch (type) {
            case "string" -> jedis.get(key);
            case "hash" -> jedis.hgetAll(key);
            case "set" -> jedis.smembers(key);
            case "list" -> jedis.lrange(key, 0, 10);
            case "stream" -> jedis.xlen(key) + " entries";
            default -> "";
          });
      out.append('\n');
    }
    return out.isEmpty() ? "  (no keys)" : out.toString().stripTrailing();
  }

  @Override
  public void close() {
    if (stalled) {
      resume();
    }
    server.close();
  }

  private Jedis connect() {
    return new Jedis(
        new HostAndPort("127.0.0.1", port),
        DefaultJedisClientConfig.builder()
            .database(DATABASE)
            .timeoutMillis(ANSWER_MILLIS)
            .autoNegotiateProtocol(false)
            .build());
  }

  /** Java can end a process and nothing else. */
  private void signal(String name) {
    try {
      Process kill =
          new ProcessBuilder("kill", "-" + name, String.valueOf(server.pid()))
              .redirectErrorStream(true)
              .start();
      String said = new String(kill.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (kill.waitFor() != 0) {
        throw new AssertionError("kill -" + name + ": " + said);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }
}
