package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.State;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class MetricsTest extends HttpTest {
  private static final Path TABLE = Path.of("../../docs/metrics.md");

  /** {@code | `name` | type | `label`, `label` | meaning |} */
  private static final Pattern ROW =
      Pattern.compile("\\| `(\\w+)` \\| (\\w+) \\|([^|]*)\\| [^|]+ \\|");

  private Map<String, PrometheusText.Family> scrape() throws Exception {
    return PrometheusText.parse(get("/metrics").body());
  }

  private Map<String, Double> values(String family, String label) throws Exception {
    Map<String, Double> values = new LinkedHashMap<>();
    scrape().get(family).samples().stream()
        .filter(s -> s.labels().getOrDefault("provider", "openai").equals("openai"))
        .forEach(s -> values.put(s.labels().getOrDefault(label, ""), s.value()));
    return values;
  }

  @Test
  void theTableOfTheDocumentationIsWhatIsExported() throws Exception {
    Map<String, String> documented = new TreeMap<>();
    for (String line : Files.readAllLines(TABLE)) {
      Matcher row = ROW.matcher(line);
      if (row.matches() && row.group(1).startsWith("fleetbreaker_")) {
        documented.put(row.group(1), row.group(2) + " " + labels(row.group(3)));
      }
    }
    Map<String, String> exported = new TreeMap<>();
    scrape()
        .forEach(
            (name, family) -> {
              if (name.startsWith("fleetbreaker_")) {
                java.util.Set<String> labels = family.labelNames();
                labels.remove("le");
                exported.put(name, family.type() + " " + String.join(", ", labels));
              }
            });
    // These have no sample on a worker whose policies count no rate.
    for (String rate : List.of("fleetbreaker_failure_rate", "fleetbreaker_slow_call_rate")) {
      assertThat(documented).containsEntry(rate, "gauge provider");
      assertThat(exported).doesNotContainKey(rate);
      documented.remove(rate);
    }

    assertThat(exported).isEqualTo(documented);
  }

  private static String labels(String cell) {
    return String.join(
        ", ",
        Pattern.compile("`(\\w+)`").matcher(cell).results().map(m -> m.group(1)).sorted().toList());
  }

  @Test
  void exactlyOneStateIsOne() throws Exception {
    worker.breaker("openai").become(State.HALF_OPEN);

    assertThat(values("fleetbreaker_state", "state"))
        .isEqualTo(
            Map.of(
                "closed", 0.0,
                "open", 0.0,
                "half_open", 1.0,
                "forced_open", 0.0,
                "disabled", 0.0,
                "metrics_only", 0.0));
    assertThat(values("fleetbreaker_override", "mode"))
        .isEqualTo(Map.of("forced_open", 0.0, "disabled", 0.0, "metrics_only", 0.0));
  }

  @Test
  void callsAndTheLinkAreTold() throws Exception {
    worker.become(TestWorker.ALONE);

    assertThat(values("fleetbreaker_calls_total", "kind"))
        .isEqualTo(Map.of("successful", 7.0, "failed", 0.0, "ignored", 0.0));
    assertThat(values("fleetbreaker_not_permitted_calls_total", "")).containsValue(2.0);
    assertThat(values("fleetbreaker_sync_up", "")).containsValue(0.0);
    assertThat(values("fleetbreaker_redis_up", "")).containsValue(0.0);
    assertThat(values("fleetbreaker_sync_lag_seconds", "")).containsValue(0.25);
    assertThat(values("fleetbreaker_history_lag_seconds", "")).containsValue(2.0);
    assertThat(values("fleetbreaker_degraded_seconds_total", "")).containsValue(1.5);
    assertThat(values("fleetbreaker_reconnects_total", "")).containsValue(3.0);
    assertThat(values("fleetbreaker_messages_dropped_total", "reason"))
        .isEqualTo(Map.of("malformed", 2.0, "legacy", 1.0, "other_database", 0.0));
    assertThat(values("fleetbreaker_uptime_seconds", "")).containsValue(12.345);
  }

  @Test
  void propagationIsAHistogramInSeconds() throws Exception {
    Map<String, Double> buckets = values("fleetbreaker_propagation_seconds", "le");

    assertThat(buckets)
        .containsEntry("0.001", 0.0)
        .containsEntry("0.002", 2.0)
        .containsEntry("0.025", 3.0)
        .containsEntry("60.0", 3.0)
        .containsEntry("+Inf", 4.0);
  }

  @Test
  void theJvmTellsOfItselfToo() throws Exception {
    assertThat(scrape())
        .containsKeys(
            "jvm_memory_used_bytes",
            "jvm_gc_collection_seconds",
            "jvm_threads_current",
            "process_cpu_seconds_total");
  }

  @Test
  void openMetricsIsForWhoNamesIt() throws Exception {
    HttpResponse<String> response =
        get(
            "/metrics",
            "Accept",
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                + "text/plain;version=0.0.4;q=0.4,*/*;q=0.2");

    assertThat(response.headers().firstValue("Content-Type").orElse("").replace(" ", ""))
        .isEqualToIgnoringCase("application/openmetrics-text;version=1.0.0;charset=utf-8");
    assertThat(response.body()).contains("# TYPE fleetbreaker_calls counter\n").endsWith("# EOF\n");
  }

  @Test
  void aHostileNameCannotBreakOutOfItsLabel() throws Exception {
    // Not a legal name; the check at every entrance is not this format's only defence.
    TestWorker hostile = TestWorker.of(new TestBreaker("a\"} 1\nb\\", 1, 3));

    String text =
        new String(
            ((org.apache.pekko.http.javadsl.model.HttpEntity.Strict)
                    new Exposition().text(Snapshot.of(hostile)).entity())
                .getData()
                .toArrayUnsafe(),
            java.nio.charset.StandardCharsets.UTF_8);

    assertThat(PrometheusText.parse(text).get("fleetbreaker_failures").samples())
        .extracting(PrometheusText.Sample::labels)
        .containsExactly(Map.of("provider", "a\"} 1\nb\\"));
  }
}
