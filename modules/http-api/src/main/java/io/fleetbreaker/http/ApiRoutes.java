package io.fleetbreaker.http;

import static org.apache.pekko.http.javadsl.server.PathMatchers.segment;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.ProviderName;
import io.fleetbreaker.fleet.OperatorAction;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaType;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.server.AllDirectives;
import org.apache.pekko.http.javadsl.server.PathMatcher0;
import org.apache.pekko.http.javadsl.server.Route;

/**
 * The management API, {@code /api/v1}. This class only dispatches: {@link ApiReads} and {@link
 * ApiActions} answer, {@link Access} says who may ask.
 */
final class ApiRoutes extends AllDirectives {
  /** Below the server's request time-out, so that the answer is the route's and not a 503. */
  static final Duration STORE_PATIENCE = Duration.ofSeconds(4);

  private static final Duration ACTION_PATIENCE = Duration.ofSeconds(7);
  private static final Pattern OPERATION = Pattern.compile("[A-Za-z0-9._:-]{1,128}");

  private final WorkerFacade worker;
  private final Access access;
  private final EventStream events;
  private final ApiReads reads;
  private final ApiActions actions;

  ApiRoutes(WorkerFacade worker, Access access, FleetReadings readings, EventFeed feed) {
    this.worker = worker;
    this.access = access;
    this.events = new EventStream(worker, feed);
    this.reads = new ApiReads(worker, readings, STORE_PATIENCE);
    this.actions = new ApiActions(worker, ACTION_PATIENCE);
  }

  Route create() {
    PathMatcher0 v1 = segment("api").slash("v1");
    return concat(
        path(v1.slash("providers"), () -> reading((request, caller) -> reads.providers(request))),
        path(
            v1.slash("providers").slash(segment()),
            name -> reading((request, caller) -> reads.provider(request, provider(name)))),
        path(
            v1.slash("providers").slash(segment()).slash(segment()),
            (name, action) -> action(name, action)),
        path(
            v1.slash("operations").slash(segment()).slash(segment()),
            (name, operation) -> asking((request, caller) -> operation(request, name, operation))),
        path(v1.slash("workers"), () -> asking((request, caller) -> reads.workers(request))),
        path(v1.slash("fleet"), () -> asking((request, caller) -> reads.fleet(request))),
        path(v1.slash("history"), () -> asking((request, caller) -> reads.history(request))),
        path(
            v1.slash("events"),
            () -> viewing(MediaTypes.TEXT_EVENT_STREAM, caller -> handleSync(events::open))),
        path(v1.slash("me"), () -> reading(reads::me)));
  }

  private Route reading(BiFunction<HttpRequest, Caller, HttpResponse> answer) {
    return viewing(
        MediaTypes.APPLICATION_JSON,
        caller -> handleSync(request -> answer.apply(request, caller)));
  }

  private Route asking(BiFunction<HttpRequest, Caller, CompletionStage<HttpResponse>> answer) {
    return viewing(
        MediaTypes.APPLICATION_JSON, caller -> handle(request -> answer.apply(request, caller)));
  }

  private Route viewing(MediaType offered, Function<Caller, Route> inner) {
    return get(() -> Accepted.as(offered, () -> access.require(Role.VIEWER, inner)));
  }

  private Route action(String name, String pathName) {
    Optional<OperatorAction> action = OperatorAction.ofPathName(pathName);
    if (action.isEmpty()) {
      return complete(
          Problem.response(
              ProblemType.NOT_FOUND,
              "there is no action '"
                  + ProviderName.shown(pathName)
                  + "'; there are "
                  + Arrays.stream(OperatorAction.values())
                      .map(OperatorAction::pathName)
                      .collect(Collectors.joining(", "))));
    }
    return post(
        () ->
            Accepted.as(
                MediaTypes.APPLICATION_JSON,
                () ->
                    access.require(
                        Role.OPERATOR,
                        caller -> handle(request -> act(request, caller, name, action.get())))));
  }

  private CompletionStage<HttpResponse> act(
      HttpRequest request, Caller caller, String name, OperatorAction action) {
    BreakerView before = provider(name);
    QueryParameters.of(request);
    Optional<RevisionTag.Condition> condition = RevisionTag.condition(request);
    ActionRequest body = ActionRequest.parse(action, caller, json(request));
    return actions.act(action, caller, before, body, condition);
  }

  private static byte[] json(HttpRequest request) {
    if (!request.entity().getContentType().mediaType().equals(MediaTypes.APPLICATION_JSON)) {
      throw new ProblemException(
          Problem.of(
              ProblemType.UNSUPPORTED_MEDIA_TYPE,
              "the body must be JSON, with Content-Type: application/json"));
    }
    return ((HttpEntity.Strict) request.entity()).getData().toArray();
  }

  private CompletionStage<HttpResponse> operation(
      HttpRequest request, String name, String operation) {
    String provider = provider(name).provider();
    if (!OPERATION.matcher(operation).matches()) {
      throw ProblemException.badRequest(
          "an operation's id is 1 to 128 letters, digits, '.', '_', ':' or '-'; this one is '"
              + ProviderName.shown(operation)
              + "'");
    }
    return reads.operation(request, provider, operation);
  }

  private BreakerView provider(String name) {
    return KnownProviders.require(worker, name);
  }
}
