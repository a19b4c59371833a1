package io.fleetbreaker.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fleetbreaker.cli.FleetbreakerCommand;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@code fleetbreaker serve} with four workers, as processes of their own. */
final class ServedWorkers implements AutoCloseable {
  static final int WORKERS = 4;
  private static final String ALL_SERVE = "[fleet] all ";
  private static final int GRACE_SECONDS = 30;

  private final Process supervisor;
  private final Path settings;
  private final int port;
  private final Thread end = new Thread(this::end, "end-of-the-workers");

  private ServedWorkers(Process supervisor, Path settings, int port) {
    this.supervisor = supervisor;
    this.settings = settings;
    this.port = port;
    Runtime.getRuntime().addShutdownHook(end);
  }

  /** Returns when all serve. */
  static ServedWorkers start(URI redis, String config) throws IOException {
    Path settings = Files.writeString(Files.createTempFile("fleet-http", ".conf"), config);
    Process supervisor =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    FleetbreakerCommand.class.getName(),
                    "serve",
                    "--workers",
                    Integer.toString(WORKERS),
                    "--port",
                    "0",
                    "--redis",
                    redis.toString(),
                    "--config",
                    settings.toString()))
            .redirectErrorStream(true)
            .start();
    BufferedReader out = supervisor.inputReader(UTF_8);
    StringBuilder said = new StringBuilder();
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      said.append(line).append('\n');
      if (line.startsWith(ALL_SERVE)) {
        drain(out);
        int port = URI.create(line.substring(line.lastIndexOf(' ') + 1)).getPort();
        return new ServedWorkers(supervisor, settings, port);
      }
    }
    throw new IOException("the workers do not serve:\n" + said);
  }

  private static void drain(BufferedReader out) {
    Thread thread =
        new Thread(
            () -> {
              try {
                out.lines().forEach(line -> {});
              } catch (UncheckedIOException e) {
                // The workers are ended, and nobody reads on.
              }
            },
            "what-the-workers-say");
    thread.setDaemon(true);
    thread.start();
  }

  /** The port they share. */
  int port() {
    return port;
  }

  /** The port of the first alone. */
  int portOfTheFirst() {
    return port + 1;
  }

  private void end() {
    supervisor.destroy();
    try {
      if (!supervisor.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
        supervisor.descendants().forEach(ProcessHandle::destroyForcibly);
        supervisor.destroyForcibly();
      }
      Files.deleteIfExists(settings);
    } catch (IOException e) {
      System.err.println("could not remove " + settings + ": " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(end);
    end();
  }
}
