package io.fleetbreaker.http;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.ProviderName;
import io.fleetbreaker.State;
import io.fleetbreaker.fleet.HistoryPage;
import io.fleetbreaker.fleet.HistoryQuery;
import io.fleetbreaker.fleet.WorkerReport;
import io.fleetbreaker.redis.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** What the management API tells. */
final class ApiReads {
  private static final int PAGE = 100;
  private static final int LARGEST_PAGE = 500;
  private static final int LARGEST_HISTORY = 1_000;
  private static final Duration AGAIN = Duration.ofSeconds(2);

  private final WorkerFacade worker;
  private final FleetReadings readings;
  private final Duration patience;

  ApiReads(WorkerFacade worker, FleetReadings readings, Duration patience) {
    this.worker = worker;
    this.readings = readings;
    this.patience = patience;
  }

  HttpResponse providers(HttpRequest request) {
    QueryParameters query = QueryParameters.of(request, "state", "limit", "cursor");
    Optional<State> state = query.parsed("state", "closed, open or half_open", State::ofWireName);
    int limit = query.number("limit", 1, LARGEST_PAGE, PAGE);
    Optional<String> after = query.text("cursor").map(cursor -> Cursor.parse("p", cursor));
    Snapshot snapshot = Snapshot.of(worker);
    List<BreakerView> rest =
        snapshot.breakers().stream()
            .filter(view -> after.isEmpty() || comesAfter(view, after.get()))
            .filter(view -> state.isEmpty() || view.state() == state.get())
            .limit(limit + 1L)
            .toList();
    List<BreakerView> page = rest.subList(0, Math.min(limit, rest.size()));
    return Json.ok(
        new ApiDocuments.Providers(
            snapshot.pid(),
            snapshot.instance(),
            page.stream().map(view -> ApiProvider.of(view, snapshot.taken())).toList(),
            rest.size() > limit ? Cursor.after("p", place(page.get(limit - 1))) : null));
  }

  private static String place(BreakerView view) {
    return view.priority() + "/" + view.provider();
  }

  /** Also where the provider that ended the page before is gone: its place is still known. */
  private static boolean comesAfter(BreakerView view, String place) {
    int slash = place.indexOf('/');
    if (slash < 1 || !place.substring(0, slash).matches("-?[0-9]{1,9}")) {
      throw ProblemException.badRequest("cursor must be the 'next' of the page before, unchanged");
    }
    int byPriority = Integer.compare(view.priority(), Integer.parseInt(place.substring(0, slash)));
    return byPriority != 0
        ? byPriority > 0
        : view.provider().compareTo(place.substring(slash + 1)) > 0;
  }

  HttpResponse provider(HttpRequest request, BreakerView view) {
    QueryParameters.of(request);
    Snapshot snapshot = Snapshot.of(worker);
    return RevisionTag.on(
        Json.ok(
            new ApiProvider.Document(
                snapshot.pid(), snapshot.instance(), ApiProvider.of(view, snapshot.taken()))),
        view.revision());
  }

  HttpResponse me(HttpRequest request, Caller caller) {
    QueryParameters.of(request);
    return Json.ok(ApiDocuments.Me.of(worker.workerId(), caller));
  }

  CompletionStage<HttpResponse> operation(HttpRequest request, String provider, String operation) {
    QueryParameters.of(request);
    return fromStore(
        () -> worker.operation(provider, operation),
        status -> Json.ok(ApiDocuments.Operation.of(worker.workerId(), status)));
  }

  CompletionStage<HttpResponse> workers(HttpRequest request) {
    QueryParameters query = QueryParameters.of(request, "limit", "cursor", "providers");
    int limit = query.number("limit", 1, LARGEST_PAGE, PAGE);
    boolean withProviders = query.flag("providers", limit <= PAGE);
    Optional<String> after = query.text("cursor").map(cursor -> Cursor.parse("w", cursor));
    return fromStore(
        readings::current, reading -> Json.ok(page(reading, limit, withProviders, after)));
  }

