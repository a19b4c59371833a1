package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetbreaker.State;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TriggerFailureTest extends HttpTest {

  @Test
  void theAnswerComesWhenTheBreakerHasOpenedAndAllFailuresAreCounted() throws Exception {
    HttpResponse<String> response = post("/trigger-failure/openai");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(json(response))
        .isEqualTo(
            expected(
                """
                {'worker_id': 'PID', 'instance': 'INSTANCE', 'provider': 'openai',
                 'failures_triggered': 5, 'threshold': 3, 'circuit_breaker':
                   {'state': 'open', 'failure_count': 5, 'state_age_ms': 1.234, 'shared': true}}
                """));
    JsonNode breaker = json(get("/status")).at("/providers/0/circuit_breaker");
    assertThat(breaker.get("last_failure").textValue()).isEqualTo("2026-11-22T02:15:49.364548Z");
  }

  @Test
  void aHigherThresholdIsMetAndTheNumberIsToldHonestly() throws Exception {
    serve(TestWorker.of(new TestBreaker("tough", 1, 12)), true);

    JsonNode answer = json(post("/trigger-failure/tough"));

    assertThat(answer.get("failures_triggered").intValue()).isEqualTo(12);
    assertThat(answer.get("threshold").intValue()).isEqualTo(12);
    assertThat(answer.at("/circuit_breaker/state").textValue()).isEqualTo("open");
  }

  @Test
  void aThresholdOutOfReachIsRefusedWithTheBound() throws Exception {
    serve(TestWorker.of(new TestBreaker("huge", 1, 1_001)), true);

    HttpResponse<String> response = post("/trigger-failure/huge");

    assertThat(response.statusCode()).isEqualTo(409);
    assertThat(json(response).get("detail").textValue())
        .isEqualTo(
            "the breaker of 'huge' opens after 1001 failures, and this makes at most 1000; nothing"
                + " was changed; lower its failure-threshold");
  }

  @Test
  void aBreakerThatIsNotClosedIsLeftAsItIs() throws Exception {
    for (State state : new State[] {State.OPEN, State.HALF_OPEN}) {
      worker.breaker("openai").become(state);

      HttpResponse<String> response = post("/trigger-failure/openai");

      assertThat(response.statusCode()).isEqualTo(409);
      assertThat(json(response).get("detail").textValue())
          .isEqualTo(
              "the breaker of 'openai' is not closed (last seen "
                  + state.wireName()
                  + "); nothing was changed; POST /reset/openai closes it");
      assertThat(worker.breaker("openai").view().state()).isEqualTo(state);
    }
  }

  @Test
  void permitsTakenBeforeARefusalAreGivenBack() throws Exception {
    worker.breaker("openai").grantOnly(4);

    HttpResponse<String> response = post("/trigger-failure/openai");

    assertThat(response.statusCode()).isEqualTo(409);
    assertThat(worker.breaker("openai").ignored()).isEqualTo(4);
    assertThat(worker.breaker("openai").failures()).isZero();
  }

  @Test
  void aBreakerThatStaysClosedIsReportedAsItIsAfterABoundedWait() throws Exception {
    worker.breaker("openai").neverOpens();
    long start = System.nanoTime();

    JsonNode answer = json(post("/trigger-failure/openai"));

    assertThat(answer.at("/circuit_breaker/state").textValue()).isEqualTo("closed");
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .as("less than the 10 s after which the server would answer in its place")
        .isBetween(Duration.ofMillis(1_900), Duration.ofSeconds(9));
  }

  @Test
  void withoutDemoEndpointsThereIsNoSuchPath() throws Exception {
    serve(worker, false);

    for (HttpResponse<String> response :
        List.of(post("/trigger-failure/openai"), get("/trigger-failure/openai"))) {
      assertThat(response.statusCode()).isEqualTo(404);
      assertThat(json(response).get("detail").textValue()).contains("--demo-endpoints");
    }
    assertThat(worker.breaker("openai").failures()).isZero();
  }

  private void serve(TestWorker other, boolean demoEndpoints) throws Exception {
    stopServer();
    server = start(other, new HttpSettings(LOOPBACK, Optional.empty(), 0, demoEndpoints));
  }
}
