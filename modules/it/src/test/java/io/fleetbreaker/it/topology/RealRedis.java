package io.fleetbreaker.it.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisException;

/**
 * A server of the machine's {@code redis-server} with a configuration of its own, on a free port of
 * the loopback address. It ends with {@link #close}, or when this JVM ends, however that happens.
 */
final class RealRedis implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Ends the server when standard input ends, which it also does when this JVM is killed. */
  private static final String GUARD =
      "exec 3<&0 </dev/null; \"$@\" 3<&- & server=$!; echo \"pid $server\";"
          + " (read -r _ <&3; kill -9 $server) 2>/dev/null & watcher=$!;"
          + " wait $server 2>/dev/null; kill -9 $watcher";

  private final List<String> command;
  private final int port;
  private final List<String> output = new ArrayList<>();
  private Process guard;
  private ProcessHandle server;

  private RealRedis(List<String> command, int port) {
    this.command = command;
    this.port = port;
  }

  /** Starts a server with these lines of configuration, and waits until it answers. */
  static RealRedis start(Path directory, String... lines) {
    return start(directory, List.of(), lines);
  }

  /** Starts a sentinel. */
  static RealRedis startSentinel(Path directory, String... lines) {
    return start(directory, List.of("--sentinel"), lines);
  }

  private static RealRedis start(Path parent, List<String> arguments, String... lines) {
    int port = freePort();
    try {
      Path directory = Files.createDirectory(parent.resolve("redis-" + port));
      Path file = directory.resolve("redis.conf");
      List<String> all = new ArrayList<>();
      all.addAll(List.of("bind 127.0.0.1", "port " + port, "dir " + directory, "loglevel notice"));
      if (arguments.isEmpty()) {
        all.add("save \"\"");
      }
      Arrays.stream(lines)
          .map(line -> line.replace("$DIR", directory.toString()))
          .forEach(all::add);
      Files.write(file, all);
      List<String> command = new ArrayList<>(List.of("sh", "-c", GUARD, "sh", "redis-server"));
      command.add(file.toString());
      command.addAll(arguments);
      RealRedis redis = new RealRedis(command, port);
      redis.restart();
      return redis;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return port;
  }

  String address() {
    return "127.0.0.1:" + port;
  }

  /** Starts it again after {@link #kill}, with what it has left behind. */
  void restart() {
    try {
      guard = new ProcessBuilder(command).redirectErrorStream(true).start();
      BufferedReader lines = guard.inputReader(UTF_8);
      server =
          ProcessHandle.of(Long.parseLong(lines.readLine().substring("pid ".length())))
              .orElseThrow(
                  () -> new IllegalStateException("ended at once: " + lines.lines().toList()));
      Thread reader = new Thread(() -> read(lines), "redis-" + port + "-output");
      reader.setDaemon(true);
      reader.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    await(toString()).atMost(PATIENCE).ignoreExceptions().until(this::answers);
  }

  /** As {@code kill -9}; returns when the server is gone. */
  void kill() {
    server.destroyForcibly();
    guard.onExit().join();
  }

  /** Sends one command on a connection of its own; texts come as strings, also in lists. */
  Object run(Object... words) {
    return send(port, words);
  }

  /** The same at another server on this machine. */
  static Object send(int port, Object... words) {
    try (Connection connection =
        new Connection(
            new HostAndPort("127.0.0.1", port),
            DefaultJedisClientConfig.builder().resp2().socketTimeoutMillis(10_000).build())) {
      byte[][] arguments =
          Arrays.stream(words)
              .skip(1)
              .map(word -> String.valueOf(word).getBytes(UTF_8))
              .toArray(byte[][]::new);
      connection.sendCommand(() -> String.valueOf(words[0]).getBytes(UTF_8), arguments);
      return readable(connection.getOne());
    }
  }

  @Override
  public void close() {
    kill();
  }

  @Override
  public String toString() {
    synchronized (output) {
      return "redis-server at " + address() + ", which printed:\n  " + String.join("\n  ", output);
    }
  }

  private boolean answers() {
    try {
      return "PONG".equals(run("PING"));
    } catch (JedisException e) {
      // A server that wants a password or TLS is up as well.
      return e.getMessage().startsWith("NOAUTH");
    }
  }

  private static Object readable(Object answer) {
    if (answer instanceof byte[] text) {
      return new String(text, UTF_8);
    }
    return answer instanceof List<?> list
        ? list.stream().map(RealRedis::readable).toList()
        : answer;
  }

  private void read(BufferedReader lines) {
    try (Stream<String> stream = lines.lines()) {
      stream.forEach(
          line -> {
            synchronized (output) {
              output.add(line);
            }
          });
    } catch (UncheckedIOException e) {
      synchronized (output) {
        output.add("(output ended: " + e.getMessage() + ")");
      }
    }
  }
}
