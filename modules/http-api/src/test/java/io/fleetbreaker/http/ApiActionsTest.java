package io.fleetbreaker.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetbreaker.fleet.OperatorAction;
import io.fleetbreaker.fleet.OperatorCommand;
import io.fleetbreaker.fleet.OperatorOutcome;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ApiActionsTest extends HttpTest {

  @Test
  void whatTheBodySaysReachesTheFleet() throws Exception {
    act(
        "force-open",
        "{'reason': 'maintenance', 'expires_in': '1.5h', 'operator': 'anna',"
            + " 'here_if_not_committed': true}");

    assertThat(worker.commands())
        .containsExactly(
            new OperatorCommand(
                "openai",
                OperatorAction.FORCE_OPEN,
                "anna",
                "maintenance",
                Optional.of(Duration.ofMinutes(90)),
                Optional.empty(),
                true));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "trip         | {}                                                | reason",
        "trip         | {'reason': 7}                                     | reason",
        "trip         | {'reason': null}                                  | reason",
        "trip         | {'reason': '  '}                                  | reason",
        "trip         | {'reason': 'x', 'reson': 'y'}                     | reson",
        "trip         | {'reason': 'x', 'expires_in_ms': 999}             | expires_in_ms",
        "trip         | {'reason': 'x', 'expires_in_ms': 86400001}        | expires_in_ms",
        "trip         | {'reason': 'x', 'expires_in_ms': '5000'}          | expires_in_ms",
        "trip         | {'reason': 'x', 'expires_in_ms': 5000.5}          | expires_in_ms",
        "force-open   | {'reason': 'x', 'expires_in_ms': 31536000001}     | expires_in_ms",
        "force-open   | {'reason': 'x', 'expires_in': '366d'}             | expires_in",
        "force-open   | {'reason': 'x', 'expires_in': '30'}               | expires_in",
        "disable      | {'reason':'x','expires_in':'5m','expires_in_ms':5000} | expires_in",
        "metrics-only | {'reason': 'x', 'here_if_not_committed': 1}       | here_if_not_committed",
        "enable       | {'reason': 'x', 'expires_in': '30m'}              | expires_in",
        "reset        | {'reason': 'x', 'expires_in_ms': 5000}            | expires_in_ms",
        "reset        | {'reason': 'x', 'operator': ''}                   | operator"
      })
  void aFieldThatBreaksARuleIsNamed(String action, String body, String field) throws Exception {
    JsonNode problem = RefusalsTest.problem(act(action.strip(), body), ProblemType.INVALID_BODY);

    assertThat(problem.get("field").textValue()).isEqualTo(field.strip());
    assertThat(worker.commands()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "7",
        "{",
        "{'reason':'x'}{}",
        "{'reason':'x','reason':'y'}",
        "{'reason':{'a':{'b':{'c':{'d':1}}}}}",
        "{'reason':'x',}",
        "{reason:'x'}"
      })
  void whatIsNoPlainObjectIsRefusedWithoutQuotingIt(String body) throws Exception {
    JsonNode problem = RefusalsTest.problem(act("trip", body), ProblemType.INVALID_BODY);

    assertThat(problem.get("detail").textValue()).doesNotContain("com.fasterxml", "Exception");
    assertThat(worker.commands()).isEmpty();
  }

  @Test
  void aReasonMayHaveThreeHundredCharactersOfAnyScript() throws Exception {
    String longest = "\uD83D\uDD34".repeat(300);

    assertThat(act("trip", "{'reason':'" + longest + "'}").statusCode()).isEqualTo(200);
    RefusalsTest.problem(act("trip", "{'reason':'" + longest + "a'}"), ProblemType.INVALID_BODY);
    RefusalsTest.problem(act("trip", "{'reason':'a\\r\\nb'}"), ProblemType.INVALID_BODY);
  }

  @Test
  void theBodyMustSayThatItIsJson() throws Exception {
    HttpResponse<String> response =
        send(
            "POST",
            "/api/v1/providers/openai/trip",
            BodyPublishers.ofString("{\"reason\":\"x\"}"),
            "Content-Type",
            "text/plain");

    RefusalsTest.problem(response, ProblemType.UNSUPPORTED_MEDIA_TYPE);
    assertThat(worker.commands()).isEmpty();
  }

  @Test
  void whoWantsAnotherMediaTypeIsRefusedBeforeAnythingIsDone() throws Exception {
    HttpResponse<String> response =
        act("trip", "{'reason':'x'}", "Accept", "text/html, application/json;q=0");

    RefusalsTest.problem(response, ProblemType.NOT_ACCEPTABLE);
    assertThat(worker.commands()).isEmpty();
  }

  @Test
  void anActionNobodyKnowsIsNotFound() throws Exception {
    JsonNode problem = RefusalsTest.problem(act("explode", "{}"), ProblemType.NOT_FOUND);

    assertThat(problem.get("detail").textValue()).contains("force-open, disable, metrics-only");
  }

  @Test
  void theETagOfAnAnswerIsGoodForIfMatchUntilSomethingChanges() throws Exception {
    String first = act("force-open", "{'reason':'x'}").headers().firstValue("ETag").orElseThrow();
    assertThat(get("/api/v1/providers/openai").headers().firstValue("ETag")).contains(first);

    HttpResponse<String> second = act("enable", "{'reason':'x'}", "If-Match", first);
    HttpResponse<String> third = act("disable", "{'reason':'x'}", "If-Match", first);
    HttpResponse<String> listed =
        act(
            "disable",
            "{'reason':'x'}",
            "If-Match",
            first + ", " + second.headers().firstValue("ETag").orElseThrow());

    assertThat(second.statusCode()).isEqualTo(200);
    JsonNode problem = RefusalsTest.problem(third, ProblemType.REVISION_CHANGED);
    assertThat(problem.get("revision")).isEqualTo(json(second).get("revision"));
    assertThat(third.headers().firstValue("ETag")).isEqualTo(second.headers().firstValue("ETag"));
    assertThat(listed.statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({"W/\"1.2.a\",412", "\"nonsense\",412", "nonsense,400", "'\"1.2.a',400", "*,200"})
  void aTagThatCannotMatchNeverDoes(String tag, int status) throws Exception {
    assertThat(act("trip", "{'reason':'x'}", "If-Match", tag).statusCode()).isEqualTo(status);
  }

  @Test
  void severalIfMatchHeadersAreOneList() {
    HttpRequest request =
        HttpRequest.POST("/").addHeader(tag("\"1.2.a\"")).addHeader(tag("\"1.3.b.c\""));

    assertThat(RevisionTag.condition(request).orElseThrow().revisions())
        .extracting(Object::toString)
        .containsExactlyInAnyOrder("1.2/a", "1.3/b.c");
  }

  private static HttpHeader tag(String value) {
    return RawHeader.create("If-Match", value);
  }

  @Test
  void whatTheFleetHasNotTakenIsToldWithTheOperation() throws Exception {
    worker.answerCommandsWith(
        command ->
            CompletableFuture.completedFuture(
                new OperatorOutcome.NotCommitted("op-7", "Redis is away", false)));
    HttpResponse<String> not = act("force-open", "{'reason':'x'}");
    worker.answerCommandsWith(
        command ->
            CompletableFuture.completedFuture(
                new OperatorOutcome.Unknown("op-8", "no answer", command.hereIfNotCommitted())));
    HttpResponse<String> unknown = act("force-open", "{'reason':'x'}");
    HttpResponse<String> here = act("force-open", "{'reason':'x','here_if_not_committed':true}");

    JsonNode problem = RefusalsTest.problem(not, ProblemType.NOT_COMMITTED);
    assertThat(problem.get("operation").textValue()).isEqualTo("op-7");
    assertThat(problem.get("applied_here").booleanValue()).isFalse();
    assertThat(not.headers().firstValue("Retry-After")).contains("2");
    assertThat(RefusalsTest.problem(unknown, ProblemType.UNKNOWN_OUTCOME).get("operation"))
        .isEqualTo(MAPPER.getNodeFactory().textNode("op-8"));
    assertThat(here.statusCode()).isEqualTo(202);
    assertThat(json(here).get("outcome").textValue()).isEqualTo("unknown");
    assertThat(json(here).get("applied_here").booleanValue()).isTrue();
  }

  @Test
  void whatContradictsAnOverrideIsAConflict() throws Exception {
    act("force-open", "{'reason':'x'}");

    RefusalsTest.problem(act("trip", "{'reason':'x'}"), ProblemType.CONFLICT);
  }

  @Test
  void aFleetThatDoesNotAnswerIsUnknownAfterABoundedWait() throws Exception {
    worker.answerCommandsWith(command -> new CompletableFuture<>());
    ApiActions actions = new ApiActions(worker, Duration.ofMillis(50));

    assertThat(
            resultOf(
                    actions.act(
                        OperatorAction.TRIP,
                        Caller.ANYBODY,
                        worker.breaker("openai").view(),
                        new ActionRequest("x", Optional.empty(), "ops", false),
                        Optional.empty()))
                .status()
                .intValue())
        .isEqualTo(504);
  }

  @Test
  void takingProtectionAwayForGoodTakesAnAdmin() throws Exception {
    ApiActions actions = new ApiActions(worker, Duration.ofSeconds(1));
    Caller operator = new Caller("anna", Role.OPERATOR, true);
    for (OperatorAction action : OperatorAction.values()) {
      boolean forGood = action == OperatorAction.DISABLE || action == OperatorAction.METRICS_ONLY;

      assertThat(status(actions, operator, action, Optional.empty()))
          .as(action.pathName())
          .isEqualTo(forGood ? 403 : 200);
      resultOf(worker.commit(command("openai", OperatorAction.ENABLE)));
    }
    assertThat(
            status(actions, operator, OperatorAction.DISABLE, Optional.of(Duration.ofMinutes(1))))
        .isEqualTo(200);
  }

  @Test
  void whoHasATokenCannotSpeakForAnother() {
    Caller operator = new Caller("anna", Role.OPERATOR, true);
    byte[] body = "{\"reason\":\"x\",\"operator\":\"bert\"}".getBytes(UTF_8);

    org.assertj.core.api.Assertions.assertThatThrownBy(
            () -> ActionRequest.parse(OperatorAction.TRIP, operator, body))
        .isInstanceOfSatisfying(
            ProblemException.class,
            refused -> assertThat(refused.problem().members()).containsEntry("field", "operator"));
  }

  private int status(
      ApiActions actions, Caller caller, OperatorAction action, Optional<Duration> lasting)
      throws Exception {
    return resultOf(
            actions.act(
                action,
                caller,
                worker.breaker("openai").view(),
                new ActionRequest("x", lasting, caller.name(), false),
                Optional.empty()))
        .status()
        .intValue();
  }

  private HttpResponse<String> act(String action, String body, String... headers) throws Exception {
    String[] all = new String[headers.length + 2];
    all[0] = "Content-Type";
    all[1] = "application/json";
    System.arraycopy(headers, 0, all, 2, headers.length);
    return send(
        "POST",
        "/api/v1/providers/openai/" + action,
        BodyPublishers.ofString(body.replace('\'', '"')),
        all);
  }
}
