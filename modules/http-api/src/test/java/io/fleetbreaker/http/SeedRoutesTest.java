package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetbreaker.State;
import io.fleetbreaker.fleet.Readiness;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class SeedRoutesTest extends HttpTest {

  @Test
  void statusShowsTheProvidersByPriority() throws Exception {
    HttpResponse<String> response = get("/status");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(json(response))
        .isEqualTo(
            expected(
                """
                {'worker_id': 'PID', 'instance': 'INSTANCE',
                 'providers': [
                   {'name': 'openai', 'priority': 1, 'circuit_breaker':
                     {'state': 'closed', 'failure_count': 0, 'last_failure': null,
                      'state_age_ms': 1.234, 'shared': true}},
                   {'name': 'anthropic', 'priority': 2, 'circuit_breaker':
                     {'state': 'closed', 'failure_count': 0, 'last_failure': null,
                      'state_age_ms': 1.234, 'shared': true}}],
                 'uptime': 12.345, 'sync_enabled': true, 'sync_backend': 'redis', 'sync': 'ok'}
                """));
  }

  @Test
  void statusNamesWhatIsWrongWhileDegraded() throws Exception {
    worker.become(TestWorker.ALONE);

    JsonNode status = json(get("/status"));

    assertThat(status.get("sync").textValue()).isEqualTo("degraded");
    assertThat(status.get("sync_problem").textValue()).isEqualTo("redis refuses connections");
    assertThat(status.get("sync_enabled").booleanValue()).isTrue();
  }

  @Test
  void providersTellWhoMayBeCalled() throws Exception {
    worker.breaker("openai").become(State.OPEN);
    worker.breaker("anthropic").become(State.HALF_OPEN);
    Instant before = Instant.now();

    ObjectNode providers = (ObjectNode) json(get("/providers"));

    Instant told = Instant.parse(providers.remove("timestamp").textValue());
    assertThat(told).isBetween(before.minusMillis(1), Instant.now());
    assertThat(providers)
        .isEqualTo(
            expected(
                """
                {'worker_id': 'PID', 'instance': 'INSTANCE', 'providers': [
                  {'name': 'openai', 'available': false, 'circuit_state': 'open',
                   'failure_count': 0, 'last_failure_time': null},
                  {'name': 'anthropic', 'available': true, 'circuit_state': 'half_open',
                   'failure_count': 0, 'last_failure_time': null}]}
                """));
  }

  @Test
  void healthIsHealthyInSyncWhateverTheBreakersDo() throws Exception {
    worker.breaker("openai").become(State.OPEN);

    HttpResponse<String> response = get("/health");

    assertThat(response.statusCode()).isEqualTo(200);
    ObjectNode health = (ObjectNode) json(response);
    assertThat(Instant.parse(health.remove("last_contact").textValue()))
        .isBeforeOrEqualTo(Instant.now());
    assertThat(health)
        .isEqualTo(
            expected(
                """
                {'status': 'healthy', 'worker_id': 'PID', 'instance': 'INSTANCE',
                 'redis_connected': true, 'sync_enabled': true, 'sync': 'ok', 'sync_lag_ms': 0,
                 'providers': [
                  {'name': 'openai', 'available': false, 'circuit_state': 'open',
                   'failure_count': 0, 'last_failure_time': null},
                  {'name': 'anthropic', 'available': true, 'circuit_state': 'closed',
                   'failure_count': 0, 'last_failure_time': null}]}
                """));
  }

  @Test
  void losingRedisIsDegradedAndStillReady() throws Exception {
    worker.become(TestWorker.ALONE);

    HttpResponse<String> response = get("/health");

    assertThat(response.statusCode()).isEqualTo(200);
    JsonNode health = json(response);
    assertThat(health.get("status").textValue()).isEqualTo("degraded");
    assertThat(health.get("redis_connected").booleanValue()).isFalse();
    assertThat(health.get("sync_problem").textValue()).isEqualTo("redis refuses connections");
    assertThat(health.get("sync_lag_ms").isNull()).as("never heard of it").isTrue();
    assertThat(get("/health/ready").statusCode()).isEqualTo(200);
  }

  @Test
  void readinessNamesWhatIsMissingAndLivenessDoesNotMind() throws Exception {
    worker.become(new Readiness(List.of("snapshot pending", "not subscribed to the channel c")));

    HttpResponse<String> ready = get("/health/ready");

    assertThat(ready.statusCode()).isEqualTo(503);
    assertThat(json(ready))
        .isEqualTo(
            expected(
                "{'ready': false, 'worker_id': 'PID', 'instance': 'INSTANCE', 'missing':"
                    + " ['snapshot pending', 'not subscribed to the channel c']}"));
    assertThat(get("/health/live").statusCode()).isEqualTo(200);
  }

  @Test
  void livenessAndReadinessAreTrueOnceServed() throws Exception {
    assertThat(json(get("/health/live")))
        .isEqualTo(expected("{'alive': true, 'worker_id': 'PID', 'instance': 'INSTANCE'}"));
    assertThat(json(get("/health/ready")))
        .isEqualTo(expected("{'ready': true, 'worker_id': 'PID', 'instance': 'INSTANCE'}"));
  }

  @Test
  void metricsAreJsonForWhoAsksForIt() throws Exception {
    ObjectNode metrics = (ObjectNode) json(get("/metrics", "Accept", "application/json"));

    assertThat(Instant.parse(metrics.remove("timestamp").textValue()))
        .isBeforeOrEqualTo(Instant.now());
    assertThat(metrics)
        .isEqualTo(
            expected(
                """
                {'worker_id': 'PID', 'instance': 'INSTANCE', 'redis_status': 'connected',
                 'sync_enabled': true, 'circuit_breakers': {
                   'openai': {'state': 'closed', 'failure_count': 0, 'success_count': 7,
                              'last_failure_time': null},
                   'anthropic': {'state': 'closed', 'failure_count': 0, 'success_count': 7,
                                 'last_failure_time': null}},
                 'provider_count': 2}
                """));
  }

  @Test
  void metricsArePrometheusTextForEverybodyElse() throws Exception {
    String prometheus =
        "application/openmetrics-text;version=1.0.0;q=0.3,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    String textRather = "application/json;q=0.4, text/plain;q=0.9";

    for (String accept : new String[] {prometheus, textRather, "*/*", "application/*", "junk"}) {
      HttpResponse<String> response = get("/metrics", "Accept", accept);

      assertThat(response.headers().firstValue("Content-Type").orElse("").replace(" ", ""))
          .as(accept)
          .isEqualToIgnoringCase("text/plain;version=0.0.4;charset=utf-8");
      assertThat(response.headers().firstValue("Vary")).contains("Accept");
      assertThat(response.body()).contains("fleetbreaker_sync_up 1.0\n");
    }
  }

  @Test
  void everyAnswerNamesItsWorkerAndIsNotToBeStored() throws Exception {
    for (String path : new String[] {"/status", "/health/live", "/metrics", "/nowhere"}) {
      HttpResponse<String> response = get(path);

      assertThat(response.headers().firstValue("X-Fleetbreaker-Worker")).contains(PID);
      assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
      assertThat(response.headers().firstValue("Server")).contains("fleetbreaker");
    }
  }
}
