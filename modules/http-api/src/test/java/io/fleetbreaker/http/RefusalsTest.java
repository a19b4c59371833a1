package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RefusalsTest extends HttpTest {

  @ParameterizedTest
  @ValueSource(strings = {"/nowhere", "/status/", "/status/x", "/reset", "/reset/", "//status"})
  void anUnknownPathIsAProblemThatSaysWhereThePathsAreListed(String path) throws Exception {
    HttpResponse<String> response = get(path);

    JsonNode problem = problem(response, ProblemType.NOT_FOUND);
    assertThat(problem.get("detail").textValue())
        .isEqualTo("there is no path " + path + "; /openapi.json describes those there are");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/reset/opnai", "/providers/opnai/reset", "/trigger-failure/opnai"})
  void anUnknownProviderIsAProblemThatNamesTheKnownOnes(String path) throws Exception {
    JsonNode problem = problem(post(path), ProblemType.UNKNOWN_PROVIDER);

    assertThat(problem.get("detail").textValue())
        .isEqualTo("there is no provider 'opnai'; there are openai, anthropic");
    assertThat(problem.get("providers")).isEqualTo(expected("['openai', 'anthropic']"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a%2fb", "%2F", "-openai", "openai%20", "open%0d%0aai", "%0d%0aSet-Cookie:%20a=b", "%00",
        "%C3%A9t%C3%A9", "%F0%9F%94%B4", "%ff", "a:b", "%3Cscript%3E", "*", "openai;x=1"
      })
  void aBadProviderNameIsAProblemThatNamesTheRule(String name) throws Exception {
    for (String path :
        List.of("/reset/" + name, "/providers/" + name + "/reset", "/trigger-failure/" + name)) {
      HttpResponse<String> response = post(path);

      JsonNode problem = problem(response, ProblemType.INVALID_NAME);
      assertThat(problem.get("detail").textValue())
          .startsWith("a provider's name is 1 to 128 letters, digits, '.', '_' or '-'")
          .matches("[^\\p{Cntrl}]*");
      assertThat(response.headers().firstValue("Set-Cookie")).isEmpty();
    }
  }

  @Test
  void aNameOfTenKilobytesIsRefusedAndShownShortened() throws Exception {
    JsonNode problem = problem(post("/reset/" + "a".repeat(10_240)), ProblemType.INVALID_NAME);

    assertThat(problem.get("detail").textValue()).endsWith("a...'").hasSizeLessThan(250);
  }

  @Test
  void dotsInAPathLeadNowhere() throws Exception {
    for (String path : List.of("/reset/../x", "/reset/%2e%2e/x", "/reset/../../etc/passwd")) {
      assertThat(post(path).statusCode()).as(path).isEqualTo(404);
    }
    // They are the root, where there is a page and nothing to post to.
    for (String path : List.of("/reset/..", "/reset/%2e%2e")) {
      assertThat(post(path).statusCode()).as(path).isEqualTo(405);
    }
  }

  @Test
  void aWrongMethodIsAProblemThatSaysWhichIsRight() throws Exception {
    HttpResponse<String> deleted = send("DELETE", "/status", BodyPublishers.noBody());
    HttpResponse<String> got = get("/reset/openai");

    JsonNode problem = problem(deleted, ProblemType.METHOD_NOT_ALLOWED);
    assertThat(problem.get("detail").textValue())
        .isEqualTo("/status does not take DELETE but GET or HEAD");
    assertThat(deleted.headers().firstValue("Allow")).contains("GET, HEAD");
    problem(got, ProblemType.METHOD_NOT_ALLOWED);
    assertThat(got.headers().firstValue("Allow")).contains("POST");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/status", "/providers", "/health", "/health/live", "/health/ready", "/metrics"})
  void headIsAnsweredWhereverGetIs(String path) throws Exception {
    HttpResponse<String> head = send("HEAD", path, BodyPublishers.noBody());

    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
    assertThat(head.headers().firstValueAsLong("Content-Length").orElse(0)).isPositive();
  }

  @Test
  void aFaultOfTheWorkerIsA500WithAnIdAndNothingElse() throws Exception {
    worker.failWith(() -> new IllegalStateException("secret detail"));

    HttpResponse<String> response = get("/status");

    JsonNode problem = problem(response, ProblemType.INTERNAL_ERROR);
    assertThat(problem.get("detail").textValue()).contains(problem.get("error_id").textValue());
    assertThat(response.body()).doesNotContain("secret detail", "IllegalState", "at io.");
  }

  static JsonNode problem(HttpResponse<String> response, ProblemType type) throws Exception {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(type.status());
    assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
    JsonNode problem = json(response);
    assertThat(problem.get("type").textValue()).isEqualTo("/problems/" + type.slug());
    assertThat(problem.get("title").textValue()).isEqualTo(type.title());
    assertThat(problem.get("status").intValue()).isEqualTo(type.status());
    assertThat(problem.get("worker_id").textValue()).isEqualTo(PID);
    return problem;
  }
}
