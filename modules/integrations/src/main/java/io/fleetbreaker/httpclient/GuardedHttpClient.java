package io.fleetbreaker.httpclient;

import static java.util.Objects.requireNonNull;

import io.fleetbreaker.CallNotPermittedException;
import io.fleetbreaker.CircuitBreaker;
import io.fleetbreaker.HttpOutcomes;
import io.fleetbreaker.Outcome;
import io.fleetbreaker.Permit;
import java.io.IOException;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * An {@link HttpClient} whose requests are made only if their provider's breaker admits them.
 * Immutable and thread-safe; goes wherever an {@link HttpClient} goes. Where Java can close a
 * client (21 and later), closing this one leaves the client that it guards open.
 *
 * <p>A response counts as {@link HttpOutcomes} says: 408, 429, 5xx, 401 and 403 are failures, a
 * {@code Retry-After} sets the open time. It is returned to the caller however it counts. An
 * exception counts as the provider's own {@link io.fleetbreaker.OutcomeClassifier} says: by default
 * a refused connection or a time-out is a failure, an interrupt or a cancellation is ignored. A
 * request that the client finds impossible to send ({@link IllegalArgumentException}) is ignored.
 *
 * <p>A call ends, and is counted, when its {@link HttpResponse.BodyHandler} has what it wants: with
 * {@code ofString} when the body is read, with {@code ofInputStream} when the headers are. What
 * goes wrong in reading such a stream is not counted. Redirects are part of the call. A {@link
 * WebSocket} is not guarded.
 *
 * <p>No request waits to be a probe. The first one after the open time has the fleet asked for one,
 * and is refused; the place that the fleet lends is for the next.
 *
 * <pre>{@code
 * var client = GuardedHttpClient.of(java.net.http.HttpClient.newHttpClient(), breaker);
 * var nobody = java.net.URI.create("http://127.0.0.1:1");
 * var request = java.net.http.HttpRequest.newBuilder(nobody).build();
 * try {
 *   client.send(request, java.net.http.HttpResponse.BodyHandlers.ofString());
 * } catch (java.io.IOException e) {
 *   assert breaker.view().failureCount() == 1;
 * }
 * }</pre>
 */
public final class GuardedHttpClient extends HttpClient {
  private final HttpClient client;
  private final Function<? super HttpRequest, ? extends CircuitBreaker> breakers;
  private final Function<? super HttpResponse<?>, @Nullable Outcome> rule;

  private GuardedHttpClient(
      HttpClient client,
      Function<? super HttpRequest, ? extends CircuitBreaker> breakers,
      Function<? super HttpResponse<?>, @Nullable Outcome> rule) {
    this.client = requireNonNull(client, "client");
    this.breakers = requireNonNull(breakers, "breakers");
    this.rule = requireNonNull(rule, "rule");
  }

  /** All requests of {@code client} go to the provider that {@code breaker} guards. */
  public static GuardedHttpClient of(HttpClient client, CircuitBreaker breaker) {
    requireNonNull(breaker, "breaker");
    return of(client, request -> breaker);
  }

  /**
   * Each request goes to the provider whose breaker {@code breakers} names, by its host for
   * instance. What {@code breakers} throws is thrown to the caller; no request is made then.
   */
  public static GuardedHttpClient of(
      HttpClient client, Function<? super HttpRequest, ? extends CircuitBreaker> breakers) {
    return new GuardedHttpClient(client, breakers, response -> null);
  }

  /**
   * The same client, which asks {@code rule} first how a response counts; null means that it has
   * nothing to say. For a provider that answers 200 and writes of its trouble in the body. If it
   * throws, the response counts by its status and the caller gets the exception.
   */
  public GuardedHttpClient withRule(Function<? super HttpResponse<?>, @Nullable Outcome> rule) {
    return new GuardedHttpClient(client, breakers, rule);
  }

  /**
   * Sends the request if its provider's breaker admits it.
   *
   * @throws CallNotPermittedException if the breaker refuses; nothing was sent
   */
  @Override
  public <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> bodyHandler)
      throws IOException, InterruptedException {
    requireNonNull(bodyHandler, "bodyHandler");
    CircuitBreaker breaker = breakerFor(request);
    Permit permit = breaker.tryAcquire().orElseThrow(breaker::refusal);
    HttpResponse<T> response;
    try {
      response = client.send(request, bodyHandler);
    } catch (Throwable e) {
      GuardedExchange.settle(permit, e);
      throw e;
    }
    GuardedExchange.settle(permit, response, rule);
    return response;
  }

  /**
   * Sends the request if its provider's breaker admits it. If not, the future has failed with
   * {@link CallNotPermittedException}; this method throws nothing but for a null argument and what
   * the breaker's function throws.
   *
   * <p>Cancelling the future ends the exchange and is ignored. Completing it with an exception, as
   * {@code orTimeout} does, ends the exchange too, and counts as that exception does. Futures
   * derived from it do neither.
   */
  @Override
  public <T> CompletableFuture<HttpResponse<T>> sendAsync(
      HttpRequest request, HttpResponse.BodyHandler<T> bodyHandler) {
    requireNonNull(bodyHandler, "bodyHandler");
    return guarded(request, () -> client.sendAsync(request, bodyHandler));
  }

  /** As {@link #sendAsync(HttpRequest, HttpResponse.BodyHandler)}; pushes are not counted. */
  @Override
  public <T> CompletableFuture<HttpResponse<T>> sendAsync(
      HttpRequest request,
      HttpResponse.BodyHandler<T> bodyHandler,
      HttpResponse.@Nullable PushPromiseHandler<T> pushPromiseHandler) {
    requireNonNull(bodyHandler, "bodyHandler");
    return guarded(request, () -> client.sendAsync(request, bodyHandler, pushPromiseHandler));
  }

  private <T> CompletableFuture<HttpResponse<T>> guarded(
      HttpRequest request, Supplier<CompletableFuture<HttpResponse<T>>> exchange) {
    CircuitBreaker breaker = breakerFor(request);
    return breaker
        .tryAcquire()
        .map(permit -> GuardedExchange.start(exchange, permit, rule))
        .orElseGet(() -> CompletableFuture.failedFuture(breaker.refusal()));
  }

  private CircuitBreaker breakerFor(HttpRequest request) {
    return requireNonNull(
        breakers.apply(requireNonNull(request, "request")),
        "the function names no breaker for this request");
  }

  @Override
  public Optional<CookieHandler> cookieHandler() {
    return client.cookieHandler();
  }

  @Override
  public Optional<Duration> connectTimeout() {
    return client.connectTimeout();
  }

  @Override
  public Redirect followRedirects() {
    return client.followRedirects();
  }

  @Override
  public Optional<ProxySelector> proxy() {
    return client.proxy();
  }

  @Override
  public SSLContext sslContext() {
    return client.sslContext();
  }

  @Override
  public SSLParameters sslParameters() {
    return client.sslParameters();
  }

  @Override
  public Optional<Authenticator> authenticator() {
    return client.authenticator();
  }

  @Override
  public Version version() {
    return client.version();
  }

  @Override
  public Optional<Executor> executor() {
    return client.executor();
  }

  /** Builds web sockets that no breaker guards. */
  @Override
  public WebSocket.Builder newWebSocketBuilder() {
    return client.newWebSocketBuilder();
  }
}
