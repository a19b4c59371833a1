package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetbreaker.State;
import io.fleetbreaker.fleet.OperatorAction;
import io.fleetbreaker.redis.StoreException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiRoutesTest extends HttpTest {

  @Test
  void everyReadingPathAnswers() throws Exception {
    for (String path :
        new String[] {
          "/providers",
          "/providers/openai",
          "/operations/openai/op-1",
          "/workers",
          "/fleet",
          "/history",
          "/me"
        }) {
      HttpResponse<String> response = get("/api/v1" + path);

      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
      assertThat(json(response).get("instance").textValue()).as(path).isEqualTo(INSTANCE);
      assertThat(json(response).get("worker_id").textValue()).as(path).isEqualTo(PID);
    }
  }

  @Test
  void everyActionIsDoneAndStandsInTheHistory() throws Exception {
    for (OperatorAction action : OperatorAction.values()) {
      worker.breaker("openai").obey(command("openai", OperatorAction.ENABLE), revision(1), true);

      HttpResponse<String> response =
          act("openai", action.pathName(), "{'reason': 'ops: " + action + "'}");

      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
      JsonNode answer = json(response);
      assertThat(answer.get("outcome").textValue()).isEqualTo("committed");
      JsonNode entry = json(get("/api/v1/history?limit=1")).at("/entries/0");
      assertThat(entry.get("reason").textValue()).isEqualTo("ops: " + action);
      assertThat(entry.get("revision")).isEqualTo(answer.get("revision"));
      JsonNode told = json(get("/api/v1/operations/openai/" + answer.get("operation").textValue()));
      assertThat(told.get("fate").textValue()).isEqualTo("committed");
      assertThat(told.get("entry")).isEqualTo(entry);
    }
  }

  @Test
  void withoutRedisTheFleetIsToldAsFarAsThisWorkerKnowsIt() throws Exception {
    worker.loseRedis(new StoreException("connection refused"));

    JsonNode fleet = json(get("/api/v1/fleet"));
    HttpResponse<String> workers = get("/api/v1/workers");

    assertThat(fleet.get("workers").isNull()).isTrue();
    assertThat(fleet.at("/providers/0/name").textValue()).isEqualTo("openai");
    assertThat(fleet.at("/providers/0/workers").isNull()).isTrue();
    RefusalsTest.problem(workers, ProblemType.STORE_UNAVAILABLE);
    assertThat(workers.headers().firstValue("Retry-After")).contains("2");
  }

  @Test
  void providersArePagedByPriorityAndName() throws Exception {
    TestBreaker[] many = new TestBreaker[250];
    for (int n = 0; n < many.length; n++) {
      many[n] = new TestBreaker(String.format(Locale.ROOT, "p%03d", n), n % 7 - 3, 3);
    }
    stopServer();
    server = start(TestWorker.of(many), new HttpSettings(LOOPBACK, Optional.empty(), 0, false));
    List<String> expected = names(json(get("/api/v1/providers?limit=500")));

    List<String> paged = new ArrayList<>();
    String next = "";
    do {
      JsonNode page = json(get("/api/v1/providers?limit=33" + next));
      paged.addAll(names(page));
      next = page.get("next").isNull() ? "" : "&cursor=" + page.get("next").textValue();
    } while (!next.isEmpty());

    assertThat(paged).hasSize(250).isEqualTo(expected);
  }

  @Test
  void workersArePaged() throws Exception {
    worker.haveFleet(250, 4);

    List<String> paged = new ArrayList<>();
    String next = "";
    do {
      JsonNode page = json(get("/api/v1/workers?limit=60" + next));
      page.get("workers").forEach(one -> paged.add(one.get("instance").textValue()));
      assertThat(page.get("alive").intValue()).isEqualTo(251);
      assertThat(page.get("lost").intValue()).isEqualTo(4);
      next = page.get("next").isNull() ? "" : "&cursor=" + page.get("next").textValue();
    } while (!next.isEmpty());

    assertThat(paged).hasSize(255).doesNotHaveDuplicates().isSorted();
    assertThat(json(get("/api/v1/workers?limit=500")).at("/workers/0").has("providers")).isFalse();
    assertThat(json(get("/api/v1/workers?limit=5")).at("/workers/0").has("providers")).isTrue();
  }

  @Test
  void onlyTheProvidersInAStateAreListedIfAsked() throws Exception {
    worker.breaker("anthropic").become(State.HALF_OPEN);

    assertThat(names(json(get("/api/v1/providers?state=half_open")))).containsExactly("anthropic");
  }

  @Test
  void aProviderUnderAnOverrideShowsBothStates() throws Exception {
    act("openai", "force-open", "{'reason': 'maintenance', 'expires_in_ms': 60000}");

    JsonNode provider = json(get("/api/v1/providers/openai"));

    assertThat(provider.get("state").textValue()).isEqualTo("open");
    assertThat(provider.get("automatic_state").textValue()).isEqualTo("closed");
    assertThat(provider.at("/override/mode").textValue()).isEqualTo("forced_open");
    assertThat(provider.at("/override/remaining_ms").longValue()).isEqualTo(60_000);
    assertThat(provider.at("/override/scope").textValue()).isEqualTo("fleet");
    assertThat(provider.get("remaining_ms").isNull()).as("not open by itself").isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/providers?limit=0",
        "/providers?limit=501",
        "/providers?state=ajar",
        "/providers?cursor=AAAA",
        "/providers?stat=open",
        "/providers?limit=1&limit=2",
        "/providers?cursor=cDo",
        "/workers?providers=maybe",
        "/history?after=x",
        "/history?after=1-0&before=2-0",
        "/history?limit=1001",
        "/fleet?x=1",
        "/me?token=secret",
        "/operations/openai/%20",
        "/providers?%zz"
      })
  void aQuestionThatMakesNoSenseIsRefused(String path) throws Exception {
    String answer =
        RawHttp.exchange(
            port(),
            RawHttp.head(
                "GET /api/v1" + path + " HTTP/1.1", "Host: localhost", "Connection: close"));

    assertThat(answer).startsWith("HTTP/1.1 400 ").contains("/problems/bad-request");
  }

  @Test
  void manyWhoAskForTheFleetShareAReading() throws Exception {
    long begun = System.nanoTime();
    for (int request = 0; request < 200; request++) {
      assertThat(get("/api/v1/fleet").statusCode()).isEqualTo(200);
    }

    long moments = (System.nanoTime() - begun) / FleetReadings.FRESH_NANOS + 1;
    assertThat((long) worker.readings()).isBetween(1L, moments);
  }

  @Test
  void theFleetCountsWhatTheLiveWorkersTell() throws Exception {
    worker.breaker("openai").become(State.OPEN);
    worker.haveFleet(3, 2);

    JsonNode fleet = json(get("/api/v1/fleet"));

    assertThat(fleet.get("workers").get("alive").intValue()).isEqualTo(4);
    assertThat(fleet.get("workers").get("lost").intValue()).isEqualTo(2);
    assertThat(fleet.at("/providers/0/workers"))
        .isEqualTo(expected("{'closed': 0, 'open': 4, 'half_open': 0}"));
    assertThat(fleet.at("/providers/0/fleet_counts/successful").longValue()).isEqualTo(28);
    assertThat(fleet.get("not_closed").intValue()).isEqualTo(1);
  }

  @Test
  void aFaultIsNotTakenForAWorkerThatHasLeft() throws Exception {
    worker.loseRedis(new IllegalStateException("secret detail"));
    for (String path : List.of("/api/v1/history", "/api/v1/workers", "/api/v1/fleet")) {
      HttpResponse<String> fault = get(path);
      assertThat(fault.statusCode()).as(path).isEqualTo(500);
      assertThat(json(fault).get("type").textValue()).isEqualTo("/problems/internal-error");
      assertThat(fault.body()).doesNotContain("secret");
    }

    worker.leave();

    HttpResponse<String> left = get("/api/v1/history");
    assertThat(left.statusCode()).isEqualTo(503);
    assertThat(json(left).get("type").textValue()).isEqualTo("/problems/overloaded");
  }

  @Test
  void headIsAnsweredWhereverGetIs() throws Exception {
    for (String path : new String[] {"/api/v1/fleet", "/api/v1/workers", "/openapi.json"}) {
      HttpResponse<String> head = send("HEAD", path, BodyPublishers.noBody());

      assertThat(head.statusCode()).as(path).isEqualTo(200);
      assertThat(head.body()).isEmpty();
    }
  }

  private static List<String> names(JsonNode page) {
    List<String> names = new ArrayList<>();
    page.get("providers").forEach(provider -> names.add(provider.get("name").textValue()));
    return names;
  }

  private HttpResponse<String> act(String provider, String action, String body) throws Exception {
    return send(
        "POST",
        "/api/v1/providers/" + provider + "/" + action,
        BodyPublishers.ofString(body.replace('\'', '"')),
        "Content-Type",
        "application/json");
  }
}
