package io.fleetbreaker.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A real Redis (or Valkey) server on the loopback address, for the command line and for tests.
 *
 * <p>Its data is not kept. It ends with {@link #close}, or when this JVM ends, however that
 * happens. Safe for use by several threads.
 */
public final class EmbeddedRedis implements AutoCloseable {
  private static final String HOST = "127.0.0.1";
  private static final Duration START_LIMIT = Duration.ofSeconds(30);
  private static final int PORT_ATTEMPTS = 5;

  private final ServerProcess process;
  private final Path directory;
  private final int port;
  private final long pid;
  private final String description;

  private EmbeddedRedis(
      ServerProcess process, Path directory, int port, long pid, String description) {
    this.process = process;
    this.directory = directory;
    this.port = port;
    this.pid = pid;
    this.description = description;
  }

  /**
   * Starts a server on a free port.
   *
   * @throws EmbeddedRedisException if none can be started; it says what was tried
   */
  public static EmbeddedRedis start() {
    return start(0);
  }

  /** Starts a server on {@code port}, or on a free one if it is 0. */
  public static EmbeddedRedis start(int port) {
    return start(port, List.of());
  }

  /** Starts a server with more arguments, which win over those given by default. */
  public static EmbeddedRedis start(int port, List<String> extraArgs) {
    return start(port, extraArgs, Candidate.forThisMachine());
  }

  /**
   * Starts, on a free port, the server that this machine has installed: {@code redis-server}, or
   * else {@code valkey-server}, on the {@code PATH}.
   *
   * @throws EmbeddedRedisException if there is none, or it does not start
   */
  public static EmbeddedRedis startInstalled() {
    return start(
        0, List.of(), List.of(Candidate.onPath("redis-server"), Candidate.onPath("valkey-server")));
  }

  static EmbeddedRedis start(int port, List<String> extraArgs, List<Candidate> candidates) {
    if (port != 0 && !FreePorts.isFree(port)) {
      throw new EmbeddedRedisException(
          "port " + port + " on " + HOST + " is taken; choose another port for the Redis");
    }
    List<String> failures = new ArrayList<>();
    for (Candidate candidate : candidates) {
      try {
        return startCandidate(candidate, port, extraArgs);
      } catch (IOException e) {
        failures.add(candidate.name() + ": " + e.getMessage());
      }
    }
    throw new EmbeddedRedisException(
        "no Redis server could be started. Tried:\n  - "
            + String.join("\n  - ", failures)
            + "\nInstall redis-server (or valkey-server), or name a running Redis with --redis.");
  }

  private static EmbeddedRedis startCandidate(
      Candidate candidate, int wantedPort, List<String> extraArgs) throws IOException {
    for (int attempt = 1; ; attempt++) {
      int port = wantedPort == 0 ? FreePorts.find() : wantedPort;
      try {
        return startOnce(candidate, port, extraArgs);
      } catch (IOException e) {
        // Between finding a free port and the server's bind, somebody else may have taken it.
        if (wantedPort != 0 || attempt == PORT_ATTEMPTS || !wasTaken(port, e)) {
          throw e;
        }
      }
    }
  }

  /** Whoever took it may have left it again: then only the server has noticed. */
  private static boolean wasTaken(int port, IOException failure) {
    String told = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
    return told.contains("already in use") || !FreePorts.isFree(port);
  }

  private static EmbeddedRedis startOnce(Candidate candidate, int port, List<String> extraArgs)
      throws IOException {
    Path directory = Files.createTempDirectory("fleetbreaker-redis-");
    ServerProcess process = null;
    try {
      Path executable = candidate.locator().locate(directory);
      process = ServerProcess.start(command(executable, port, directory, extraArgs), directory);
      Probe.Identity identity = awaitReady(process, port);
      long pid = process.pid().orElseThrow();
      String description = identity.version() + " (" + candidate.name() + ")";
      return new EmbeddedRedis(process, directory, port, pid, description.strip());
    } catch (IOException | RuntimeException e) {
      if (process != null) {
        process.stop();
      }
      deleteTree(directory);
      throw e;
    }
  }

  private static List<String> command(
      Path executable, int port, Path directory, List<String> extraArgs) {
    List<String> command = new ArrayList<>(List.of(executable.toString()));
    command.addAll(List.of("--bind", HOST, "--port", Integer.toString(port)));
    command.addAll(List.of("--save", "", "--appendonly", "no", "--dir", directory.toString()));
    command.addAll(List.of("--loglevel", "warning", "--daemonize", "no"));
    command.addAll(extraArgs);
    return command;
  }

  /** Waits until the server answers, and makes sure that it is this one and not a stranger. */
  private static Probe.Identity awaitReady(ServerProcess process, int port) throws IOException {
    long deadline = System.nanoTime() + START_LIMIT.toNanos();
    while (process.isAlive() && System.nanoTime() < deadline) {
      Optional<Probe.Identity> identity = process.pid().flatMap(pid -> Probe.ask(port));
      if (identity.isPresent()) {
        boolean stranger =
            identity.get().pid().isPresent() && !identity.get().pid().equals(process.pid());
        if (stranger) {
          throw new IOException("port " + port + " was taken by another server");
        }
        return identity.get();
      }
      try {
        TimeUnit.MILLISECONDS.sleep(10);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while it started", e);
      }
    }
    String output = process.output();
    throw new IOException(
        (process.isAlive() ? "did not answer within " + START_LIMIT.toSeconds() + " s" : "ended")
            + (output.isEmpty() ? "" : ": " + output));
  }

  /** {@code redis://127.0.0.1:port}. */
  public URI uri() {
    return URI.create("redis://" + HOST + ":" + port);
  }

  /** The port it listens on. */
  public int port() {
    return port;
  }

  /** The process id of the server itself. */
  public long pid() {
    return pid;
  }

  /** Which server this is and where its program came from, for people. */
  public String description() {
    return description;
  }

  /** Whether the server's process is running. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** Completes when the server has ended, whoever ended it. */
  public CompletableFuture<Void> onExit() {
    return process.onExit().thenAccept(code -> {});
  }

  /** Ends the server and removes its files. Idempotent. */
  @Override
  public void close() {
    process.stop();
    deleteTree(directory);
  }

  private static void deleteTree(Path root) {
    try (Stream<Path> files = Files.walk(root)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException | UncheckedIOException e) {
      // The guard is removing the same directory: what one does not find, the other has removed.
      return;
    }
  }
}
