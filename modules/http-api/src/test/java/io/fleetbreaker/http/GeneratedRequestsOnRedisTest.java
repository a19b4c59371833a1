package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.fleetbreaker.embedded.EmbeddedRedis;
import io.fleetbreaker.fleet.Fleet;
import io.fleetbreaker.fleet.FleetSettings;
import io.fleetbreaker.http.RequestGenerator.Generated;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Requests made of the document, against two real workers of a fleet and a real Redis. */
class GeneratedRequestsOnRedisTest {
  private static final long SEED = Long.getLong("requests.seed", 20_261_123L);
  private static final int REQUESTS = Integer.getInteger("requests.count", 10_000);
  private static final int TRIGGERS = 8;
  private static EmbeddedRedis redis;
  private static ActorSystem<Void> system;
  private static Fleet fleet;
  private static Fleet other;
  private static HttpServer server;

  private final ObjectMapper mapper = new ObjectMapper();
  private final Map<String, Map<Integer, Integer>> answers = new TreeMap<>();

  @BeforeAll
  static void startFleet() throws Exception {
    redis = EmbeddedRedis.start();
    Config config =
        ConfigFactory.parseString(
                """
                fleetbreaker {
                  redis.uri = "%s", start-without-redis = false, start-wait = 60 s
                  providers { openai { priority = 1 }, anthropic { priority = 2 } }
                  http.demo-endpoints = true
                  # Else nearly all changes would be too many.
                  http.limits.changes { per-minute = 1000000, burst = 1000000 }
                }
                """
                    .formatted(redis.uri()))
            .withFallback(ConfigFactory.load());
    FleetSettings settings = FleetSettings.from(config);
    system = ActorSystem.create(Behaviors.empty(), "generated-requests");
    fleet = Fleet.start(settings, system);
    other = Fleet.start(settings);
    server =
        HttpServer.start(system, fleet, HttpSettings.from(config, Optional.empty(), 0))
            .toCompletableFuture()
            .get(30, TimeUnit.SECONDS);
  }

  @AfterAll
  static void stopFleet() throws Exception {
    server.stop(Duration.ofSeconds(1)).toCompletableFuture().get(30, TimeUnit.SECONDS);
    fleet.close();
    other.close();
    system.terminate();
    redis.close();
  }

  @Test
  void noRequestMakesAWorkerFail() throws Exception {
    OpenApiDocument document = OpenApiDocument.read();
    RequestGenerator generator = new RequestGenerator(document, SEED);
    List<OpenApiDocument.Operation> operations = document.operations();
    int triggers = 0;

    try (WireClient client = new WireClient(server.boundPorts().own())) {
      for (int request = 0; request < REQUESTS; request++) {
        OpenApiDocument.Operation operation = operations.get(request % operations.size());
        // It lets calls fail and waits for that: a few of these are enough.
        if (operation.id().equals("triggerFailure") && ++triggers % TRIGGERS != 0) {
          operation = operations.get(0);
        }
        Generated generated = generator.next(operation);
        check(document, generated, exchange(client, generated));
      }
    }

    System.out.println(REQUESTS + " requests to a real fleet, seed " + SEED + ": " + answers);
    for (OpenApiDocument.Operation operation : operations) {
      assertThat(answers.getOrDefault(operation.id(), Map.of()).keySet())
          .as(operation.id())
          .contains(200);
      if (document.bodySchema(operation).isPresent()) {
        assertThat(answers.get(operation.id()).keySet()).as(operation.id()).contains(400, 404);
      }
    }
    assertThat(answers.values())
        .as("a revision that is not the stored one")
        .anyMatch(seen -> seen.containsKey(412));
  }

  private static WireClient.Answer exchange(WireClient client, Generated generated)
      throws IOException {
    boolean stream = generated.operation().id().equals("streamEvents");
    return client.exchange(
        generated.bytes().toArray(),
        generated.method().equals("HEAD"),
        stream ? "event: hello" : null);
  }

  private void check(OpenApiDocument document, Generated generated, WireClient.Answer answer)
      throws IOException {
    OpenApiDocument.Operation operation = generated.operation();
    String shown = answer.status() + " " + answer.body() + " to " + generated.shown();
    answers
        .computeIfAbsent(operation.id(), id -> new TreeMap<>())
        .merge(answer.status(), 1, Integer::sum);

    assertThat(answer.body()).as(shown).doesNotContain("\tat ", "Exception", "io.fleetbreaker");
    if (answer.status() >= 500 && answer.status() != 501) {
      // On a busy machine Redis may not answer in time; the document says what is told then.
      assertThat(answer.status()).as(shown).isIn(503, 504);
      assertThat(operation.promises(answer.status())).as(shown).isTrue();
    }
    if (!generated.method().equals("HEAD") && answer.mediaType().endsWith("json")) {
      assertThat(
              document.faults(
                  document
                      .answerSchema(operation, answer.status(), answer.mediaType())
                      .orElseThrow(() -> new AssertionError("not promised: " + shown)),
                  mapper.readTree(answer.body())))
          .as(shown)
          .isEmpty();
    }
  }
}
