package io.fleetbreaker.embedded;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server and the guard that ends it when this JVM is gone.
 *
 * <p>On POSIX the process started is a shell that runs {@code redis-guard.sh} in a session of its
 * own, so that neither Ctrl-C nor a signal to this JVM's process group reaches it. On Windows it is
 * the server itself, ended by a shutdown hook.
 */
final class ServerProcess {
  private static final Logger log = LoggerFactory.getLogger(ServerProcess.class);
  private static final String PID_LINE = "guarded-pid ";
  private static final int TAIL = 12;
  private static final Duration GIVE_UP = Duration.ofSeconds(5);

  private final Process process;
  private final boolean guarded;
  private final CompletableFuture<Server> server = new CompletableFuture<>();
  private final Deque<String> tail = new ArrayDeque<>();
  private final Thread reader;

  /** A handle, unlike a bare pid, never means another process that came later. */
  private record Server(long pid, Optional<ProcessHandle> handle) {}

  private ServerProcess(Process process, boolean guarded) {
    this.process = process;
    this.guarded = guarded;
    this.reader = new Thread(this::readOutput, "embedded-redis-output");
    reader.setDaemon(true);
  }

  /** Starts {@code command}; its end also removes {@code directory} on POSIX. */
  static ServerProcess start(List<String> command, Path directory) throws IOException {
    boolean windows = System.getProperty("os.name").startsWith("Windows");
    List<String> line = windows ? command : guarded(command, directory);
    Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
    ServerProcess started = new ServerProcess(process, !windows);
    if (windows) {
      started.server.complete(new Server(process.pid(), Optional.of(process.toHandle())));
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    }
    started.reader.start();
    // A killed guard can no longer end its server.
    var unused = process.onExit().thenRun(started::killServer);
    return started;
  }

  private static List<String> guarded(List<String> command, Path directory) throws IOException {
    List<String> line = new ArrayList<>(newSession());
    line.addAll(List.of("/bin/sh", "-c", script(), "redis-guard", directory.toString()));
    line.addAll(command);
    return line;
  }

  private static List<String> newSession() {
    return Candidate.findOnPath("setsid")
        .map(setsid -> List.of(setsid.toString()))
        .or(
            () ->
                Candidate.findOnPath("perl")
                    .map(
                        perl ->
                            List.of(
                                perl.toString(),
                                "-e",
                                "use POSIX; POSIX::setsid(); exec @ARGV or exit 127")))
        .orElse(List.of());
  }

  private static String script() throws IOException {
    try (InputStream in = ServerProcess.class.getResourceAsStream("redis-guard.sh")) {
      if (in == null) {
        throw new IOException("redis-guard.sh is missing from the jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** The server's own process id, not the guard's; empty until the guard has told it. */
  Optional<Long> pid() {
    return told().map(Server::pid);
  }

  boolean isAlive() {
    return process.isAlive()
        && told().flatMap(Server::handle).map(ProcessHandle::isAlive).orElse(true);
  }

  CompletableFuture<Integer> onExit() {
    return process.onExit().thenApply(Process::exitValue);
  }

  /** The last lines the server or the shell printed. */
  String output() {
    try {
      // All there is once the server has ended: its guard, which holds the other end, is about to.
      reader.join(isAlive() ? 1 : GIVE_UP.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (tail) {
      return String.join(" | ", tail);
    }
  }

  /** Ends server and guard and waits for both, within a bound. */
  void stop() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      log.debug("closing the guard's input", e);
    }
    try {
      if (!guarded || !process.waitFor(GIVE_UP.toMillis(), TimeUnit.MILLISECONDS)) {
        killServer();
        process.destroyForcibly().waitFor(GIVE_UP.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private void killServer() {
    told().flatMap(Server::handle).ifPresent(ProcessHandle::destroyForcibly);
  }

  private Optional<Server> told() {
    return Optional.ofNullable(server.getNow(null));
  }

  private void readOutput() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      lines.lines().forEach(this::onLine);
    } catch (IOException | UncheckedIOException e) {
      log.debug("reading the server's output", e);
    }
  }

  private void onLine(String line) {
    if (line.startsWith(PID_LINE)) {
      long pid = Long.parseLong(line.substring(PID_LINE.length()).trim());
      server.complete(new Server(pid, ProcessHandle.of(pid)));
      return;
    }
    log.debug("redis: {}", line);
    if (line.isBlank()) {
      return;
    }
    synchronized (tail) {
      tail.addLast(line.strip());
      if (tail.size() > TAIL) {
        tail.removeFirst();
      }
    }
  }
}
