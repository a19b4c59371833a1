package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.typesafe.config.ConfigFactory;
import io.fleetbreaker.embedded.EmbeddedRedis;
import io.fleetbreaker.fleet.Fleet;
import io.fleetbreaker.fleet.FleetSettings;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The Grafana dashboard and the alert rules, against the metrics of a real worker. */
class DashboardAndAlertsTest {
  private static final Path DOCS = Path.of("../../docs");
  private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((.*), *(\\w+)\\)");
  private static Map<String, PrometheusText.Family> exported;
  private static PromQl promQl;

  @BeforeAll
  static void scrapeARealWorker() throws Exception {
    try (EmbeddedRedis redis = EmbeddedRedis.start()) {
      FleetSettings settings =
          FleetSettings.from(
              ConfigFactory.parseString(
                      "fleetbreaker { start-without-redis = false, start-wait = 60 s,"
                          + " redis.uri = \""
                          + redis.uri()
                          + "\", providers.openai { failure-rate { threshold = 90, minimum-calls ="
                          + " 1 }, slow-call-rate { threshold = 90, minimum-calls = 1 } } }")
                  .withFallback(ConfigFactory.load()));
      ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "metrics");
      try (Fleet fleet = Fleet.start(settings, system)) {
        fleet.breaker("openai").run(() -> {});
        HttpServer server =
            HttpServer.start(
                    system, fleet, new HttpSettings("127.0.0.1", Optional.empty(), 0, false))
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
        // What tells of the history is absent until the worker has compared itself with it.
        await()
            .atMost(HttpTest.SOON)
            .until(
                () -> {
                  exported = PrometheusText.parse(scrape(server.boundPorts().own()));
                  return exported.containsKey("fleetbreaker_history_lag_seconds");
                });
        server.stop(Duration.ofSeconds(1)).toCompletableFuture().get(30, TimeUnit.SECONDS);
        promQl = new PromQl(exported);
      } finally {
        system.terminate();
      }
    }
  }

  private static String scrape(int port) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpTest.request(port, "GET", "/metrics", BodyPublishers.noBody()).build(),
            BodyHandlers.ofString())
        .body();
  }

  @Test
  void everyAlertAsksForWhatIsExported() throws Exception {
    JsonNode groups =
        new YAMLMapper().readTree(DOCS.resolve("alerts/fleetbreaker.yml").toFile()).path("groups");
    List<String> names = new ArrayList<>();
    for (JsonNode group : groups) {
      for (JsonNode rule : group.path("rules")) {
        String name = rule.path("alert").textValue();
        names.add(name);
        String expression = rule.path("expr").textValue();
        assertThat(promQl.problems(expression)).as(name).isEmpty();
        assertThat(rule.path("labels").path("severity").textValue())
            .as(name)
            .isIn("critical", "warning", "info");
        assertThat(rule.path("for").asText("0s")).as(name).matches("\\d+[smh]");
        assertThat(rule.path("annotations").path("summary").asText()).as(name).isNotBlank();
        String texts = rule.path("annotations").toString();
        Matcher used = Pattern.compile("\\$labels\\.(\\w+)").matcher(texts);
        while (used.find()) {
          assertThat(PromQl.grouping(expression)).as(name).contains(used.group(1));
        }
      }
    }
    assertThat(names)
        .doesNotHaveDuplicates()
        .contains(
            "FleetbreakerProviderOpen",
            "FleetbreakerOverrideForgotten",
            "FleetbreakerSyncDegraded",
            "FleetbreakerWorkersDisagree",
            "FleetbreakerMessagesDropped",
            "FleetbreakerPropagationSlow");
  }

  @Test
  void everyPanelOfTheDashboardAsksForWhatIsExported() throws Exception {
    JsonNode dashboard =
        new ObjectMapper().readTree(DOCS.resolve("grafana/fleetbreaker.json").toFile());
    int expressions = 0;
    for (JsonNode panel : dashboard.path("panels")) {
      assertThat(panel.path("description").asText()).as(panel.path("title").asText()).isNotBlank();
      for (JsonNode target : panel.path("targets")) {
        expressions++;
        String expression = target.path("expr").textValue();
        assertThat(promQl.problems(expression)).as(panel.path("title").asText()).isEmpty();
        Matcher used =
            Pattern.compile("\\{\\{(\\w+)}}").matcher(target.path("legendFormat").asText());
        Set<String> grouped = PromQl.grouping(expression);
        while (used.find() && !grouped.isEmpty()) {
          assertThat(grouped).as(expression).contains(used.group(1));
        }
      }
    }
    assertThat(expressions).isGreaterThan(20);
    for (JsonNode variable : dashboard.path("templating").path("list")) {
      if (variable.path("type").asText().equals("query")) {
        Matcher query = LABEL_VALUES.matcher(variable.path("definition").asText());
        assertThat(query.matches()).isTrue();
        assertThat(promQl.problems("max by (" + query.group(2) + ") (" + query.group(1) + ")"))
            .isEmpty();
      }
    }
  }

  @Test
  void aNameThatIsNotExportedIsFound() {
    assertThat(
            promQl.problems("sum by (provider) (rate(fleetbreaker_calls_total{kind=\"x\"}[1m]))"))
        .containsExactly("no kind=x of fleetbreaker_calls_total");
    assertThat(promQl.problems("fleetbreaker_call_total > 1"))
        .containsExactly("no metric fleetbreaker_call_total");
    assertThat(promQl.problems("max by (name) (fleetbreaker_sync_up{worker=\"1\"})"))
        .containsExactly("no label worker of fleetbreaker_sync_up", "no label name to group by");
    assertThat(promQl.problems("1 > 0")).hasSize(1);
  }

  @Test
  void aRealWorkerExportsTheRatesOfItsWindows() {
    assertThat(exported).containsKeys("fleetbreaker_failure_rate", "fleetbreaker_slow_call_rate");
  }
}
