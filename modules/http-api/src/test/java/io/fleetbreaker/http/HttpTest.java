package io.fleetbreaker.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetbreaker.Ticker;
import io.fleetbreaker.fleet.OperatorAction;
import io.fleetbreaker.fleet.OperatorCommand;
import io.fleetbreaker.sync.RevisionId;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorSystem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/** A server on a free port with a {@link TestWorker} behind it, and a client that talks to it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class HttpTest {
  static final String LOOPBACK = "127.0.0.1";

  /** After this a test gives up; nothing is meant to take so long. */
  static final Duration SOON = Duration.ofSeconds(30);

  static final String PID = Long.toString(ProcessHandle.current().pid());
  static final String INSTANCE = "host-a:4711:1795313749263:abcd";
  static final ObjectMapper MAPPER = new ObjectMapper();

  private final ActorTestKit kit = ActorTestKit.create();
  final HttpClient client = HttpClient.newHttpClient();
  TestWorker worker;
  HttpServer server;

  @BeforeEach
  void startServer() throws Exception {
    worker = TestWorker.named(INSTANCE);
    server = start(worker, new HttpSettings(LOOPBACK, Optional.empty(), 0, true));
  }

  @AfterEach
  void stopServer() throws Exception {
    resultOf(server.stop(Duration.ofSeconds(1)));
  }

  @AfterAll
  void stopActors() {
    kit.shutdownTestKit();
  }

  final ActorSystem<?> system() {
    return kit.system();
  }

  final HttpServer start(WorkerFacade facade, HttpSettings settings) throws Exception {
    return start(facade, settings, Ticker.system());
  }

  final HttpServer start(WorkerFacade facade, HttpSettings settings, Ticker ticker)
      throws Exception {
    return resultOf(HttpServer.start(kit.system(), facade, settings, ticker));
  }

  static <T> T resultOf(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(SOON.toSeconds(), TimeUnit.SECONDS);
  }

  final int port() {
    return server.boundPorts().own();
  }

  final HttpResponse<String> get(String path, String... headers)
      throws IOException, InterruptedException {
    return send("GET", path, BodyPublishers.noBody(), headers);
  }

  final HttpResponse<String> post(String path) throws IOException, InterruptedException {
    return send("POST", path, BodyPublishers.noBody());
  }

  final HttpResponse<String> send(String method, String path, BodyPublisher body, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = request(port(), method, path, body);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  static HttpRequest.Builder request(int port, String method, String path, BodyPublisher body) {
    return HttpRequest.newBuilder(URI.create("http://" + LOOPBACK + ":" + port + path))
        .timeout(SOON)
        .method(method, body);
  }

  static OperatorCommand command(String provider, OperatorAction action) {
    return new OperatorCommand(
        provider, action, "ops", "because", Optional.empty(), Optional.empty(), false);
  }

  static RevisionId revision(long version) {
    return new RevisionId(1_795_313_749_000L, version, "op-of-" + version);
  }

  static JsonNode json(HttpResponse<String> response) throws IOException {
    return MAPPER.readTree(response.body());
  }

  /** {@code text} with PID and INSTANCE filled in, and quotes for apostrophes. */
  static JsonNode expected(String text) throws IOException {
    return MAPPER.readTree(
        text.replace('\'', '"').replace("PID", PID).replace("INSTANCE", INSTANCE));
  }
}
