package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.embedded.FreePorts;
import io.fleetbreaker.fleet.ResetOutcome;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.apache.pekko.Done;
import org.junit.jupiter.api.Test;

class HttpServerTest extends HttpTest {
  /** Longer than anything waits for here: a stop that lasts as long has failed. */
  private static final Duration DRAIN = SOON.multipliedBy(2);

  /** Less than the 10 s after which the server answers a request in the worker's place. */
  private static final Duration AT_ONCE = Duration.ofSeconds(8);

  /** New connections until each of two servers has had one: that it has not is past belief. */
  private static final int MANY = 200;

  @Test
  void twoServersShareAPortAndEachHasItsOwn() throws Exception {
    if (!ReusePort.isSupported()) {
      assertThatThrownBy(() -> start(worker, sharing(FreePorts.find())))
          .cause()
          .hasMessageContaining("this system has no SO_REUSEPORT");
      return;
    }
    try (SharedPort port = new SharedPort()) {
      HttpServer first = start(TestWorker.named("first"), sharing(port.number()));
      HttpServer second = start(TestWorker.named("second"), sharing(port.number()));
      try {
        assertThat(first.boundPorts().shared()).contains(port.number());
        assertThat(second.boundPorts().shared()).contains(port.number());
        assertThat(instanceAt(first.boundPorts().own())).isEqualTo("first");
        assertThat(instanceAt(second.boundPorts().own())).isEqualTo("second");
        Set<String> seen = new HashSet<>();
        for (int request = 0; request < MANY && seen.size() < 2; request++) {
          seen.add(instanceAt(port.number()));
        }
        assertThat(seen).containsExactlyInAnyOrder("first", "second");

        resultOf(first.stop(DRAIN));

        for (int request = 0; request < 20; request++) {
          assertThat(instanceAt(port.number())).isEqualTo("second");
        }
      } finally {
        resultOf(first.stop(DRAIN));
        resultOf(second.stop(DRAIN));
      }
    }
  }

  @Test
  void ifTheSharedPortIsTakenTheOwnOneIsGivenBack() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int own = FreePorts.find();

      assertThatThrownBy(
              () ->
                  start(
                      worker,
                      new HttpSettings(LOOPBACK, Optional.of(taken.getLocalPort()), own, false)))
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOf(HttpBindException.class)
          .hasMessageMatching(
              "cannot listen on 127.0.0.1 port "
                  + taken.getLocalPort()
                  + ": .*Address already in use; choose another port or address, or end the"
                  + " program that uses it");
      assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), own).close())
          .isInstanceOf(ConnectException.class);
    }
  }

  @Test
  void anAddressThatIsNotThisHostsIsRefused() {
    assertThatThrownBy(
            () ->
                start(
                    worker,
                    new HttpSettings(
                        "192.0.2.1",
                        Optional.empty(),
                        0,
                        false,
                        GuardedTest.security("insecure = true"))))
        .cause()
        .isInstanceOf(HttpBindException.class)
        .hasMessageContaining("cannot listen on 192.0.2.1 port 0: ");
  }

  @Test
  void aPortCanBeBoundAgainAtOnceAfterAStop() throws Exception {
    resultOf(server.stop(DRAIN));
    int port = FreePorts.find();
    HttpSettings settings = new HttpSettings(LOOPBACK, Optional.empty(), port, false);
    server = start(worker, settings);
    assertThat(get("/status").statusCode()).isEqualTo(200);
    resultOf(server.stop(DRAIN));

    server = start(worker, settings);

    assertThat(port()).isEqualTo(port);
    assertThat(instanceAt(port)).isEqualTo(INSTANCE);
  }

  @Test
  void aRequestInFlightIsAnsweredDuringTheDrain() throws Exception {
    CompletableFuture<ResetOutcome> outcome = new CompletableFuture<>();
    worker.answerResetsWith(outcome);
    CompletableFuture<HttpResponse<String>> inFlight =
        client.sendAsync(
            request(port(), "POST", "/reset/openai", BodyPublishers.noBody()).build(),
            BodyHandlers.ofString());
    await().atMost(SOON).until(() -> worker.resets() == 1);

    CompletionStage<Done> stopped = server.stop(DRAIN);
    await().atMost(SOON).until(() -> !accepts(port()));
    assertThat(stopped.toCompletableFuture()).isNotDone();
    outcome.complete(ResetOutcome.COMMITTED);

    assertThat(resultOf(inFlight).statusCode()).isEqualTo(200);
    assertThat(inFlight.get().headers().firstValue("Connection")).contains("close");
    resultOf(stopped);
  }

  @Test
  void aRequestThatOutlastsTheDrainDoesNotHoldTheStopUp() throws Exception {
    worker.answerResetsWith(new CompletableFuture<>());
    CompletableFuture<HttpResponse<String>> inFlight =
        client.sendAsync(
            request(port(), "POST", "/reset/openai", BodyPublishers.noBody()).build(),
            BodyHandlers.ofString());
    await().atMost(SOON).until(() -> worker.resets() == 1);
    long start = System.nanoTime();

    resultOf(server.stop(Duration.ofMillis(200)));

    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(AT_ONCE);
    await().atMost(SOON).until(inFlight::isDone);
  }

  @Test
  void whileStoppingTheWorkerIsNotReady() throws Exception {
    try (RawHttp connection = new RawHttp(port())) {
      connection.say(
          RawHttp.head(
              "GET /health/ready HTTP/1.1",
              "Host: localhost",
              "Expect: 100-continue",
              "Content-Length: 5"));
      assertThat(connection.hearUntil("\r\n\r\n")).startsWith("HTTP/1.1 100 ");

      CompletionStage<Done> stopped = server.stop(DRAIN);
      await().atMost(SOON).until(() -> !accepts(port()));
      connection.say("hello");

      assertThat(connection.hearToTheEnd())
          .startsWith("HTTP/1.1 503 ")
          .contains("\"ready\":false", "\"missing\":[\"the worker is stopping\"]");
      resultOf(stopped);
    }
  }

  @Test
  void stoppingTwiceIsStoppingOnce() throws Exception {
    CompletionStage<Done> first = server.stop(DRAIN);
    CompletionStage<Done> second = server.stop(Duration.ZERO);

    assertThat(resultOf(first)).isEqualTo(resultOf(second));
  }

  @Test
  void anIdleConnectionDoesNotHoldTheStopUp() throws Exception {
    try (RawHttp idle = new RawHttp(port())) {
      idle.say("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
      assertThat(idle.hearUntil("\"alive\":true")).startsWith("HTTP/1.1 200 ");
      long start = System.nanoTime();

      resultOf(server.stop(DRAIN));

      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(AT_ONCE);
    }
  }

  private static HttpSettings sharing(int port) {
    return new HttpSettings(LOOPBACK, Optional.of(port), 0, false);
  }

  /** A connection of its own for each request, since the kernel spreads connections. */
  private static String instanceAt(int port) throws IOException, InterruptedException {
    HttpResponse<String> response =
        HttpClient.newHttpClient()
            .send(
                request(port, "GET", "/status", BodyPublishers.noBody()).build(),
                BodyHandlers.ofString());
    return json(response).get("instance").textValue();
  }

  private static boolean accepts(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException refused) {
      return false;
    }
  }

  /** Reserves a free port for those who share it: bound, but listening for nothing. */
  private static final class SharedPort implements AutoCloseable {
    private final Socket holder = new Socket();

    SharedPort() throws IOException {
      holder.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      holder.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    int number() {
      return holder.getLocalPort();
    }

    @Override
    public void close() throws IOException {
      holder.close();
    }
  }
}
