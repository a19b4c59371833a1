package io.fleetbreaker.http;

import static org.apache.pekko.http.javadsl.server.PathMatchers.segment;

import io.fleetbreaker.BreakerView;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCode;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.http.javadsl.server.AllDirectives;
import org.apache.pekko.http.javadsl.server.Route;

/**
 * The seed-compatible paths. This class only dispatches: {@link Views} and {@link Exposition} write
 * the answers, {@link Refusals} the problems. A path with a trailing slash is another path: 404.
 */
final class Routes extends AllDirectives {
  /** Below the server's request time-out, so that the answer is the route's and not a 503. */
  private static final Duration RESET_PATIENCE = Duration.ofSeconds(5);

  private static final Duration BODY_PATIENCE = Duration.ofSeconds(5);

  private final WorkerFacade worker;
  private final Access access;
  private final ApiRoutes api;
  private final BooleanSupplier serving;
  private final boolean demoEndpoints;
  private final FailureTrigger trigger;
  private final ProviderReset reset;
  private final Exposition exposition = new Exposition();

  Routes(
      WorkerFacade worker,
      Access access,
      FleetReadings readings,
      EventFeed feed,
      BooleanSupplier serving,
      boolean demoEndpoints,
      Executor executor) {
    this.worker = worker;
    this.access = access;
    this.api = new ApiRoutes(worker, access, readings, feed);
    this.serving = serving;
    this.demoEndpoints = demoEndpoints;
    this.trigger = new FailureTrigger(worker, executor);
    this.reset = new ProviderReset(worker, RESET_PATIENCE);
  }

  /**
   * All paths, complete with their refusals.
   *
   * @param bodyLimit the largest request body that is accepted, in bytes
   */
  Route create(long bodyLimit) {
    Route paths =
        concat(
            path("status", () -> viewing(request -> status())),
            path("providers", () -> viewing(request -> providers())),
            path("health", () -> viewing(request -> health())),
            path(segment("health").slash("live"), () -> get(() -> handleSync(request -> live()))),
            path(segment("health").slash("ready"), () -> get(() -> handleSync(request -> ready()))),
            path("metrics", () -> viewing(this::metrics)),
            path(segment("reset").slash(segment()), this::reset),
            path(segment("providers").slash(segment()).slash("reset"), this::reset),
            demoEndpoints
                ? path(segment("trigger-failure").slash(segment()), this::fail)
                : pathPrefix("trigger-failure", () -> handleSync(request -> noDemo())),
            api.create(),
            new DocumentRoutes().create(),
            new UiRoutes().create());
    Route sealed =
        new RequestBody(bodyLimit, BODY_PATIENCE)
            .read(paths)
            .seal(Refusals.rejections(), Refusals.exceptions());
    return mapResponse(
        Stamp::on, () -> withRequestTimeoutResponse(request -> tooSlow(), () -> sealed));
  }

  private HttpResponse status() {
    return Json.ok(Views.status(Snapshot.of(worker)));
  }

  private HttpResponse providers() {
    return Json.ok(Views.providers(Snapshot.of(worker)));
  }

  private HttpResponse health() {
    return Json.ok(Views.health(Snapshot.of(worker)));
  }

  private HttpResponse live() {
    return Json.ok(Views.live(worker.workerId()));
  }

  private HttpResponse ready() {
    List<String> missing =
        serving.getAsBoolean() ? worker.readiness().missing() : List.of("the worker is stopping");
    StatusCode status = missing.isEmpty() ? StatusCodes.OK : StatusCodes.SERVICE_UNAVAILABLE;
    return Json.response(
        status, ContentTypes.APPLICATION_JSON, Views.ready(worker.workerId(), missing));
  }

  private HttpResponse metrics(HttpRequest request) {
    Snapshot snapshot = Snapshot.of(worker);
    HttpResponse response =
        switch (MetricsFormat.wantedBy(request)) {
          case JSON -> Json.ok(Views.metrics(snapshot));
          case TEXT -> exposition.text(snapshot);
          case OPEN_METRICS -> exposition.openMetrics(snapshot);
        };
    return response.addHeader(RawHeader.create("Vary", "Accept"));
  }

  private Route viewing(Function<HttpRequest, HttpResponse> answer) {
    return get(() -> access.require(Role.VIEWER, caller -> handleSync(answer::apply)));
  }

  private Route reset(String name) {
    return post(
        () ->
            access.require(
                Role.OPERATOR,
                caller ->
                    handle(request -> reset.reset(KnownProviders.require(worker, name), caller))));
  }

  private Route fail(String name) {
    return post(
        () ->
            access.require(
                Role.ADMIN,
                caller ->
                    handle(
                        request ->
                            trigger
                                .trigger(KnownProviders.require(worker, name))
                                .thenApply(this::triggered))));
  }

  private HttpResponse triggered(FailureTrigger.Outcome outcome) {
    if (outcome instanceof FailureTrigger.Outcome.Failed failed) {
      return Json.ok(Views.triggered(worker.workerId(), failed.calls(), failed.after()));
    }
    if (outcome instanceof FailureTrigger.Outcome.NotClosed refused) {
      BreakerView breaker = refused.breaker();
      return Problem.response(
          StatusCodes.CONFLICT,
          "the breaker of '"
              + breaker.provider()
              + "' is not closed (last seen "
              + breaker.state().wireName()
              + "); nothing was changed; POST /reset/"
              + breaker.provider()
              + " closes it");
    }
    FailureTrigger.Outcome.ThresholdTooHigh tooHigh =
        (FailureTrigger.Outcome.ThresholdTooHigh) outcome;
    return Problem.response(
        StatusCodes.CONFLICT,
        "the breaker of '"
            + tooHigh.breaker().provider()
            + "' opens after "
            + tooHigh.breaker().failureThreshold()
            + " failures, and this makes at most "
            + FailureTrigger.MOST_CALLS
            + "; nothing was changed; lower its failure-threshold");
  }

  private static HttpResponse noDemo() {
    return Problem.response(
        StatusCodes.NOT_FOUND,
        "trigger-failure exists only on a worker started with --demo-endpoints");
  }

  private static HttpResponse tooSlow() {
    return Stamp.on(
        Problem.response(
            StatusCodes.SERVICE_UNAVAILABLE, "the worker could not answer in time; ask again"));
  }
}
