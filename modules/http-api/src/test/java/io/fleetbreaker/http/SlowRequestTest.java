package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.server.Directives;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SlowRequestTest {
  // The time of a request runs before its route, which says what it is told then, is reached: on a
  // machine that stands still for less than this the route is there first.
  private final ActorTestKit kit =
      ActorTestKit.create(
          ConfigFactory.parseString("fleetbreaker.http.server.request-timeout = 4 s")
              .withFallback(ConfigFactory.load()));

  @AfterAll
  void stopActors() {
    kit.shutdownTestKit();
  }

  @Test
  void aRequestTheWorkerCannotAnswerInTimeGetsAProblem() throws Exception {
    TestWorker worker = TestWorker.named(HttpTest.INSTANCE);
    worker.answerResetsWith(new CompletableFuture<>());
    HttpServer server =
        HttpTest.resultOf(
            HttpServer.start(
                kit.system(),
                worker,
                new HttpSettings(HttpTest.LOOPBACK, Optional.empty(), 0, false)));

    HttpResponse<String> response =
        HttpClient.newHttpClient()
            .send(
                HttpTest.request(
                        server.boundPorts().own(), "POST", "/reset/openai", BodyPublishers.noBody())
                    .build(),
                BodyHandlers.ofString());

    RefusalsTest.problem(response, ProblemType.OVERLOADED);
    assertThat(response.headers().firstValue("X-Fleetbreaker-Worker")).contains(HttpTest.PID);
    HttpTest.resultOf(server.stop(Duration.ofMillis(100)));
  }

  @Test
  void aBodyThatDoesNotArriveGetsAProblem() throws Exception {
    RequestBody body = new RequestBody(100, Duration.ofMillis(100));
    ServerBinding binding =
        HttpTest.resultOf(
            Http.get(kit.system())
                .newServerAt(HttpTest.LOOPBACK, 0)
                .withSettings(HttpServer.serverSettings(kit.system().settings().config()))
                .bind(body.read(Directives.complete("read"))));

    try (RawHttp connection = new RawHttp(binding.localAddress().getPort())) {
      connection.say(
          RawHttp.head("POST / HTTP/1.1", "Host: localhost", "Content-Length: 9") + "slow");

      assertThat(connection.hearToTheEnd())
          .startsWith("HTTP/1.1 408 ")
          .contains("the request's body did not arrive within 100 ms");
    }
    HttpTest.resultOf(binding.terminate(Duration.ofMillis(100)));
  }
}
