package io.fleetbreaker.http;

import com.typesafe.config.Config;
import io.fleetbreaker.fleet.Fleet;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.server.Route;
import org.apache.pekko.http.javadsl.settings.ServerSettings;
import org.jspecify.annotations.Nullable;

/**
 * Serves one worker's HTTP interface, on a port of its own and, if asked, on one that all workers
 * of the host share. Thread-safe.
 */
public final class HttpServer {
  private static final Duration UNDO = Duration.ofSeconds(1);
  private static final Duration SHORTEST_DRAIN = Duration.ofMillis(1);

  private final ServerBinding own;
  private final @Nullable ServerBinding shared;
  private final AtomicBoolean serving;
  private @Nullable CompletionStage<Done> stopped;

  private HttpServer(ServerBinding own, @Nullable ServerBinding shared, AtomicBoolean serving) {
    this.own = own;
    this.shared = shared;
    this.serving = serving;
  }

  /**
   * Binds the ports and serves {@code fleet}. If either port cannot be bound neither stays bound,
   * and the stage fails with an {@link HttpBindException}.
   *
   * @param system where the server runs; {@code fleetbreaker.http.server} of its configuration
   *     tunes it
   */
  public static CompletionStage<HttpServer> start(
      ActorSystem<?> system, Fleet fleet, HttpSettings settings) {
    return start(system, new FleetFacade(fleet), settings);
  }

  static CompletionStage<HttpServer> start(
      ActorSystem<?> system, WorkerFacade worker, HttpSettings settings) {
    AtomicBoolean serving = new AtomicBoolean(true);
    ServerSettings server = serverSettings(system.settings().config());
    Route routes =
        new Routes(worker, serving::get, settings.demoEndpoints(), system.executionContext())
            .create(server.getParserSettings().getMaxContentLength());
    // The own port first: once the shared one is bound, requests arrive.
    return bind(system, settings.host(), settings.ownPort(), server, routes)
        .thenCompose(
            own ->
                bindShared(system, settings, server, routes, own)
                    .thenApply(shared -> new HttpServer(own, shared.orElse(null), serving)));
  }

  /** The ports this server listens on, or listened on before it was stopped. */
  public BoundPorts boundPorts() {
    return new BoundPorts(Optional.ofNullable(shared).map(HttpServer::port), port(own));
  }

  /**
   * Accepts no more connections, lets requests in flight finish, and closes the connections. Calls
   * after the first change nothing and share its outcome.
   *
   * @param drain how long requests in flight may take; what is unanswered then is cut off
   * @return completes when no connection is left
   */
  public synchronized CompletionStage<Done> stop(Duration drain) {
    if (stopped == null) {
      serving.set(false);
      Duration deadline = drain.compareTo(SHORTEST_DRAIN) < 0 ? SHORTEST_DRAIN : drain;
      stopped = terminate(own, deadline).thenCombine(terminate(shared, deadline), (a, b) -> a);
    }
    return stopped;
  }

  private static CompletionStage<Done> terminate(
      @Nullable ServerBinding binding, Duration deadline) {
    return binding == null
        ? CompletableFuture.completedFuture(Done.getInstance())
        : binding.terminate(deadline).thenApply(terminated -> Done.getInstance());
  }

  private static ServerSettings serverSettings(Config config) {
    Config tuned =
        config
            .getConfig("fleetbreaker.http.server")
            .atPath("pekko.http.server")
            .withFallback(config);
    return ServerSettings.create(tuned)
        .withTerminationDeadlineExceededResponse(
            Stamp.on(Problem.response(StatusCodes.SERVICE_UNAVAILABLE, "the worker is stopping")));
  }

  private static CompletionStage<Optional<ServerBinding>> bindShared(
      ActorSystem<?> system,
      HttpSettings settings,
      ServerSettings server,
      Route routes,
      ServerBinding own) {
    if (settings.sharedPort().isEmpty()) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    int port = settings.sharedPort().get();
    if (!ReusePort.isSupported()) {
      return undo(
          own,
          new HttpBindException(
              "cannot share port "
                  + port
                  + ": this system has no SO_REUSEPORT; give each worker a port of its own only"));
    }
    return bind(
            system,
            settings.host(),
            port,
            server.withSocketOptions(List.of(new ReusePort())),
            routes)
        .handle(
            (shared, failure) ->
                failure == null
                    ? CompletableFuture.completedFuture(Optional.of(shared))
                    : HttpServer.<Optional<ServerBinding>>undo(own, failure))
        .thenCompose(outcome -> outcome);
  }

  private static <T> CompletionStage<T> undo(ServerBinding own, Throwable failure) {
    return own.terminate(UNDO)
        .handle((ignored, alsoFailed) -> CompletableFuture.<T>failedFuture(failure))
        .thenCompose(failed -> failed);
  }

  private static CompletionStage<ServerBinding> bind(
      ActorSystem<?> system, String host, int port, ServerSettings settings, Route routes) {
    return Http.get(system)
        .newServerAt(host, port)
        .withSettings(settings)
        .bind(routes)
        .exceptionallyCompose(
            failure -> CompletableFuture.failedFuture(bindFailure(host, port, failure)));
  }

  private static HttpBindException bindFailure(String host, int port, Throwable failure) {
    Throwable cause = Causes.of(failure);
    Throwable root = cause.getCause() == null ? cause : cause.getCause();
    return new HttpBindException(
        "cannot listen on "
            + host
            + " port "
            + port
            + ": "
            + root.getMessage()
            + "; choose another port or address, or end the program that uses it",
        cause);
  }

  private static int port(ServerBinding binding) {
    return binding.localAddress().getPort();
  }
}
