package io.fleetbreaker.http;

import io.fleetbreaker.Ticker;
import io.fleetbreaker.fleet.SettingsException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.HttpsConnectionContext;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.server.Directives;
import org.apache.pekko.http.javadsl.server.Route;
import org.apache.pekko.http.javadsl.settings.ServerSettings;
import org.apache.pekko.japi.function.Function;
import org.apache.pekko.stream.javadsl.BidiFlow;
import org.apache.pekko.stream.javadsl.Flow;

/**
 * All that stands between the network and the routes of one server: TLS, the bound on connections,
 * the {@link Guard}, and the headers of every answer. Thread-safe.
 */
final class Front {
  private static final Duration REFUSED_BODY_PATIENCE = Duration.ofSeconds(5);
  private static final Duration OFTEN = Duration.ofMillis(250);
  private static final Duration FOREVER = Duration.ofDays(365);

  private final Guard guard;
  private final Connections connections;
  private final Optional<HttpsConnectionContext> tls;
  private final ServerSettings server;
  private final Ticker ticker;
  private final List<AcceptedSockets> ports = new CopyOnWriteArrayList<>();

  private Front(
      Guard guard,
      Connections connections,
      Optional<HttpsConnectionContext> tls,
      ServerSettings server,
      Ticker ticker) {
    this.guard = guard;
    this.connections = connections;
    this.tls = tls;
    this.server = server;
    this.ticker = ticker;
  }

  /**
   * @throws SettingsException if the address is not to be served as the settings say, or if a file
   *     they name does not hold what it should
   */
  static Front of(HttpSettings settings, ServerSettings server, Ticker ticker) {
    HttpSecurity security = settings.security();
    Exposure.require(settings.host(), security);
    RequestBody refused =
        new RequestBody(server.getParserSettings().getMaxContentLength(), REFUSED_BODY_PATIENCE);
    int most = server.getMaxConnections();
    return new Front(
        new Guard(settings.host(), security, refused, ticker),
        new Connections(most, security.headTimeout(), linger(server), ticker),
        security.tls().map(files -> TlsContext.of(files, ticker)),
        // Pekko would let new connections wait at its bound, a probe of the worker's health too.
        server.withMaxConnections(Integer.MAX_VALUE).withRemoteAddressAttribute(true),
        ticker);
  }

  private static Duration linger(ServerSettings server) {
    scala.concurrent.duration.Duration linger = server.getTimeouts().lingerTimeout();
    return linger.isFinite() ? Duration.ofMillis(linger.toMillis()) : FOREVER;
  }

  /** How routes learn who calls them. */
  Access access() {
    return guard.access();
  }

  Connections connections() {
    return connections;
  }

  Optional<HttpsConnectionContext> tls() {
    return tls;
  }

  ServerSettings server() {
    return server;
  }

  /** Ends connections that wait too long, until it is cancelled. */
  Cancellable sweeping(ActorSystem<?> system) {
    return system
        .scheduler()
        .scheduleWithFixedDelay(OFTEN, OFTEN, this::sweep, system.executionContext());
  }

  private void sweep() {
    connections.sweep();
    ports.forEach(AcceptedSockets::sweep);
  }

  /** How many sockets are open. */
  int sockets() {
    return ports.stream().mapToInt(AcceptedSockets::count).sum();
  }

  /** The sockets of a port that is to be bound. */
  AcceptedSockets newPort() {
    AcceptedSockets sockets = new AcceptedSockets();
    ports.add(sockets);
    return sockets;
  }

  /** What all requests go through. */
  Function<HttpRequest, CompletionStage<HttpResponse>> handler(
      Route routes, ActorSystem<?> system) {
    Route stamped = Directives.mapResponse(this::stamped, () -> guard.around(routes));
    return stamped.seal(Refusals.rejections(), Refusals.exceptions()).handler(system);
  }

  /** What one connection's requests go through. */
  Flow<HttpRequest, HttpResponse, NotUsed> connection(
      Function<HttpRequest, CompletionStage<HttpResponse>> handler, AcceptedSockets sockets) {
    return BidiFlow.fromGraph(new ConnectionStage(connections, sockets, ticker))
        .join(Flow.of(HttpRequest.class).mapAsync(1, handler));
  }

  private HttpResponse stamped(HttpResponse response) {
    HttpResponse stamped = Stamp.on(response);
    return tls.isPresent() ? Stamp.httpsOnly(stamped) : stamped;
  }
}
