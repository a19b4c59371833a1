package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.embedded.EmbeddedRedis;
import io.fleetbreaker.fleet.Fleet;
import io.fleetbreaker.fleet.FleetSettings;
import io.fleetbreaker.fleet.WorkerReport;
import io.fleetbreaker.redis.RedisSettings;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OwnAddressTest {

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, http://127.0.0.1:8001",
    "breakers.example.com, http://breakers.example.com:8001",
    "0.0.0.0, http://host-a:8001",
    "'::', http://host-a:8001",
    "::1, http://[::1]:8001",
    "[::1], http://[::1]:8001",
  })
  void isThePortThatNoOtherWorkerShares(String listensOn, String address) {
    HttpSettings settings = new HttpSettings(listensOn, Optional.of(8000), 8001, false);

    assertThat(OwnAddress.of(settings, "host-a", 8001)).isEqualTo(address);
  }

  @Test
  void isHttpsWithTls() {
    HttpSecurity security =
        GuardedTest.security("tls { cert-file = \"a.crt\", key-file = \"a.key\" }");

    assertThat(
            OwnAddress.of(
                new HttpSettings("127.0.0.1", Optional.empty(), 0, false, security), "h", 4711))
        .isEqualTo("https://127.0.0.1:4711");
  }

  @Test
  void aServerTellsItsFleetAndAClosedFleetIsNoFaultOfTheServer() throws Exception {
    ActorTestKit kit = ActorTestKit.create();
    try (EmbeddedRedis redis = EmbeddedRedis.start()) {
      Fleet fleet =
          Fleet.start(
              FleetSettings.of(RedisSettings.of(redis.uri()), ProviderSettings.defaults("openai")),
              kit.system());
      HttpServer server =
          HttpTest.resultOf(
              HttpServer.start(
                  kit.system(),
                  fleet,
                  new HttpSettings(HttpTest.LOOPBACK, Optional.empty(), 0, false)));
      int port = server.boundPorts().own();

      await()
          .atMost(HttpTest.SOON)
          // A Redis that is slow to answer is asked again.
          .ignoreException(ExecutionException.class)
          .untilAsserted(
              () ->
                  assertThat(HttpTest.resultOf(fleet.workers()).workers())
                      .singleElement()
                      .extracting(WorkerReport::address)
                      .isEqualTo(Optional.of("http://127.0.0.1:" + port)));

      fleet.close();
      HttpResponse<String> history = get(port, "/api/v1/history");
      assertThat(history.statusCode()).isEqualTo(503);
      JsonNode problem = HttpTest.MAPPER.readTree(history.body());
      assertThat(problem.get("type").textValue()).isEqualTo("/problems/overloaded");
      HttpTest.resultOf(server.stop(Duration.ofSeconds(1)));
    } finally {
      kit.shutdownTestKit();
    }
  }

  private static HttpResponse<String> get(int port, String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
            BodyHandlers.ofString());
  }
}
