package io.fleetbreaker.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetbreaker.it.child.LeashedCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line as a person starts it: real processes, and a Redis of their own. */
class SuperviseIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Map<String, String> NO_VARIABLES = Map.of();

  private final List<AutoCloseable> started = new ArrayList<>();

  @AfterEach
  void stopWhatIsRunning() throws Exception {
    for (AutoCloseable process : started) {
      process.close();
    }
  }

  private ServeProcess serve(String... arguments) {
    ServeProcess fleet = ServeProcess.start(NO_VARIABLES, arguments);
    started.add(fleet);
    return fleet;
  }

  private ServeProcess serveTwo(int port) {
    return serve("--workers", "2", "--port", String.valueOf(port), "--demo-endpoints");
  }

  private ChildJvm run(String... arguments) {
    ChildJvm command = ChildJvm.start(LeashedCommand.class, NO_VARIABLES, arguments);
    started.add(command);
    return command;
  }

  private static String stateOf(JsonNode status, String provider) {
    for (JsonNode candidate : status.path("providers")) {
      if (candidate.path("name").asText().equals(provider)) {
        return candidate.path("circuit_breaker").path("state").asText();
      }
    }
    throw new AssertionError("no " + provider + " in " + status);
  }

  private static void awaitAllOpen(ServeProcess fleet) {
    await()
        .atMost(LIMIT)
        // A request may meet a worker that is just being killed.
        .ignoreExceptionsInstanceOf(UncheckedIOException.class)
        .untilAsserted(
            () ->
                assertThat(fleet.onEach("/status", 2).values())
                    .hasSize(2)
                    .allMatch(status -> stateOf(status, "openai").equals("open")));
  }

  private static boolean isRedis(ProcessHandle process) {
    return process.info().command().map(Path::of).map(Path::getFileName).stream()
        .anyMatch(name -> name.toString().startsWith("redis-server"));
  }

  private static void awaitGone(List<ProcessHandle> processes) {
    await()
        .atMost(LIMIT)
        .untilAsserted(() -> assertThat(processes).noneMatch(ProcessHandle::isAlive));
  }

  @Test
  void aKilledWorkerIsStartedAgainAndIsOpenIfTheFleetIs() {
    ServeProcess fleet = serveTwo(0);
    assertThat(Answer.post(fleet.uri("/trigger-failure/openai")).status()).isEqualTo(200);
    awaitAllOpen(fleet);
    String victim = fleet.onEach("/status", 2).keySet().iterator().next();

    fleet.worker(victim).destroyForcibly();

    await()
        .atMost(LIMIT)
        .ignoreExceptionsInstanceOf(UncheckedIOException.class)
        .untilAsserted(
            () ->
                assertThat(fleet.onEach("/status", 2).keySet()).hasSize(2).doesNotContain(victim));
    awaitAllOpen(fleet);
    await()
        .atMost(LIMIT)
        .until(
            () -> fleet.lines().stream().anyMatch(line -> line.contains("was ended by signal 9")));
  }

  @Test
  void aKilledSupervisorLeavesNoProcessBehindAndItsPortIsFreeAtOnce() {
    ServeProcess fleet = serveTwo(0);
    List<ProcessHandle> family = fleet.family();
    assertThat(family).anyMatch(SuperviseIT::isRedis);
    assertThat(fleet.onEach("/status", 2)).hasSize(2);

    fleet.kill();
    long killed = System.nanoTime();
    ServeProcess second = serveTwo(fleet.port());

    Timings.print(
        "kill -9 of a supervisor to its successor serving on the same port",
        Duration.ofNanos(System.nanoTime() - killed));
    awaitGone(family);
    assertThat(second.port()).isEqualTo(fleet.port());
    assertThat(second.onEach("/status", 2)).hasSize(2);
  }

  @Test
  void aSupervisorThatIsAskedToStopEndsWorkersAndRedisFirst() {
    ServeProcess fleet = serveTwo(0);
    List<ProcessHandle> family = fleet.family();
    assertThat(family).anyMatch(SuperviseIT::isRedis);

    fleet.terminate(LIMIT);

    assertThat(fleet.lines()).endsWith("[fleet] stopped");
    awaitGone(family);
  }

  @Test
  void withoutRedisWorkersStartAndServeAndSaySoOnce() {
    ServeProcess fleet = serve("--workers", "2", "--port", "0", "--redis", "redis://127.0.0.1:1");

    Map<String, JsonNode> status = fleet.onEach("/status", 2);
    Map<String, JsonNode> health = fleet.onEach("/health", 2);

    assertThat(status).hasSize(2);
    assertThat(status.values())
        .allMatch(worker -> worker.path("sync").asText().equals("degraded"))
        .allMatch(worker -> stateOf(worker, "openai").equals("closed"));
    assertThat(health).hasSize(2);
    assertThat(health.values())
        .allMatch(worker -> worker.path("sync").asText().equals("degraded"))
        .allMatch(worker -> worker.path("status").asText().equals("degraded"))
        .noneMatch(worker -> worker.path("redis_connected").asBoolean());
    assertThat(Answer.get(fleet.uri("/health/ready")).status()).isEqualTo(200);
    // The workers have tried again several times by the time they have been up for so long.
    await()
        .atMost(LIMIT)
        .until(
            () ->
                fleet.onEach("/status", 2).values().stream()
                    .allMatch(worker -> worker.path("uptime").asDouble() > 5));
    for (int worker = 1; worker <= 2; worker++) {
      String start = "[worker " + worker + "] ";
      assertThat(fleet.lines())
          .filteredOn(line -> line.startsWith(start) && line.matches(".* (WARN|ERROR) .*"))
          .singleElement()
          .asString()
          .contains("127.0.0.1:1");
    }
  }

  @Test
  void anUnknownSettingStopsTheStartWithItsName(@TempDir Path directory) throws IOException {
    Path file =
        Files.writeString(directory.resolve("fleet.conf"), "fleetbreaker.redis.state-tll = 1 h\n");

    ChildJvm command = run("serve", "--port", "0", "--config", file.toString());

    assertThat(command.awaitExit(LIMIT)).isEqualTo(2);
    assertThat(command.lines())
        .anyMatch(line -> line.startsWith("error: ") && line.contains("state-tll"));
  }

  @Test
  void anInvalidSettingStopsTheStartWithKeyValueAndBound(@TempDir Path directory)
      throws IOException {
    Path file =
        Files.writeString(
            directory.resolve("fleet.conf"),
            "fleetbreaker.providers.openai.failure-threshold = 0\n");

    ChildJvm command = run("serve", "--port", "0", "--config", file.toString());

    assertThat(command.awaitExit(LIMIT)).isEqualTo(2);
    assertThat(command.lines())
        .anyMatch(
            line ->
                line.contains("failure-threshold")
                    && line.contains("at least 1")
                    && line.contains("was 0"));
  }

  @Test
  void theCheckPassesOnARunningFleetAndLeavesItClosed() {
    ServeProcess fleet = serveTwo(0);

    ChildJvm check = run("check", "--url", fleet.uri("/").toString(), "--workers", "2");

    assertThat(check.awaitExit(Duration.ofMinutes(1))).isZero();
    assertThat(check.lines()).anyMatch(line -> line.contains("PASSED"));
    assertThat(check.lines())
        .filteredOn(line -> line.contains("openai") && line.contains("State: open"))
        .hasSize(2);
    assertThat(fleet.onEach("/status", 2).values())
        .hasSize(2)
        .allMatch(status -> stateOf(status, "openai").equals("closed"));
  }

  @Test
  void theCheckSaysSoIfTooFewWorkersAnswer() {
    ServeProcess fleet = serve("--workers", "1", "--port", "0", "--demo-endpoints");

    ChildJvm check =
        run("check", "--url", fleet.uri("/").toString(), "--workers", "2", "--timeout", "6s");

    assertThat(check.awaitExit(Duration.ofMinutes(1))).isEqualTo(1);
    assertThat(check.lines()).anyMatch(line -> line.contains("only 1 of 2 workers answered"));
  }

  @Test
  void theCheckOfNobodyIsUnreachable() {
    ChildJvm check = run("check", "--url", "http://127.0.0.1:1", "--workers", "2");

    assertThat(check.awaitExit(LIMIT)).isEqualTo(3);
  }

  @Test
  void theDemoPassesAndEndsByItself() {
    long begun = System.nanoTime();

    ChildJvm demo = run("demo");

    assertThat(demo.awaitExit(Duration.ofMinutes(2))).isZero();
    assertThat(demo.lines()).contains("PASSED");
    Timings.print("the demo", Duration.ofNanos(System.nanoTime() - begun));
  }
}
