package io.fleetbreaker.cli.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetbreaker.cli.check.CheckResult.Verdict;
import io.fleetbreaker.cli.check.CheckResult.Worker;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CheckReportTest {
  private static final Propagation TIME = new Propagation(4.2, 0.9);

  @Test
  void eachWorkerHasTwoLines() {
    CheckResult result = passed(worker("12345", "a", "open", 5), worker("12346", "b", "open", 0));

    assertThat(CheckReport.workers(result))
        .containsExactly(
            "Worker 12345:",
            "  \uD83D\uDD34 openai     - State: open       Failures: 5",
            "Worker 12346:",
            "  \uD83D\uDD34 openai     - State: open       Failures: 0");
  }

  @Test
  void everyStateHasItsSign() {
    CheckResult result = passed(worker("1", "a", "closed", 0), worker("2", "b", "half_open", 0));

    assertThat(CheckReport.workers(result))
        .contains("  \uD83D\uDFE2 openai     - State: closed     Failures: 0")
        .contains("  \uD83D\uDFE1 openai     - State: half_open  Failures: 0");
  }

  @Test
  void workersOfTheSameIdAreToldApart() {
    CheckResult result = passed(worker("1", "host-a:1", "open", 5), worker("1", "b:1", "open", 0));

    assertThat(CheckReport.workers(result)).contains("Worker 1 (host-a:1):", "Worker 1 (b:1):");
  }

  @Test
  void theVerdictComesWithTheTimeAndTheDistribution() {
    CheckResult result = passed(worker("1", "a", "open", 5), worker("2", "b", "open", 0));

    assertThat(CheckReport.text(result))
        .contains(
            "Distribution: 2 open of 2",
            "PASSED: all 2 workers opened openai",
            "  from the trip to the last worker's OPEN: 4.2 ms \u00b1 0.9 ms (at most 5.1 ms)",
            "  all workers are closed again after the reset");
  }

  @Test
  void aFailureComesWithItsLikelyCauses() {
    CheckResult result =
        CheckResult.ended(
            Verdict.FAILED, "openai", 4, "only 2 of 4 workers answered", List.of("x"));

    assertThat(CheckReport.text(result))
        .containsExactly("FAILED: only 2 of 4 workers answered", "Likely causes:", "  - x");
  }

  @Test
  void programsGetTheSameAsJson() throws Exception {
    CheckResult result = passed(worker("1", "a", "open", 5), worker("2", "b", "open", 0));

    JsonNode json = new ObjectMapper().readTree(CheckReport.json(result));

    assertThat(json.path("result").asText()).isEqualTo("passed");
    assertThat(json.path("propagation_ms").asDouble()).isEqualTo(4.2);
    assertThat(json.path("propagation_at_most_ms").asDouble()).isEqualTo(5.1);
    assertThat(json.path("workers_seen").asInt()).isEqualTo(2);
    assertThat(json.at("/workers/0/failure_count").asInt()).isEqualTo(5);
    assertThat(json.at("/distribution/open").asInt()).isEqualTo(2);
    assertThat(json.path("closed_again").asBoolean()).isTrue();
  }

  private static CheckResult passed(Worker... workers) {
    return new CheckResult(
        Verdict.PASSED,
        "openai",
        workers.length,
        List.of(workers),
        Optional.of(TIME),
        Optional.of(true),
        "all " + workers.length + " workers opened openai",
        List.of());
  }

  private static Worker worker(String id, String instance, String state, long failures) {
    return new Worker(id, instance, state, failures, failures > 0, true, Optional.empty());
  }
}
