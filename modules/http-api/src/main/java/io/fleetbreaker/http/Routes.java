package io.fleetbreaker.http;

import static org.apache.pekko.http.javadsl.server.PathMatchers.segment;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.ProviderName;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
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
  private static final ContentType EXPOSITION = ContentTypes.parse(Exposition.CONTENT_TYPE);
  private static final int NAMES_SHOWN = 50;

  private final WorkerFacade worker;
  private final BooleanSupplier serving;
  private final boolean demoEndpoints;
  private final FailureTrigger trigger;
  private final ProviderReset reset;

  Routes(WorkerFacade worker, BooleanSupplier serving, boolean demoEndpoints, Executor executor) {
    this.worker = worker;
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
            path("status", () -> get(() -> handleSync(request -> status()))),
            path("providers", () -> get(() -> handleSync(request -> providers()))),
            path("health", () -> get(() -> handleSync(request -> health()))),
            path(segment("health").slash("live"), () -> get(() -> handleSync(request -> live()))),
            path(segment("health").slash("ready"), () -> get(() -> handleSync(request -> ready()))),
            path("metrics", () -> get(() -> handleSync(this::metrics))),
            path(segment("reset").slash(segment()), name -> post(() -> reset(name))),
            path(
                segment("providers").slash(segment()).slash("reset"),
                name -> post(() -> reset(name))),
            demoEndpoints
                ? path(segment("trigger-failure").slash(segment()), name -> post(() -> fail(name)))
                : pathPrefix("trigger-failure", () -> handleSync(request -> noDemo())));
    Route sealed =
        new RequestBody(bodyLimit, BODY_PATIENCE)
            .drained(paths)
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
    boolean ready = serving.getAsBoolean();
    StatusCode status = ready ? StatusCodes.OK : StatusCodes.SERVICE_UNAVAILABLE;
    return Json.response(
        status, ContentTypes.APPLICATION_JSON, Views.ready(worker.workerId(), ready));
  }

  private HttpResponse metrics(HttpRequest request) {
    Snapshot snapshot = Snapshot.of(worker);
    HttpResponse response =
        switch (MetricsFormat.wantedBy(request)) {
          case JSON -> Json.ok(Views.metrics(snapshot));
          case PROMETHEUS ->
              HttpResponse.create()
                  .withEntity(
                      HttpEntities.create(
                          EXPOSITION, Exposition.of(snapshot).getBytes(StandardCharsets.UTF_8)));
        };
    return response.addHeader(RawHeader.create("Vary", "Accept"));
  }

  private Route reset(String name) {
    return handle(request -> onProvider(name, reset::reset));
  }

  private Route fail(String name) {
    return handle(
        request -> onProvider(name, before -> trigger.trigger(before).thenApply(this::triggered)));
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

  private CompletionStage<HttpResponse> onProvider(
      String name, Function<BreakerView, CompletionStage<HttpResponse>> action) {
    if (!ProviderName.isLegal(name)) {
      return CompletableFuture.completedFuture(badName(name));
    }
    return worker
        .view(name)
        .map(action)
        .orElseGet(() -> CompletableFuture.completedFuture(unknownProvider(name)));
  }

  private static HttpResponse badName(String name) {
    return Problem.response(
        StatusCodes.BAD_REQUEST,
        "a provider's name is 1 to 128 letters, digits, '.', '_' or '-' and starts with a letter or"
            + " digit; this one is '"
            + ProviderName.shown(name)
            + "'");
  }

  private HttpResponse unknownProvider(String name) {
    List<String> known =
        Snapshot.of(worker).breakers().stream()
            .map(BreakerView::provider)
            .limit(NAMES_SHOWN)
            .toList();
    return Problem.of(
            StatusCodes.NOT_FOUND,
            "there is no provider '"
                + ProviderName.shown(name)
                + "'; there are "
                + String.join(", ", known))
        .withProviders(known)
        .response();
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
