package io.fleetbreaker.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetbreaker.cli.api.Plain;
import io.fleetbreaker.fleet.OperatorAction;
import io.fleetbreaker.fleet.OperatorCommand;
import io.fleetbreaker.fleet.OperatorOutcome;
import io.fleetbreaker.http.ServedWorker;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The commands against a real server on a real port. */
class ApiCommandsTest {
  private static final String LONG_NAME = "a-very-long-name-".repeat(7) + "123456789";
  private static final ObjectMapper JSON = new ObjectMapper();

  private ServedWorker worker;

  @BeforeEach
  void serve() throws Exception {
    worker = new ServedWorker("openai", "anthropic", LONG_NAME);
  }

  @AfterEach
  void stop() throws Exception {
    worker.close();
  }

  private Ran run(String... args) {
    List<String> all = new ArrayList<>(List.of(args));
    all.addAll(List.of("--url", worker.url().toString()));
    return Ran.of(Map.of(), all.toArray(String[]::new));
  }

  private JsonNode get(String path) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(worker.url().resolve(path)).build();
    return JSON.readTree(HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body());
  }

  private static void assertFits(Ran ran) {
    assertThat(ran.lines()).isNotEmpty().allMatch(line -> Plain.width(line) <= 80, "80 columns");
    assertThat(ran.out()).doesNotContain("\u001b");
  }

  @Test
  void statusShowsWhatIsNotClosedFirst() {
    worker.haveFleet(2, 1);
    run("force-open", "anthropic", "--reason", "the contract has ended", "--for", "30m");

    Ran status = run("status");

    assertThat(status.code()).isZero();
    assertThat(status.lines().get(0))
        .isEqualTo("3 workers alive, 1 lost; 1 of 3 providers not closed");
    assertThat(status.lines().get(1)).startsWith("sync ok; told by worker ");
    List<String> table = status.lines().subList(3, status.lines().size());
    assertThat(table.get(0)).startsWith("PROVIDER").contains("STATE", "WORKERS", "WHY");
    assertThat(table.get(1)).startsWith("anthropic");
    assertThat(String.join(" ", table).replaceAll("\\s+", " ")).contains("forced", "ends in");
    assertFits(status);
  }

  @Test
  void aLongNameIsWrappedAndNotCutOff() {
    Ran status = run("status");

    assertFits(status);
    String firstColumn =
        status.lines().stream()
            .skip(4)
            .map(line -> line.isBlank() ? "" : line.split(" ", 2)[0])
            .reduce("", String::concat);
    assertThat(firstColumn).contains(LONG_NAME);
  }

  @Test
  void withoutRedisStatusTellsWhatTheWorkerKnows() {
    worker.loseRedis();

    Ran status = run("status");

    assertThat(status.code()).isZero();
    assertThat(status.out())
        .contains("workers not known")
        .contains("sync DEGRADED: redis refuses connections");
  }

  @Test
  void jsonIsTheApisOwnDocument() throws Exception {
    for (Map.Entry<String, String> command :
        Map.of(
                "status", "/api/v1/fleet",
                "workers", "/api/v1/workers?providers=true",
                "history", "/api/v1/history?limit=20")
            .entrySet()) {
      Ran ran = run(command.getKey(), "--json");

      JsonNode document = JSON.readTree(ran.out());
      assertThat(ran.code()).isZero();
      assertThat(ran.err()).isEmpty();
      assertThat(document.fieldNames())
          .toIterable()
          .containsExactlyElementsOf(() -> fieldNames(get(command)));
    }
  }

  private java.util.Iterator<String> fieldNames(JsonNode node) {
    return node.fieldNames();
  }

  private JsonNode get(Map.Entry<String, String> command) {
    try {
      return get(command.getValue());
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @EnumSource(OperatorAction.class)
  void everyActionReachesTheFleetWithItsReasonAndWhoWantsIt(OperatorAction action) {
    Ran ran = run(action.pathName(), "openai", "--reason", "ticket 4711", "--operator", "alice");

    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.out()).startsWith("openai is ").contains(" in the whole fleet (operation ");
    OperatorCommand command = worker.commands().get(0);
    assertThat(command.action()).isEqualTo(action);
    assertThat(command.reason()).isEqualTo("ticket 4711");
    assertThat(command.operator()).isEqualTo("alice");
    assertThat(command.lasting()).isEmpty();
    assertThat(command.hereIfNotCommitted()).isFalse();
  }

  @Test
  void anOverrideCanBeGivenAnEndAndACondition() {
    run("trip", "openai", "--reason", "first");

    Ran ran =
        run(
            "disable",
            "openai",
            "--reason",
            "load test",
            "--for",
            "12h",
            "--here-if-not-committed",
            "--if-revision",
            "1.1.other");

    OperatorCommand command = worker.commands().get(1);
    assertThat(command.lasting()).isEqualTo(Optional.of(Duration.ofHours(12)));
    assertThat(command.hereIfNotCommitted()).isTrue();
    assertThat(command.ifRevision()).isPresent();
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).contains("HTTP 412");
  }

  @Test
  void whatTheFleetHasNotTakenIsNotCalledDone() {
    worker.answerCommandsWith(new OperatorOutcome.NotCommitted("op-9", "Redis is away", false));

    Ran ran = run("force-open", "openai", "--reason", "why");

    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err()).contains("Redis is away").contains("The fleet has not changed.");
  }

  @Test
  void whatIsInForceHereOnlyIsSaidSo() {
    worker.answerCommandsWith(new OperatorOutcome.NotCommitted("op-9", "Redis is away", true));

    Ran ran = run("force-open", "openai", "--reason", "why", "--here-if-not-committed");

    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err())
        .contains("not in force in the fleet (not committed): Redis is away")
        .contains("It is in force on worker ");
  }

  @Test
  void anUnknownOutcomeNamesTheOperationToAskFor() {
    worker.answerCommandsWith(new OperatorOutcome.Unknown("op-9", "the answer was lost", false));

    Ran ran = run("reset", "openai", "--reason", "why");

    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).contains("is not known").contains("/api/v1/operations/openai/op-9");
  }

  @Test
  void aRefusalIsOneSentenceAndForProgramsItsDocument() throws Exception {
    Ran words = run("reset", "opena", "--reason", "why");
    Ran json = run("reset", "opena", "--reason", "why", "--json");

    assertThat(words.code()).isEqualTo(1);
    assertThat(words.err().lines()).hasSize(1);
    assertThat(words.err()).startsWith("error: there is no provider 'opena'").contains("openai");
    assertThat(json.code()).isEqualTo(1);
    assertThat(JSON.readTree(json.out()).path("type").asText())
        .isEqualTo("/problems/unknown-provider");
  }

  @ParameterizedTest
  @org.junit.jupiter.params.provider.ValueSource(
      strings = {
        "trip openai",
        "trip --reason x",
        "trip ../etc --reason x",
        "reset openai --reason x --for 30m",
        "trip openai --reason x --for soon",
        "trip openai --reason x --if-revision a/b",
        "history --limit 0",
        "history --provider a/b",
        "status --timeout 0s",
        "status --token-file /no/such/file",
        "status --ca-file /no/such/file"
      })
  void wrongUsageChangesNothing(String line) {
    Ran ran = run(line.split(" ", -1));

    assertThat(ran.code()).as(ran.err()).isEqualTo(2);
    assertThat(ran.err()).startsWith("error: ");
    assertThat(ran.err().lines()).hasSizeLessThan(4);
    assertThat(worker.commands()).isEmpty();
  }

  @Test
  void historyIsToldOldestFirstAndCanBeContinued() {
    run("trip", "openai", "--reason", "one", "--operator", "alice");
    run("reset", "openai", "--reason", "two", "--operator", "bob");
    run("trip", "anthropic", "--reason", "three", "--operator", "carol");

    Ran all = run("history");
    Ran last = run("history", "--limit", "1");
    Ran one = run("history", "--provider", "anthropic");

    assertFits(all);
    assertThat(all.out().indexOf("one")).isLessThan(all.out().indexOf("three"));
    assertThat(all.out()).contains("closed -> open", "open -> closed", "alice", "bob");
    assertThat(last.out()).contains("three").doesNotContain("two");
    assertThat(one.out()).contains("three").doesNotContain("openai");
    String id = all.lines().get(all.lines().size() - 1).replaceFirst(".*--after ", "");
    assertThat(run("history", "--after", id).out()).isEqualTo("Nothing has happened.\n");
  }

  @Test
  void textOfOthersCannotDriveTheTerminal() {
    run("force-open", "openai", "--reason", "gone \u202e", "--operator", "mallory");

    for (Ran ran : List.of(run("status"), run("history"))) {
      assertThat(ran.out().chars().filter(c -> c != '\n'))
          .noneMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT);
      assertThat(ran.out()).contains("gone");
    }
  }

  @Test
  void workersOfSeveralPagesAreListedLostOnesFirst() {
    worker.haveFleet(150, 2);

    Ran ran = run("workers");

    assertThat(ran.code()).isZero();
    assertFits(ran);
    assertThat(ran.lines().get(0)).isEqualTo("151 workers alive, 2 lost");
    assertThat(ran.lines().get(3)).contains("lost");
    assertThat(ran.lines().stream().filter(line -> line.startsWith("host-")).count())
        .isEqualTo(153);
  }

  @Test
  void watchShowsWhatIsDoneToTheFleet() throws Exception {
    StringWriter out = new StringWriter();
    Terminal terminal =
        new Terminal(new PrintWriter(out, true), new PrintWriter(new StringWriter(), true));
    Thread watching =
        new Thread(
            () ->
                FleetbreakerCommand.commandLine(terminal, Map.of())
                    .execute("watch", "--url", worker.url().toString()));
    watching.start();
    try {
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(out.toString()).contains("all 3 providers are closed"));

      run("force-open", "openai", "--reason", "ticket 4711", "--operator", "alice");

      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () ->
                  assertThat(out.toString())
                      .contains("openai: closed -> open (forced open): ticket 4711 (alice)"));
    } finally {
      watching.interrupt();
      watching.join(30_000);
    }
    assertThat(watching.isAlive()).as("ends when it is interrupted").isFalse();
  }

  @Test
  void theUrlCanComeFromTheEnvironment() {
    Ran ran = Ran.of(Map.of("FLEETBREAKER_URL", worker.url().toString()), "status");

    assertThat(ran.code()).as(ran.err()).isZero();
  }

  @Test
  void everyCommandHasHelp() {
    Stream<String> commands =
        Stream.concat(
            Stream.of("status", "watch", "history", "workers", "generate-completion"),
            Stream.of(OperatorAction.values()).map(OperatorAction::pathName));
    commands.forEach(
        command -> {
          Ran help = Ran.of(Map.of(), command, "--help");

          assertThat(help.code()).as(command).isZero();
          assertThat(help.out()).contains("Usage: fleetbreaker " + command);
          assertThat(Collections.max(help.lines().stream().map(String::length).toList()))
              .isLessThanOrEqualTo(80);
        });
  }

  @Test
  void checkShowsItsTokenToo(@TempDir Path directory) throws Exception {
    String token = "token-of-an-admin-0123456789-0123456789";
    Path file = Files.writeString(directory.resolve("token"), token + "\n");
    try (ServedWorker guarded = ServedWorker.guarded(token, "openai")) {
      String[] check = {"check", "--url", guarded.url().toString(), "--workers", "1"};

      Ran byVariable = Ran.of(Map.of("FLEETBREAKER_TOKEN", token), check);
      assertThat(byVariable.code()).as(byVariable.out() + byVariable.err()).isZero();

      String[] withFile = Arrays.copyOf(check, check.length + 2);
      withFile[check.length] = "--token-file";
      withFile[check.length + 1] = file.toString();
      assertThat(Ran.of(Map.of(), withFile).code()).isZero();

      Ran without = Ran.of(Map.of(), check);
      assertThat(without.code()).isNotZero();
      assertThat(without.out()).contains("FLEETBREAKER_TOKEN").doesNotContain(token);
    }
  }

  @Test
  void theShellCanCompleteCommandsAndOptions() {
    Ran ran = Ran.of(Map.of(), "generate-completion");

    assertThat(ran.code()).isZero();
    assertThat(ran.out()).contains("force-open", "--reason", "complete -F");
    assertThat(ran.out()).doesNotContain("'--token'");
  }
}
