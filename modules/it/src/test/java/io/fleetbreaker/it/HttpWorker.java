package io.fleetbreaker.it;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetbreaker.cli.FleetbreakerCommand;
import java.net.URI;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A real worker process of the command line, on a port of its own. */
final class HttpWorker implements AutoCloseable {
  private static final Pattern READY = Pattern.compile(".* ready pid=(\\d+) ports=(\\d+)");

  private final ChildJvm jvm;
  private URI base;

  private HttpWorker(ChildJvm jvm) {
    this.jvm = jvm;
  }

  /** Returns while it is starting; {@link #awaitReady} comes next. */
  static HttpWorker start(Map<String, String> environment) {
    return new HttpWorker(
        ChildJvm.start(
            FleetbreakerCommand.class,
            environment,
            "worker",
            "--host",
            "127.0.0.1",
            "--own-port",
            "0",
            "--demo-endpoints"));
  }

  HttpWorker awaitReady() {
    Matcher ready = READY.matcher(jvm.awaitLine(line -> READY.matcher(line).matches()));
    if (!ready.matches() || Long.parseLong(ready.group(1)) != pid()) {
      throw new AssertionError("another process says that it is ready: " + jvm);
    }
    base = URI.create("http://127.0.0.1:" + ready.group(2));
    return this;
  }

  long pid() {
    return jvm.pid();
  }

  URI uri() {
    return base;
  }

  String get(String path) {
    return Answer.get(base.resolve(path)).body();
  }

  JsonNode post(String path) {
    Answer answer = Answer.post(base.resolve(path));
    if (answer.status() != 200) {
      throw new AssertionError(path + " was answered with " + answer);
    }
    return answer.json();
  }

  /** The breaker of a provider as {@code /status} shows it. */
  JsonNode breaker(String provider) {
    JsonNode status = Answer.get(base.resolve("/status")).json();
    for (JsonNode candidate : status.path("providers")) {
      if (candidate.path("name").asText().equals(provider)) {
        return candidate.path("circuit_breaker");
      }
    }
    throw new AssertionError("no provider " + provider + " in " + status);
  }

  String state(String provider) {
    return breaker(provider).path("state").asText();
  }

  /** Events of the fleet that have reached this worker. */
  long eventsReceived() {
    return get("/metrics")
        .lines()
        .filter(line -> line.startsWith("fleetbreaker_events_received_total "))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .findFirst()
        .orElseThrow();
  }

  void kill() {
    jvm.kill();
  }

  @Override
  public void close() {
    jvm.close();
  }

  @Override
  public String toString() {
    return jvm.toString();
  }
}
