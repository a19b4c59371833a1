package io.fleetbreaker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fleetbreaker.embedded.EmbeddedRedis;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;

/** A Redis server of its own for a test class, and a client beside those under test. */
final class TestRedis implements AutoCloseable {
  static final int DATABASE = 15;
  private static final int PATIENCE_MILLIS = 60_000;
  private static final Set<String> HANDSHAKE = Set.of("hello", "client", "select");

  private static final Socket REFUSING = bound();

  private final EmbeddedRedis server;

  private TestRedis(EmbeddedRedis server) {
    this.server = server;
  }

  static TestRedis start(String... extraArguments) {
    return new TestRedis(EmbeddedRedis.start(0, List.of(extraArguments)));
  }

  /** A port that refuses, since it is held until this JVM ends and nobody listens there. */
  static int refusingPort() {
    return REFUSING.getLocalPort();
  }

  private static Socket bound() {
    try {
      Socket socket = new Socket();
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      return socket;
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

  /** Stops the process where it is: connections stay, and nothing is answered until the end. */
  Stall stall() {
    signal("STOP");
    return () -> signal("CONT");
  }

  /** A server that stands still until this is closed. */
  interface Stall extends AutoCloseable {
    @Override
    void close();
  }

  private void signal(String name) {
    try {
      int code =
          new ProcessBuilder("kill", "-" + name, Long.toString(server.pid())).start().waitFor();
      if (code != 0) {
        throw new IllegalStateException("kill -" + name + " ended with " + code);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Settings for the tests' prefix. */
  RedisSettings settings() {
    return RedisSettings.of(uri()).withPrefix("test_flexiai");
  }

  /** Sends one command on a connection of its own; a text answer comes as a string. */
  Object run(String... command) {
    try (Connection connection = connect()) {
      return run(connection, command);
    }
  }

  static Object run(Connection connection, String... command) {
    byte[][] arguments =
        Arrays.stream(command).skip(1).map(text -> text.getBytes(UTF_8)).toArray(byte[][]::new);
    return runBytes(connection, command[0], arguments);
  }

  Object runBytes(String command, byte[]... arguments) {
    try (Connection connection = connect()) {
      return runBytes(connection, command, arguments);
    }
  }

  private static Object runBytes(Connection connection, String command, byte[]... arguments) {
    connection.sendCommand(() -> command.getBytes(UTF_8), arguments);
    Object answer = connection.getOne();
    return answer instanceof byte[] text ? new String(text, UTF_8) : answer;
  }

  /** The names of the commands that clients send meanwhile, without those that scripts call. */
  List<String> sentDuring(Runnable operation) {
    try (Connection monitor = connect()) {
      monitor.sendCommand(() -> "MONITOR".getBytes(UTF_8));
      monitor.getOne();
      operation.run();
      run("ECHO", "end of operation");
      List<String> sent = new ArrayList<>();
      while (true) {
        String line = new String((byte[]) monitor.getOne(), UTF_8);
        if (line.contains("\"end of operation\"")) {
          return sent;
        }
        String name = line.replaceFirst(".*?\\] \"(\\w+)\".*", "$1").toLowerCase(Locale.ROOT);
        if (!line.contains(" lua] ") && !HANDSHAKE.contains(name)) {
          sent.add(name);
        }
      }
    }
  }

  Connection connect() {
    return new Connection(
        new HostAndPort("127.0.0.1", port()),
        DefaultJedisClientConfig.builder()
            .resp2()
            .database(DATABASE)
            .timeoutMillis(PATIENCE_MILLIS)
            .build());
  }

  @Override
  public void close() {
    server.close();
  }
}
