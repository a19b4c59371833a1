package io.fleetbreaker.http;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.fleet.ResetOutcome;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;

/** An operator's reset over HTTP: asks the worker, waits a bounded time, says what came of it. */
final class ProviderReset {
  private final WorkerFacade worker;
  private final Duration patience;

  ProviderReset(WorkerFacade worker, Duration patience) {
    this.worker = worker;
    this.patience = patience;
  }

  CompletionStage<HttpResponse> reset(BreakerView before, Caller caller) {
    // The copy keeps this time-out from ending a future that others may hold.
    return worker
        .reset(before.provider(), caller.name(), "reset over HTTP")
        .toCompletableFuture()
        .copy()
        .orTimeout(patience.toNanos(), TimeUnit.NANOSECONDS)
        .handle(
            (outcome, failure) ->
                failure == null ? done(before, outcome) : failed(before, Causes.of(failure)));
  }

  private HttpResponse done(BreakerView before, ResetOutcome outcome) {
    BreakerView after = worker.view(before.provider()).orElse(before);
    if (outcome == ResetOutcome.UNKNOWN) {
      return notKnown(before);
    }
    if (outcome == ResetOutcome.FORCED_OPEN) {
      return Problem.response(
          StatusCodes.CONFLICT,
          "the breaker of '"
              + before.provider()
              + "' is forced open ("
              + after.reason()
              + "), so it was not reset: end the override first");
    }
    return Json.ok(Views.reset(worker.workerId(), outcome, after));
  }

  private HttpResponse failed(BreakerView before, Throwable cause) {
    if (cause instanceof TimeoutException) {
      return notKnown(before);
    }
    throw new CompletionException(cause);
  }

  private HttpResponse notKnown(BreakerView before) {
    return Problem.response(
        StatusCodes.GATEWAY_TIMEOUT,
        "whether the breaker of '"
            + before.provider()
            + "' was reset is not known after "
            + patience.toMillis()
            + " ms; GET /status tells its state on each worker");
  }
}
