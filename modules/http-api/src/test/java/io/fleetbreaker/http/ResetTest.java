package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetbreaker.State;
import io.fleetbreaker.fleet.ResetOutcome;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.junit.jupiter.api.Test;

class ResetTest extends HttpTest {

  @Test
  void bothPathsResetAndSayThatTheFleetWasReset() throws Exception {
    for (String path : new String[] {"/reset/openai", "/providers/openai/reset"}) {
      worker.breaker("openai").become(State.OPEN);

      HttpResponse<String> response = post(path);

      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(json(response))
          .as(path)
          .isEqualTo(
              MAPPER
                  .createObjectNode()
                  .put("worker_id", PID)
                  .put("instance", INSTANCE)
                  .put("provider", "openai")
                  .put("message", "the breaker of 'openai' was reset in the whole fleet")
                  .put("new_state", "closed"));
    }
  }

  @Test
  void aResetWithoutRedisSaysThatOnlyThisWorkerWasReset() throws Exception {
    worker.answerResetsWith(CompletableFuture.completedFuture(ResetOutcome.LOCAL_ONLY));

    JsonNode answer = json(post("/reset/openai"));

    assertThat(answer.get("message").textValue())
        .isEqualTo(
            "the breaker of 'openai' was reset on this worker only, because Redis could not be"
                + " asked; the reset is proposed to the fleet when Redis is back");
    assertThat(answer.get("new_state").textValue()).isEqualTo("closed");
  }

  @Test
  void aFleetThatDoesNotAnswerIsNotWaitedForForEver() throws Exception {
    ProviderReset reset = new ProviderReset(worker, Duration.ofMillis(50));
    CompletableFuture<ResetOutcome> silent = new CompletableFuture<>();
    worker.answerResetsWith(silent);

    assertThat(resultOf(reset.reset(worker.breaker("openai").view(), Caller.ANYBODY)).status())
        .isEqualTo(StatusCodes.GATEWAY_TIMEOUT);
    assertThat(silent).as("the fleet's own future").isNotDone();
  }

  @Test
  void aResetThatFailsIsAFaultOfTheWorker() throws Exception {
    worker.answerResetsWith(
        CompletableFuture.failedFuture(new IllegalStateException("secret detail")));

    HttpResponse<String> response = post("/reset/openai");

    assertThat(response.statusCode()).isEqualTo(500);
    assertThat(response.body()).doesNotContain("secret detail");
  }
}