  private ApiDocuments.Workers page(
      FleetReading reading, int limit, boolean withProviders, Optional<String> after) {
    List<WorkerReport> rest =
        reading.workers().stream()
            .filter(one -> after.isEmpty() || one.instance().compareTo(after.get()) > 0)
            .limit(limit + 1L)
            .toList();
    List<WorkerReport> page = rest.subList(0, Math.min(limit, rest.size()));
    return new ApiDocuments.Workers(
        Pid.TEXT,
        worker.workerId(),
        reading.age().toMillis(),
        reading.complete(),
        reading.alive(),
        reading.lost(),
        page.stream().map(one -> ApiWorker.of(one, withProviders)).toList(),
        rest.size() > limit ? Cursor.after("w", page.get(limit - 1).instance()) : null);
  }

  CompletionStage<HttpResponse> fleet(HttpRequest request) {
    QueryParameters.of(request);
    return fleet().thenApply(Json::ok);
  }

  /** The fleet as far as it can be told: what other workers say is left out if Redis is away. */
  CompletionStage<ApiDocuments.Fleet> fleet() {
    return readings
        .current()
        .handle(
            (reading, failure) -> {
              if (failure != null && !isAway(Causes.of(failure)) && !worker.hasLeft()) {
                throw new CompletionException(Causes.of(failure));
              }
              return FleetDocument.of(worker, Optional.ofNullable(reading));
            });
  }

  CompletionStage<HttpResponse> history(HttpRequest request) {
    QueryParameters query = QueryParameters.of(request, "provider", "after", "before", "limit");
    Optional<String> provider = query.text("provider");
    provider
        .filter(name -> !ProviderName.isLegal(name))
        .ifPresent(
            name -> {
              throw new ProblemException(Problem.badName(name));
            });
    Optional<String> after = EntryId.of(query, "after").map(EntryId::text);
    Optional<String> before = EntryId.of(query, "before").map(EntryId::text);
    if (after.isPresent() && before.isPresent()) {
      throw ProblemException.badRequest("give after or before, not both");
    }
    int limit = query.number("limit", 1, LARGEST_HISTORY, PAGE);
    return fromStore(
        () -> worker.history(new HistoryQuery(provider, after, before, limit)),
        page -> Json.ok(history(page)));
  }

  private ApiDocuments.History history(HistoryPage page) {
    return new ApiDocuments.History(
        Pid.TEXT,
        worker.workerId(),
        page.entries().stream().map(ApiDocuments.Entry::of).toList(),
        page.gap(),
        page.next().orElse(null));
  }

  private <T> CompletionStage<HttpResponse> fromStore(
      Supplier<CompletionStage<T>> ask, Function<T, HttpResponse> answer) {
    return CompletableFuture.completedFuture(ask)
        .thenCompose(Supplier::get)
        .orTimeout(patience.toNanos(), TimeUnit.NANOSECONDS)
        .handle(
            (value, failure) ->
                failure == null ? answer.apply(value) : unavailable(Causes.of(failure)));
  }

  private HttpResponse unavailable(Throwable cause) {
    if (cause instanceof IllegalStateException && worker.hasLeft()) {
      // The fleet was closed under its server.
      return Problem.of(ProblemType.OVERLOADED, "this worker has left its fleet; ask another")
          .retryAfter(AGAIN)
          .response();
    }
    if (!isAway(cause)) {
      throw new CompletionException(cause);
    }
    String problem = worker.sync().problem();
    return Problem.of(
            ProblemType.STORE_UNAVAILABLE,
            "Redis could not be asked"
                + (problem.isEmpty() ? "" : " (" + problem + ")")
                + "; GET /api/v1/providers tells what this worker knows by itself")
        .retryAfter(AGAIN)
        .response();
  }

  /** Whether it means that Redis cannot be asked now; all else is a fault. */
  private static boolean isAway(Throwable cause) {
    return cause instanceof StoreException || cause instanceof TimeoutException;
  }
}
