package io.fleetbreaker.it;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A JVM of its own, on the class path of the tests. Its input is a pipe whose end ends the child;
 * what it prints is read line by line.
 */
final class ChildJvm implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration GRACE = Duration.ofSeconds(30);
  private static final List<String> QUICK_START =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx128m");

  private final String name;
  private final Process process;
  private final PrintStream input;
  private final List<String> lines = new ArrayList<>();
  private final Thread reader;
  private int read;
  private boolean ended;

  private ChildJvm(String name, Process process) {
    this.name = name;
    this.process = process;
    this.input = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    this.reader = new Thread(this::readLines, name + "-output");
    reader.setDaemon(true);
    reader.start();
  }

  /** Starts {@code java main arguments}, with {@code environment} over this JVM's own. */
  static ChildJvm start(Class<?> main, Map<String, String> environment, String... arguments) {
    return start(List.of(), main, environment, arguments);
  }

  /** The same with more options for the JVM, such as {@code -Xmx256m}. */
  static ChildJvm start(
      List<String> options, Class<?> main, Map<String, String> environment, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(QUICK_START);
    command.addAll(options);
    if (Runtime.version().feature() >= 24) {
      // Else each child begins with a page of warnings about what the Scala library does.
      command.add("--sun-misc-unsafe-memory-access=allow");
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(Arrays.asList(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().keySet().removeIf(variable -> variable.startsWith("FLEETBREAKER_"));
    builder.environment().putAll(environment);
    try {
      return new ChildJvm(main.getSimpleName(), builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  long pid() {
    return process.pid();
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Writes a line to the child's input. */
  void send(String line) {
    input.println(line);
  }

  /** Sends {@code line} and returns what the child answers. */
  String ask(String line) {
    send(line);
    return awaitLine("= ").substring(2);
  }

  /** The next line that starts so; what is printed before it is passed over. */
  String awaitLine(String start) {
    return awaitLine(line -> line.startsWith(start));
  }

  /** The next line that matches; what is printed before it is passed over. */
  String awaitLine(Predicate<String> wanted) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    synchronized (lines) {
      while (true) {
        while (read < lines.size()) {
          String line = lines.get(read++);
          if (wanted.test(line)) {
            return line;
          }
        }
        long leftMillis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (ended || leftMillis <= 0) {
          throw new AssertionError(this + " did not print what was awaited");
        }
        try {
          lines.wait(leftMillis);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new AssertionError("interrupted while waiting for " + this, e);
        }
      }
    }
  }

  /** Everything the child has printed so far. */
  List<String> lines() {
    synchronized (lines) {
      return List.copyOf(lines);
    }
  }

  /** Waits until the child has ended by itself and all of its output is read. */
  int awaitExit(Duration limit) {
    try {
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError(this + " did not end within " + limit);
      }
      reader.join(GRACE.toMillis());
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for " + this, e);
    }
  }

  /** As {@code kill}, which a JVM answers with its shutdown hooks. */
  void terminate() {
    // Of the process it would also close the child's input, whose end ends the child at once.
    process.toHandle().destroy();
  }

  /** As {@code kill -9}. */
  void kill() {
    process.destroyForcibly();
    awaitExit(GRACE);
  }

  /** Asks the child to terminate, and kills it if it takes too long. */
  @Override
  public void close() {
    process.destroy();
    try {
      process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      process.destroyForcibly();
      input.close();
    }
  }

  @Override
  public String toString() {
    return name + " (pid " + pid() + "), which printed:\n  " + String.join("\n  ", lines());
  }

  private void readLines() {
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      output.lines().forEach(this::add);
    } catch (IOException | UncheckedIOException e) {
      add("(output ended: " + e.getMessage() + ")");
    } finally {
      synchronized (lines) {
        ended = true;
        lines.notifyAll();
      }
    }
  }

  private void add(String line) {
    synchronized (lines) {
      lines.add(line);
      lines.notifyAll();
    }
  }
}
