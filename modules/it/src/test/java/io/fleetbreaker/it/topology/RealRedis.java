package io.fleetbreaker.it.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.embedded.FreePorts;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
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
  /** In a line of configuration: a further free port, such as for TLS or for a cluster's bus. */
  static final String SECOND_PORT = "$SECOND_PORT";

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int PORT_ATTEMPTS = 5;

  /** Ends the server when standard input ends, which it also does when this JVM is killed. */
  private static final String GUARD =
      "exec 3<&0 </dev/null; \"$@\" 3<&- & server=$!; echo \"pid $server\";"
          + " (read -r _ <&3; kill -9 $server) 2>/dev/null & watcher=$!;"
          + " wait $server 2>/dev/null; kill -9 $watcher";

  private final List<String> command;
  private final int port;
  private final int secondPort;
  private final List<String> output = new ArrayList<>();
  private Process guard;
  private long pid;

  /** Null if it ended before it was looked for. */
  private ProcessHandle server;

  private RealRedis(List<String> command, int port, int secondPort) {
    this.command = command;
    this.port = port;
    this.secondPort = secondPort;
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
    for (int attempt = 1; ; attempt++) {
      try {
        List<Integer> ports = FreePorts.find(2);
        return startAt(ports.get(0), ports.get(1), parent, arguments, lines);
      } catch (PortTakenException e) {
        // Somebody else has taken one since it was found free.
        if (attempt == PORT_ATTEMPTS) {
          throw e;
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static RealRedis startAt(
      int port, int secondPort, Path parent, List<String> arguments, String... lines)
      throws IOException {
    Path directory = Files.createTempDirectory(parent, "redis-" + port + "-");
    Path file = directory.resolve("redis.conf");
    List<String> all = new ArrayList<>();
    all.addAll(List.of("bind 127.0.0.1", "port " + port, "dir " + directory, "loglevel notice"));
    if (arguments.isEmpty()) {
      all.add("save \"\"");
    }
    Arrays.stream(lines)
        .map(line -> line.replace("$DIR", directory.toString()))
        .map(line -> line.replace(SECOND_PORT, Integer.toString(secondPort)))
        .forEach(all::add);
    Files.write(file, all);
    List<String> command = new ArrayList<>(List.of("sh", "-c", GUARD, "sh", "redis-server"));
    command.add(file.toString());
    command.addAll(arguments);
    RealRedis redis = new RealRedis(command, port, secondPort);
    redis.restart();
    return redis;
  }

  int port() {
    return port;
  }

  /** The one that stands for {@link #SECOND_PORT} in its configuration. */
  int secondPort() {
    return secondPort;
  }

  String address() {
    return "127.0.0.1:" + port;
  }

  /** Starts it again after {@link #kill}, with what it has left behind. */
  void restart() {
    Thread reader;
    try {
      guard = new ProcessBuilder(command).redirectErrorStream(true).start();
      BufferedReader lines = guard.inputReader(UTF_8);
      pid = Long.parseLong(lines.readLine().substring("pid ".length()));
      server = ProcessHandle.of(pid).orElse(null);
      reader = new Thread(() -> read(lines), "redis-" + port + "-output");
      reader.setDaemon(true);
      reader.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    await(toString())
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(() -> !guard.isAlive() || answers());
    if (!guard.isAlive()) {
      throw endedAtOnce(reader);
    }
  }

  private IllegalStateException endedAtOnce(Thread reader) {
    try {
      reader.join(PATIENCE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    String what = "ended at once: " + this;
    return what.contains("Address already in use")
        ? new PortTakenException(what)
        : new IllegalStateException(what);
  }

  private static final class PortTakenException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    PortTakenException(String message) {
      super(message);
    }
  }

  /** As {@code kill -9}; returns when the server is gone. */
  void kill() {
    if (server != null) {
      server.destroyForcibly();
    }
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
            DefaultJedisClientConfig.builder().resp2().socketTimeoutMillis(30_000).build())) {
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

  /** It, and not somebody else at its port. */
  private boolean answers() {
    try {
      return "PONG".equals(run("PING"))
          && run("INFO", "server").toString().contains("process_id:" + pid + "\r");
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
