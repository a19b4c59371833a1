package io.fleetbreaker.httpclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.CallCounts;
import io.fleetbreaker.CallNotPermittedException;
import io.fleetbreaker.CircuitBreaker;
import io.fleetbreaker.OpenTime;
import io.fleetbreaker.Outcome;
import io.fleetbreaker.OutcomeClassifier;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.testing.RunningBreaker;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GuardedHttpClientTest {
  private static final Duration GIVE_UP = Duration.ofSeconds(30);
  private static final Duration OPEN_FOR = Duration.ofMinutes(1);
  private static final Duration LONGEST_OPEN = Duration.ofMinutes(10);
  private static final ProviderSettings SETTINGS =
      ProviderSettings.builder("openai")
          .failureThreshold(2)
          .openTime(new OpenTime(OPEN_FOR, 1, LONGEST_OPEN, 0, Duration.ZERO))
          .build();

  private final TestServer server = new TestServer();
  private final SilentServer silent = new SilentServer();
  private final Socket bound = new Socket();
  private final HttpClient plain = HttpClient.newHttpClient();
  private RunningBreaker running = new RunningBreaker(SETTINGS);
  private CircuitBreaker breaker = running.breaker();
  private GuardedHttpClient client = GuardedHttpClient.of(plain, breaker);

  @AfterEach
  void stop() throws IOException {
    running.close();
    server.close();
    silent.close();
    bound.close();
  }

  private void restart(ProviderSettings settings) {
    running.close();
    running = new RunningBreaker(settings);
    breaker = running.breaker();
    client = GuardedHttpClient.of(plain, breaker);
  }

  private HttpResponse<String> send(int status) throws Exception {
    return client.send(server.status(status), BodyHandlers.ofString());
  }

  private void open(int status) throws Exception {
    send(status);
    send(status);
    // Not by the fuse alone: what passes before the actor knows of it is not part of the open time.
    running.eventuallyShared(State.OPEN);
  }

  /** To a port that is held until the end, and refuses. */
  private HttpRequest nobodyListens() throws IOException {
    if (!bound.isBound()) {
      bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + bound.getLocalPort())).build();
  }

  private CallCounts counts() {
    return breaker.view().counts();
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 429, 500, 503, 401, 403})
  void aFailureIsCountedAndItsResponseReturned(int status) throws Exception {
    HttpResponse<String> response = send(status);

    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(response.body()).isEqualTo("status " + status);
    assertThat(counts().failed()).isEqualTo(1);
    assertThat(breaker.view().failureCount()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 302, 400, 404, 422})
  void anAnswerThatIsNotTheProvidersFaultIsASuccess(int status) throws Exception {
    send(503);

    assertThat(send(status).statusCode()).isEqualTo(status);

    assertThat(counts().successful()).isEqualTo(1);
    assertThat(breaker.view().failureCount()).isZero();
  }

  @Test
  void aRefusedKeyOpensAndSaysSo() throws Exception {
    open(401);

    assertThat(breaker.view().reason()).contains("misconfigured: HTTP 401");
  }

  @Test
  void anOpenBreakerLetsNoRequestReachTheServer() throws Exception {
    open(503);

    assertThatThrownBy(() -> send(200))
        .isInstanceOfSatisfying(
            CallNotPermittedException.class,
            refused -> assertThat(refused.remaining()).isEqualTo(OPEN_FOR));
    CompletableFuture<HttpResponse<String>> async =
        client.sendAsync(server.status(200), BodyHandlers.ofString());

    assertThatThrownBy(async::get).hasCauseInstanceOf(CallNotPermittedException.class);
    assertThat(server.requests()).isEqualTo(2);
    assertThat(counts().rejected()).isEqualTo(2);
    assertThat(breaker.view().reason()).contains("HTTP 503");
  }

  @Test
  void retryAfterInSecondsIsTheOpenTime() throws Exception {
    server.header("Retry-After", "120");

    open(429);

    assertThat(breaker.view().remaining()).isEqualTo(Duration.ofMinutes(2));
  }

  @Test
  void retryAfterAsADateIsTheOpenTime() throws Exception {
    // Given a date that is compared to the Date header, which the server sets as it answers
    ZonedDateTime inFiveMinutes = ZonedDateTime.now(ZoneOffset.UTC).plusMinutes(5);
    server.header("Retry-After", DateTimeFormatter.RFC_1123_DATE_TIME.format(inFiveMinutes));

    open(503);

    assertThat(breaker.view().remaining()).isBetween(Duration.ofMinutes(2), Duration.ofMinutes(5));
  }

  @Test
  void retryAfterIsClamped() throws Exception {
    server.header("Retry-After", "86400");
    open(503);
    assertThat(breaker.view().remaining()).isEqualTo(LONGEST_OPEN);

    restart(SETTINGS);
    server.header("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT");
    open(503);
    assertThat(breaker.view().remaining()).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void retryAfterThatCannotBeReadLeavesTheOpenTime() throws Exception {
    server.header("Retry-After", "soon");

    open(503);

    assertThat(breaker.view().remaining()).isEqualTo(OPEN_FOR);
  }

  @Test
  void aRefusedConnectionCounts() throws Exception {
    HttpRequest request = nobodyListens();

    assertThatThrownBy(() -> client.send(request, BodyHandlers.ofString()))
        .isInstanceOf(ConnectException.class);
    assertThatThrownBy(client.sendAsync(request, BodyHandlers.ofString())::get)
        .hasCauseInstanceOf(ConnectException.class);

    assertThat(counts().failed()).isEqualTo(2);
    running.eventually(State.OPEN);
  }

  @Test
  void aTimeOutCounts() {
    HttpRequest request = silent.request().timeout(Duration.ofMillis(100)).build();

    assertThatThrownBy(() -> client.send(request, BodyHandlers.ofString()))
        .isInstanceOf(HttpTimeoutException.class);

    assertThat(counts().failed()).isEqualTo(1);
  }

  @Test
  void theProvidersOwnClassifierJudgesExceptions() throws Exception {
    restart(
        SETTINGS.toBuilder()
            .classifier(OutcomeClassifier.builder().ignore(ConnectException.class).build())
            .build());

    assertThatThrownBy(() -> client.send(nobodyListens(), BodyHandlers.ofString()))
        .isInstanceOf(ConnectException.class);

    assertThat(counts().ignored()).isEqualTo(1);
  }

  @Test
  void aRequestThatCannotBeSentIsIgnored() {
    HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:99999")).build();

    assertThatThrownBy(() -> client.send(request, BodyHandlers.ofString()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(client.sendAsync(request, BodyHandlers.ofString())::get)
        .hasCauseInstanceOf(IllegalArgumentException.class);

    assertThat(counts().ignored()).isEqualTo(2);
  }

  @Test
  void anInterruptIsIgnored() {
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> client.send(silent.request().build(), BodyHandlers.ofString()))
        .isInstanceOf(InterruptedException.class);

    assertThat(counts().ignored()).isEqualTo(1);
  }

  @Test
  void anAsynchronousResponseIsCountedBeforeItIsSeen() throws Exception {
    CallCounts[] seen = new CallCounts[1];

    HttpResponse<String> response =
        client
            .sendAsync(server.status(503), BodyHandlers.ofString())
            .whenComplete((r, e) -> seen[0] = counts())
            .get();

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(seen[0].failed()).isEqualTo(1);
  }

  @Test
  void aResponseWithPushesIsCountedOnce() throws Exception {
    client.sendAsync(server.status(200), BodyHandlers.ofString(), null).get();

    assertThat(counts().successful()).isEqualTo(1);
  }

  @Test
  void cancellingIsIgnoredAndEndsTheExchange() {
    CompletableFuture<HttpResponse<String>> response =
        client.sendAsync(silent.request().build(), BodyHandlers.ofString());
    await().atMost(GIVE_UP).until(silent::isAsked);

    response.cancel(true);

    assertThatThrownBy(response::join).isInstanceOf(CancellationException.class);
    await().atMost(GIVE_UP).until(silent::isLeft);
    assertThat(counts().ignored()).isEqualTo(1);
    assertThat(counts().failed()).isZero();
  }

  @Test
  void aTimeOutOfTheFutureCountsAndEndsTheExchange() {
    CompletableFuture<HttpResponse<String>> response =
        client.sendAsync(silent.request().build(), BodyHandlers.ofString());
    await().atMost(GIVE_UP).until(silent::isAsked);

    response.orTimeout(50, TimeUnit.MILLISECONDS);

    assertThatThrownBy(response::get)
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(TimeoutException.class);
    await().atMost(GIVE_UP).until(silent::isLeft);
    assertThat(counts().failed()).isEqualTo(1);
  }

  @Test
  void aProbeClosesTheBreakerWhenTheProviderAnswersAgain() throws Exception {
    open(503);
    running.halfOpen();

    send(404);

    running.eventually(State.CLOSED);
  }

  @Test
  void aCancelledProbeGivesItsPermitBack() throws Exception {
    open(503);
    running.halfOpen();
    CompletableFuture<HttpResponse<String>> probe =
        client.sendAsync(silent.request().build(), BodyHandlers.ofString());
    assertThat(breaker.tryAcquire()).isEmpty();

    probe.cancel(false);

    assertThat(breaker.tryAcquire()).isPresent();
  }

  @Test
  void aRuleSaysWhatTheStatusDoesNot() throws Exception {
    client =
        client.withRule(
            response ->
                switch (response.statusCode()) {
                  case 200 -> Outcome.failure("trouble in the body");
                  case 503 -> Outcome.ignored();
                  default -> null;
                });

    send(200);
    send(503);
    send(404);

    assertThat(counts()).isEqualTo(new CallCounts(1, 1, 1, 0, 0, 0));
  }

  @Test
  void aRuleThatThrowsLeavesTheCountToTheStatus() {
    client =
        client.withRule(
            response -> {
              throw new IllegalStateException("broken rule");
            });

    assertThatThrownBy(() -> send(503)).hasMessage("broken rule");
    assertThatThrownBy(client.sendAsync(server.status(200), BodyHandlers.ofString())::get)
        .hasRootCauseMessage("broken rule");

    assertThat(counts()).isEqualTo(new CallCounts(1, 1, 0, 0, 0, 0));
  }

  @Test
  void eachRequestMeetsTheBreakerOfItsProvider() throws Exception {
    try (RunningBreaker other = new RunningBreaker(ProviderSettings.defaults("anthropic"))) {
      client =
          GuardedHttpClient.of(
              plain,
              request ->
                  request.uri().getPath().endsWith("503") ? other.breaker() : running.breaker());

      send(200);
      send(503);

      assertThat(counts()).isEqualTo(new CallCounts(1, 0, 0, 0, 0, 0));
      assertThat(other.breaker().view().counts().failed()).isEqualTo(1);
    }
  }

  @Test
  void aBreakersOwnCallCountsResponsesWithTheClassifier() throws Exception {
    restart(SETTINGS.toBuilder().classifier(HttpResponses.classifier()).build());

    breaker.call(() -> plain.send(server.status(503), BodyHandlers.discarding()));
    breaker.call(() -> plain.send(server.status(404), BodyHandlers.discarding()));

    assertThat(counts()).isEqualTo(new CallCounts(1, 1, 0, 0, 0, 0));
  }

  @Test
  void itLooksLikeTheClientItGuards() {
    assertThat(client.version()).isEqualTo(plain.version());
    assertThat(client.followRedirects()).isEqualTo(plain.followRedirects());
    assertThat(client.sslContext()).isSameAs(plain.sslContext());
    assertThat(client.sslParameters()).isNotNull();
    assertThat(client.connectTimeout()).isEqualTo(plain.connectTimeout());
    assertThat(client.cookieHandler()).isEqualTo(plain.cookieHandler());
    assertThat(client.proxy()).isEqualTo(plain.proxy());
    assertThat(client.authenticator()).isEqualTo(plain.authenticator());
    assertThat(client.executor()).isEqualTo(plain.executor());
    assertThat(client.newWebSocketBuilder()).isNotNull();
  }
}
