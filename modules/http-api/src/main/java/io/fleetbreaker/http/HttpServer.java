package io.fleetbreaker.http;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.fleetbreaker.Ticker;
import io.fleetbreaker.fleet.Fleet;
import io.fleetbreaker.fleet.SettingsException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.Done;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.ServerBuilder;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.server.Route;
import org.apache.pekko.http.javadsl.settings.ServerSettings;
import org.apache.pekko.io.Inet;
import org.apache.pekko.japi.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Serves one worker's HTTP interface, on a port of its own and, if asked, on one that all workers
 * of the host share. Thread-safe.
 */
public final class HttpServer {
  private static final String TUNING = "fleetbreaker.http.server";
  private static final Duration UNDO = Duration.ofSeconds(1);
  private static final Duration SHORTEST_DRAIN = Duration.ofMillis(1);
  private static final Duration READING = Duration.ofSeconds(2);
  private static final Duration LOOK = Duration.ofMillis(250);

  private final ServerBinding own;
  private final @Nullable ServerBinding shared;
  private final AtomicBoolean serving;
  private final Front front;
  private final EventFeed feed;
  private final Runnable ending;
  private @Nullable CompletionStage<Done> stopped;

  private HttpServer(
      ServerBinding own,
      @Nullable ServerBinding shared,
      AtomicBoolean serving,
      Front front,
      EventFeed feed,
      Runnable ending) {
    this.own = own;
    this.shared = shared;
    this.serving = serving;
    this.front = front;
    this.feed = feed;
    this.ending = ending;
  }

  /**
   * Binds the ports, serves {@code fleet}, and has it tell the other workers under which address
   * this one can be called ({@link Fleet#advertise}). If either port cannot be bound neither stays
   * bound, and the stage fails with an {@link HttpBindException}; with a {@link SettingsException}
   * if others could reach the address and nothing asks them for tokens, or if a file of the
   * settings does not hold what it should.
   *
   * @param system where the server runs; {@code fleetbreaker.http.server} of its configuration
   *     tunes it
   */
  public static CompletionStage<HttpServer> start(
      ActorSystem<?> system, Fleet fleet, HttpSettings settings) {
    return start(system, new FleetFacade(fleet), settings)
        .thenApply(
            server -> {
              OwnAddress.tell(fleet, settings, server.boundPorts().own());
              return server;
            });
  }

  static CompletionStage<HttpServer> start(
      ActorSystem<?> system, WorkerFacade worker, HttpSettings settings) {
    return start(system, worker, settings, Ticker.system());
  }

  /**
   * @param ticker by which the limits of the settings are measured
   */
  static CompletionStage<HttpServer> start(
      ActorSystem<?> system, WorkerFacade worker, HttpSettings settings, Ticker ticker) {
    AtomicBoolean serving = new AtomicBoolean(true);
    Front front;
    EventSettings events;
    try {
      ServerSettings tuned = serverSettings(system.settings().config());
      events = EventSettings.from(system.settings().config(), tuned);
      front = Front.of(settings, tuned, ticker);
    } catch (SettingsException e) {
      return CompletableFuture.failedFuture(e);
    }
    FleetReadings readings = new FleetReadings(worker, READING);
    EventFeed feed = new EventFeed(worker, readings, events);
    Cancellable looking =
        system
            .scheduler()
            .scheduleWithFixedDelay(LOOK, LOOK, feed::lookAtSync, system.executionContext());
    Cancellable sweeping = front.sweeping(system);
    Runnable ending =
        () -> {
          looking.cancel();
          sweeping.cancel();
          feed.close();
        };
    Route routes =
        new Routes(
                worker,
                front.access(),
                readings,
                feed,
                serving::get,
                settings.demoEndpoints(),
                system.executionContext())
            .create(front.server().getParserSettings().getMaxContentLength());
    Function<HttpRequest, CompletionStage<HttpResponse>> handler = front.handler(routes, system);
    // The own port first: once the shared one is bound, requests arrive.
    return bind(system, settings.host(), settings.ownPort(), List.of(), front, handler)
        .thenCompose(
            own ->
                bindShared(system, settings, front, handler, own)
                    .thenApply(
                        shared ->
                            new HttpServer(own, shared.orElse(null), serving, front, feed, ending)))
        .whenComplete(
            (started, failure) -> {
              if (failure != null) {
                ending.run();
              }
            });
  }

  /** The ports this server listens on, or listened on before it was stopped. */
  public BoundPorts boundPorts() {
    return new BoundPorts(Optional.ofNullable(shared).map(HttpServer::port), port(own));
  }

  /** What its event streams tell, and to how many. */
  EventFeed feed() {
    return feed;
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
      // A stream of events never ends by itself, and would hold the drain up.
      ending.run();
      Duration deadline = drain.compareTo(SHORTEST_DRAIN) < 0 ? SHORTEST_DRAIN : drain;
      stopped = terminate(own, deadline).thenCombine(terminate(shared, deadline), (a, b) -> a);
    }
    return stopped;
  }

  /** Its connections, on both ports. */
  Connections connections() {
    return front.connections();
  }

  /** How many of them have an open socket. */
  int sockets() {
    return front.sockets();
  }

  private static CompletionStage<Done> terminate(
      @Nullable ServerBinding binding, Duration deadline) {
    return binding == null
        ? CompletableFuture.completedFuture(Done.getInstance())
        : binding.terminate(deadline).thenApply(terminated -> Done.getInstance());
  }

  /**
   * Refuses settings of the server and its streams that {@link #start} would refuse.
   *
   * @throws SettingsException naming what is wrong
   */
  static void check(Config config) {
    EventSettings.from(config, serverSettings(config));
  }

  static ServerSettings serverSettings(Config config) {
    Config tuned = config.getConfig(TUNING).atPath("pekko.http.server").withFallback(config);
    try {
      return ServerSettings.create(tuned)
          .withTerminationDeadlineExceededResponse(
              Stamp.on(
                  Problem.response(StatusCodes.SERVICE_UNAVAILABLE, "the worker is stopping")));
    } catch (ConfigException | IllegalArgumentException e) {
      throw new SettingsException(TUNING + " cannot be used: " + e.getMessage());
    }
  }

  private static CompletionStage<Optional<ServerBinding>> bindShared(
      ActorSystem<?> system,
      HttpSettings settings,
      Front front,
      Function<HttpRequest, CompletionStage<HttpResponse>> handler,
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
    return bind(system, settings.host(), port, List.of(new ReusePort()), front, handler)
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
      ActorSystem<?> system,
      String host,
      int port,
      List<Inet.SocketOption> options,
      Front front,
      Function<HttpRequest, CompletionStage<HttpResponse>> handler) {
    AcceptedSockets sockets = front.newPort();
    List<Inet.SocketOption> all = new ArrayList<>(options);
    front.server().getSocketOptions().forEach(all::add);
    all.add(sockets);
    ServerBuilder plain =
        Http.get(system)
            .newServerAt(host, port)
            .withSettings(front.server().withSocketOptions(all));
    return front
        .tls()
        .map(plain::enableHttps)
        .orElse(plain)
        .bindFlow(front.connection(handler, sockets))
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
