package io.fleetbreaker.cli.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
class SupervisorTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Recorder told = new Recorder();

  @Test
  void allWorkersStartAreHeardAndEndWithoutBeingKilled() {
    try (Supervisor supervisor = supervisor(2, "serve", Duration.ofSeconds(20))) {
      supervisor.start();
      assertThat(supervisor.ready()).succeedsWithin(PATIENCE);
    }

    assertThat(told.ready).hasSize(2).allSatisfy(up -> assertThat(isAlive(up.pid())).isFalse());
    assertThat(told.ready).map(WorkerSignal.Ready::ports).containsOnly(List.of(8000, 8001));
    assertThat(told.lines).contains("1 drained -1", "2 drained -1");
    assertThat(told.lines).noneMatch(line -> line.contains(WorkerSignal.PREFIX));
    assertThat(told.restarts).isEmpty();
  }

  @Test
  void aKilledWorkerIsStartedAgain() {
    try (Supervisor supervisor = supervisor(1, "serve", Duration.ofSeconds(20))) {
      supervisor.start();
      assertThat(supervisor.ready()).succeedsWithin(PATIENCE);

      ProcessHandle.of(told.ready.get(0).pid()).orElseThrow().destroyForcibly();

      await().atMost(PATIENCE).untilAsserted(() -> assertThat(told.ready).hasSize(2));
      assertThat(told.ready.get(1).pid()).isNotEqualTo(told.ready.get(0).pid());
      assertThat(told.restarts).hasSize(1);
    }
  }

  @Test
  void aWorkerThatDiesAtOnceIsStartedAgainLessAndLessOften() {
    try (Supervisor supervisor = supervisor(1, "die", Duration.ofSeconds(20))) {
      supervisor.start();

      await().atMost(PATIENCE).untilAsserted(() -> assertThat(told.waits).hasSizeGreaterThan(2));

      assertThat(told.restarts).contains("1 ended with code 7");
      assertThat(told.waits).isSorted();
      assertThat(supervisor.ready()).isNotDone();
    }
  }

  @Test
  void aWorkerThatRefusesItsConfigurationIsNotStartedAgain() {
    try (Supervisor supervisor = supervisor(2, "refuse", Duration.ofSeconds(20))) {
      supervisor.start();

      assertThat(supervisor.refused())
          .succeedsWithin(PATIENCE)
          .isEqualTo("redis.uri must be a URI, was 'x'");
      await()
          .during(WorkerSlot.GRACE.multipliedBy(6))
          .untilAsserted(() -> assertThat(told.restarts).isEmpty());
    }
    assertThat(told.lines).noneMatch(line -> line.contains("redis.uri"));
  }

  @Test
  void aWorkerThatDoesNotEndIsKilledWhenItsTimeIsUp() {
    try (Supervisor supervisor = supervisor(1, "stubborn", Duration.ofMillis(300))) {
      supervisor.start();
      assertThat(supervisor.ready()).succeedsWithin(PATIENCE);
    }

    assertThat(isAlive(told.ready.get(0).pid())).isFalse();
  }

  @Test
  void workersStopWhenTheirSupervisorWasKilled(@TempDir Path pids) throws Exception {
    Process supervisor =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                StubSupervisor.class.getName(),
                pids.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader lines = supervisor.inputReader(StandardCharsets.UTF_8)) {
      assertThat(lines.lines().anyMatch("ready"::equals)).isTrue();
      List<ProcessHandle> workers = handles(pids);
      assertThat(workers).hasSize(2);

      supervisor.destroyForcibly().waitFor(10, TimeUnit.SECONDS);

      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(workers).noneMatch(ProcessHandle::isAlive));
    } finally {
      supervisor.destroyForcibly();
    }
  }

  private Supervisor supervisor(int workers, String mode, Duration drain) {
    return new Supervisor(
        workers, new JvmLauncher(StubWorker.class, index -> List.of(mode), Map.of()), told, drain);
  }

  private static List<ProcessHandle> handles(Path pids) throws IOException {
    try (Stream<Path> files = Files.list(pids)) {
      return files
          .map(file -> ProcessHandle.of(Long.parseLong(file.getFileName().toString())))
          .flatMap(Optional::stream)
          .toList();
    }
  }

  private static boolean isAlive(long pid) {
    return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
  }
}
