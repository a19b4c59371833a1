package io.fleetbreaker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetbreaker.fleet.OperatorOutcome;
import io.fleetbreaker.http.ServedWorker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OperationCommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private ServedWorker worker;

  @BeforeEach
  void serve() throws Exception {
    worker = new ServedWorker("openai", "anthropic");
  }

  @AfterEach
  void stop() {
    worker.close();
  }

  private Ran run(String... args) {
    List<String> all = new ArrayList<>(List.of(args));
    all.addAll(List.of("--url", worker.url().toString()));
    return Ran.of(Map.of(), all.toArray(String[]::new));
  }

  @Test
  void whatWasCommittedIsToldWithItsEntry() throws Exception {
    Ran acted = run("trip", "openai", "--reason", "ticket 4711", "--operator", "alice", "--json");
    String id = JSON.readTree(acted.out()).path("operation").asText();

    Ran ran = run("operation", "openai", id);

    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.err()).isEmpty();
    assertThat(ran.lines()).hasSize(2);
    assertThat(ran.lines().get(0)).isEqualTo("It is committed: the fleet has taken it.");
    assertThat(ran.lines().get(1)).contains("openai: closed -> open: ticket 4711 (alice)");
  }

  @Test
  void whatTheFleetDoesNotKnowIsNotDone() throws Exception {
    Ran words = run("operation", "openai", "never.1");
    Ran json = run("operation", "openai", "never.1", "--json");

    assertThat(words.code()).isEqualTo(1);
    assertThat(words.out()).isEmpty();
    assertThat(words.err()).startsWith("The fleet does not know it: it was not committed");
    assertThat(json.code()).isEqualTo(1);
    JsonNode document = JSON.readTree(json.out());
    assertThat(document.path("fate").asText()).isEqualTo("not_found");
    assertThat(document.path("operation").asText()).isEqualTo("never.1");
    assertThat(json.err()).isEmpty();
  }

  @Test
  void withoutRedisNobodyKnows() {
    worker.loseRedis();

    Ran ran = run("operation", "openai", "op-1");

    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).startsWith("error: Redis could not be asked");
  }

  @Test
  void anActionOfUnknownOutcomeNamesThisCommand() {
    worker.answerCommandsWith(new OperatorOutcome.Unknown("op-9", "the answer was lost", false));

    Ran ran = run("reset", "openai", "--reason", "why");

    assertThat(ran.err()).contains("What became of it: fleetbreaker operation openai op-9 (GET /");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "operation",
        "operation openai",
        "operation ../x op-1",
        "operation openai op/1",
        "operation openai op-1 more"
      })
  void wrongUsageAsksNobody(String line) {
    Ran ran = Ran.of(Map.of("FLEETBREAKER_URL", "http://127.0.0.1:1"), line.split(" ", -1));

    assertThat(ran.code()).as(ran.err()).isEqualTo(2);
    assertThat(ran.err()).startsWith("error: ");
    assertThat(ran.err().lines()).hasSizeLessThan(4);
  }

  @Test
  void itHasHelpAndCanBeCompleted() {
    Ran help = Ran.of(Map.of(), "operation", "--help");

    assertThat(help.code()).isZero();
    assertThat(help.out()).contains("Usage: fleetbreaker operation").contains("PROVIDER OPERATION");
    assertThat(Ran.of(Map.of(), "--help").out()).contains("  operation ");
    assertThat(Ran.of(Map.of(), "generate-completion").out()).contains(" operation ");
  }
}
