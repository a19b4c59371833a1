package io.fleetbreaker.cli.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.cli.check.CheckResult.Verdict;
import io.fleetbreaker.cli.check.StatusSample.Breaker;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EvaluationTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final Set<String> BOTH = Set.of("a", "b");

  private final Observations seen = new Observations();

  @Test
  void allOpenIsAPass() {
    see("a", "open", 5, 10, 0);
    see("b", "open", 0, 8, 0);

    CheckResult result = judge(2, Map.of());

    assertThat(result.verdict()).isEqualTo(Verdict.PASSED);
    assertThat(result.summary()).isEqualTo("all 2 workers opened openai");
    assertThat(result.propagation()).contains(new Propagation(2, 0));
  }

  @Test
  void anOlderAnswerThatArrivesLateDoesNotReplaceANewerOne() {
    see("a", "open", 5, 1, 200);
    see("a", "closed", 0, 1, 100);

    assertThat(seen.workers().values())
        .map(worker -> worker.breaker("openai").state())
        .containsExactly("open");
  }

  @Test
  void aWorkerThatWasSeenOpenCountsThoughItProbesByNow() {
    see("a", "open", 5, 1, 0);
    see("b", "open", 0, 1, 0);
    see("b", "half_open", 0, 1, 100);

    CheckResult result = judge(2, Map.of());

    assertThat(result.verdict()).isEqualTo(Verdict.PASSED);
    assertThat(result.distribution()).containsEntry("half_open", 1L);
  }

  @Test
  void aWorkerThatStayedClosedIsNamed() {
    see("a", "open", 5, 1, 0);
    see("b", "closed", 0, 1, 0);

    CheckResult result = judge(2, Map.of());

    assertThat(result.verdict()).isEqualTo(Verdict.FAILED);
    assertThat(result.summary()).isEqualTo("worker b did not open openai within 10 s");
    assertThat(result.propagation()).isEmpty();
  }

  @Test
  void aWorkerThatFellSilentIsNamed() {
    see("a", "open", 5, 1, 0);

    CheckResult result = judge(2, Map.of());

    assertThat(result.verdict()).isEqualTo(Verdict.FAILED);
    assertThat(result.summary()).startsWith("no answer from b within 10 s");
    assertThat(result.causes()).anyMatch(cause -> cause.contains("ended or hangs"));
  }

  @Test
  void healthNamesTheCause() {
    see("a", "open", 5, 1, 0);
    see("b", "closed", 0, 1, 0);

    CheckResult result = judge(2, Map.of("b", new Evaluation.Health(false, "degraded")));

    assertThat(result.causes())
        .containsExactly("worker b does not reach Redis (redis_connected is false in its /health)");
  }

  @Test
  void withoutAnAgeThereIsAVerdictButNoTime() {
    see("a", "open", 5, -1, 0);
    see("b", "open", 0, -1, 0);

    CheckResult result = judge(2, Map.of());

    assertThat(result.verdict()).isEqualTo(Verdict.PASSED);
    assertThat(result.propagation()).isEmpty();
  }

  private CheckResult judge(int expected, Map<String, Evaluation.Health> health) {
    Evaluation.Trip trip = new Evaluation.Trip("openai", "a", Optional.empty());
    return Evaluation.judge(trip, expected, BOTH, seen.workers(), health, LIMIT);
  }

  private void see(String id, String state, int failures, double ageMillis, long atMillis) {
    OptionalDouble age = ageMillis < 0 ? OptionalDouble.empty() : OptionalDouble.of(ageMillis);
    long at = Duration.ofMillis(1000 + atMillis).toNanos();
    seen.add(
        new StatusSample(id, id, "ok", Map.of("openai", new Breaker(state, failures, age)), at, at),
        "openai");
  }
}
