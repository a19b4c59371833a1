package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetbreaker.State;
import io.fleetbreaker.fleet.OperatorAction;
import io.fleetbreaker.fleet.OperatorOutcome;
import io.fleetbreaker.http.RequestGenerator.Generated;
import io.fleetbreaker.http.RequestGenerator.Kind;
import io.fleetbreaker.redis.StoreException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests made of the document, legal and illegal, against the real server. */
class GeneratedRequestsTest extends HttpTest {
  private static final long SEED = Long.getLong("requests.seed", 20_261_122L);
  private static final int REQUESTS = Integer.getInteger("requests.count", 12_000);

  private final OpenApiDocument document = OpenApiDocument.read();
  private final Random situations = new Random(SEED);
  private int triggers;
  private boolean away;
  private long awayUntilNanos = System.nanoTime() - FleetReadings.FRESH_NANOS;
  private final Map<String, Map<Integer, Integer>> answers = new TreeMap<>();

  /** In the place of one that would soon hear no more of so busy a client. */
  @BeforeEach
  void limitNobody() throws Exception {
    stopServer();
    HttpSecurity patient =
        GuardedTest.security("limits.changes { per-minute = 1000000, burst = 1000000 }");
    server = start(worker, new HttpSettings(LOOPBACK, Optional.empty(), 0, true, patient));
  }

  @Test
  void noRequestGetsAnAnswerThatTheDocumentDoesNotPromise() throws Exception {
    worker.haveFleet(3, 1);
    RequestGenerator generator = new RequestGenerator(document, SEED);
    List<OpenApiDocument.Operation> operations = document.operations();

    try (WireClient client = new WireClient(port())) {
      for (int request = 0; request < REQUESTS; request++) {
        OpenApiDocument.Operation operation = operations.get(request % operations.size());
        // It lets calls fail and waits for that: a few of these are enough.
        if (operation.id().equals("triggerFailure") && ++triggers % 8 != 0) {
          operation = operations.get(situations.nextInt(operations.size() - 1));
        }
        boolean trouble = chooseSituation() || isRemembered(operation);
        Generated generated = generator.next(operation);
        check(generated, exchange(client, generated), trouble);
      }
    }

    print();
    for (OpenApiDocument.Operation operation : operations) {
      Map<Integer, Integer> seen = answers.getOrDefault(operation.id(), Map.of());
      assertThat(seen.keySet()).as(operation.id() + " by legal requests").contains(200);
      if (operation.node().has("parameters")) {
        assertThat(seen.keySet()).as(operation.id() + " by illegal ones").containsAnyOf(400, 404);
      }
      if (document.bodySchema(operation).isPresent()) {
        assertThat(seen.keySet())
            .as(operation.id())
            .contains(200, 202, 400, 404, 405, 406, 412, 413, 415, 503, 504);
      }
    }
    assertThat(get("/health/live").statusCode()).isEqualTo(200);
  }

  private static WireClient.Answer exchange(WireClient client, Generated generated)
      throws IOException {
    boolean stream = generated.operation().id().equals("streamEvents");
    try {
      return client.exchange(
          generated.bytes().toArray(),
          generated.method().equals("HEAD"),
          stream ? "event: hello" : null);
    } catch (IOException e) {
      throw new IOException("no answer to " + generated.shown(), e);
    }
  }

  /** Whether Redis or the fleet is made to be in trouble for the next request. */
  private boolean chooseSituation() {
    worker.findRedis();
    if (away) {
      away = false;
      awayUntilNanos = System.nanoTime();
    }
    worker.answerCommandsWith(worker::commit);
    if (situations.nextInt(4) == 0) {
      worker.breaker("openai").become(State.CLOSED);
      worker.breaker("openai").obey(command("openai", OperatorAction.ENABLE), revision(1), true);
    }
    switch (situations.nextInt(10)) {
      case 0 -> {
        worker.loseRedis(new StoreException("connection refused"));
        away = true;
      }
      case 1 ->
          worker.answerCommandsWith(
              command ->
                  done(
                      new OperatorOutcome.NotCommitted(
                          "op-7", "Redis is away", command.hereIfNotCommitted())));
      case 2 ->
          worker.answerCommandsWith(
              command ->
                  done(
                      new OperatorOutcome.Unknown(
                          "op-8", "Redis has not answered", command.hereIfNotCommitted())));
      default -> {
        return false;
      }
    }
    return true;
  }

  /** A failed reading of the workers is shared for a moment by those who ask next. */
  private boolean isRemembered(OpenApiDocument.Operation operation) {
    return operation.id().equals("listWorkers")
        && System.nanoTime() - awayUntilNanos < FleetReadings.FRESH_NANOS;
  }

  private static CompletionStage<OperatorOutcome> done(OperatorOutcome outcome) {
    return CompletableFuture.completedFuture(outcome);
  }

  private void check(Generated generated, WireClient.Answer answer, boolean trouble)
      throws IOException {
    OpenApiDocument.Operation operation = generated.operation();
    String shown = answer.status() + " " + answer.body() + " to " + generated.shown();
    answers
        .computeIfAbsent(operation.id(), id -> new TreeMap<>())
        .merge(answer.status(), 1, Integer::sum);

    assertThat(answer.body()).as(shown).doesNotContain("\tat ", "Exception", "io.fleetbreaker");
    assertThat(answer.headers()).as(shown).containsKey("x-fleetbreaker-worker");
    assertThat(answer.headers()).as(shown).doesNotContainKeys("set-cookie", "x-a");
    if (answer.status() == 307) {
      // Dots in a path can make it another one: the root, which leads to the dashboard.
      assertThat(generated.kind()).as(shown).isEqualTo(Kind.ILLEGAL);
      assertThat(answer.headers().get("location")).as(shown).isEqualTo("/ui/");
      return;
    }
    if (answer.status() >= 500 && answer.status() != 501) {
      assertThat(trouble && operation.promises(answer.status())).as(shown).isTrue();
    }
    switch (generated.kind()) {
      case LEGAL -> assertThat(isFine(answer.status(), trouble)).as(shown).isTrue();
      case BODY ->
          assertThat(
                  generated.legalBody() ? isFine(answer.status(), trouble) : answer.status() == 400)
              .as(shown)
              .isTrue();
      case OTHER_METHOD -> assertThat(answer.status()).as(shown).isEqualTo(405);
      case ILLEGAL -> {}
    }
    if (generated.kind() != Kind.OTHER_METHOD && answer.status() < 400) {
      assertThat(operation.promises(answer.status())).as(shown).isTrue();
    }
    if (!generated.method().equals("HEAD")) {
      Optional<JsonNode> schema =
          document.answerSchema(operation, answer.status(), answer.mediaType());
      assertThat(schema).as(shown).isPresent();
      if (answer.mediaType().endsWith("json")) {
        assertThat(document.faults(schema.orElseThrow(), MAPPER.readTree(answer.body())))
            .as(shown)
            .isEmpty();
      }
    }
  }

  /** 409: a breaker under an override is neither tripped nor reset. */
  private static boolean isFine(int status, boolean trouble) {
    return status == 200
        || status == 409
        || (trouble && (status == 202 || status == 503 || status == 504));
  }

  private void print() {
    int all = answers.values().stream().flatMap(m -> m.values().stream()).mapToInt(n -> n).sum();
    StringBuilder text = new StringBuilder(all + " requests, seed " + SEED + "\n");
    answers.forEach((operation, seen) -> text.append("  " + operation + " " + seen + "\n"));
    System.out.print(text);
  }
}
