package io.fleetbreaker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fleetbreaker.embedded.EmbeddedRedis;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;

/** A Redis server of its own for a test class, and a client beside those under test. */
final class TestRedis implements AutoCloseable {
  static final int DATABASE = 15;

  private final EmbeddedRedis server;

  private TestRedis(EmbeddedRedis server) {
    this.server = server;
  }

  static TestRedis start(String... extraArguments) {
    return new TestRedis(EmbeddedRedis.start(0, List.of(extraArguments)));
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  URI uri() {
    return URI.create("redis://127.0.0.1:" + port() + "/" + DATABASE);
  }

  int port() {
    return server.port();
  }

  /** Settings for the tests' prefix. */
  RedisSettings settings() {
    return RedisSettings.of(uri()).withPrefix("test_flexiai");
  }

  /** Sends one command on a connection of its own; a text answer comes as a string. */
  Object run(String... command) {
    byte[][] arguments =
        Arrays.stream(command).skip(1).map(text -> text.getBytes(UTF_8)).toArray(byte[][]::new);
    return runBytes(command[0], arguments);
  }

  Object runBytes(String command, byte[]... arguments) {
    DefaultJedisClientConfig config =
        DefaultJedisClientConfig.builder().resp2().database(DATABASE).build();
    try (Connection connection = new Connection(new HostAndPort("127.0.0.1", port()), config)) {
      connection.sendCommand(() -> command.getBytes(UTF_8), arguments);
      Object answer = connection.getOne();
      return answer instanceof byte[] text ? new String(text, UTF_8) : answer;
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
