package io.fleetbreaker.http;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.fleet.OperatorAction;
import io.fleetbreaker.fleet.OperatorCommand;
import io.fleetbreaker.fleet.OperatorOutcome;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCode;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.jspecify.annotations.Nullable;

/** Does to a provider what an operator wants, and tells honestly what came of it (R13). */
final class ApiActions {
  private static final Duration AGAIN = Duration.ofSeconds(2);

  private final WorkerFacade worker;
  private final Duration patience;

  /**
   * @param patience how long the fleet may take to answer
   */
  ApiActions(WorkerFacade worker, Duration patience) {
    this.worker = worker;
    this.patience = patience;
  }

  /**
   * Acts on the provider of {@code before}.
   *
   * @param condition the revisions of which one must be the provider's
   */
  CompletionStage<HttpResponse> act(
      OperatorAction action,
      Caller caller,
      BreakerView before,
      ActionRequest request,
      Optional<RevisionTag.Condition> condition) {
    if (takesProtectionAwayForGood(action, request) && !caller.role().allows(Role.ADMIN)) {
      return now(
          Problem.of(
                  ProblemType.FORBIDDEN,
                  action.pathName()
                      + " without an end takes the role admin, and "
                      + caller.name()
                      + " has the role "
                      + caller.role().settingName()
                      + "; give expires_in, or ask an admin")
              .with("role_needed", Role.ADMIN.settingName()));
    }
    Optional<RevisionId> expected = condition.flatMap(wanted -> choose(wanted, before));
    if (condition.isPresent() && expected.isEmpty()) {
      return now(revisionChanged(before.provider(), before.revision()));
    }
    return execute(
        new OperatorCommand(
            before.provider(),
            action,
            request.operator(),
            request.reason(),
            request.lasting(),
            expected,
            request.hereIfNotCommitted()));
  }

  private static boolean takesProtectionAwayForGood(OperatorAction action, ActionRequest request) {
    return (action == OperatorAction.DISABLE || action == OperatorAction.METRICS_ONLY)
        && request.lasting().isEmpty();
  }

  /** Of several, the one this worker holds; of one, that one, since the fleet may be ahead. */
  private static Optional<RevisionId> choose(RevisionTag.Condition wanted, BreakerView before) {
    List<RevisionId> revisions = wanted.revisions();
    return revisions.size() == 1
        ? Optional.of(revisions.get(0))
        : revisions.stream().filter(before.revision()::equals).findFirst();
  }

  private CompletionStage<HttpResponse> execute(OperatorCommand command) {
    return CompletableFuture.completedFuture(command)
        .thenCompose(worker::execute)
        .orTimeout(patience.toNanos(), TimeUnit.NANOSECONDS)
        .handle(
            (outcome, failure) ->
                failure == null
                    ? answer(command, outcome)
                    : failed(command, Causes.of(failure)).response());
  }

  private HttpResponse answer(OperatorCommand command, OperatorOutcome outcome) {
    if (outcome instanceof OperatorOutcome.Committed committed) {
      return RevisionTag.on(
          acted(
              StatusCodes.OK,
              command,
              "committed",
              committed.operation(),
              ApiProvider.Revision.of(committed.revision()),
              null,
              null),
          committed.revision());
    }
    if (outcome instanceof OperatorOutcome.NotCommitted not) {
      return command.hereIfNotCommitted() && not.appliedHere()
          ? here(command, "not_committed", not.operation(), not.cause())
          : uncommitted(
              ProblemType.NOT_COMMITTED,
              "the fleet has not taken " + shown(command) + ": " + not.cause(),
              not.operation(),
              not.appliedHere());
    }
    if (outcome instanceof OperatorOutcome.Unknown unknown) {
      return command.hereIfNotCommitted() && unknown.appliedHere()
          ? here(command, "unknown", unknown.operation(), unknown.cause())
          : uncommitted(
              ProblemType.UNKNOWN_OUTCOME,
              "whether the fleet has taken " + shown(command) + " is not known: " + unknown.cause(),
              unknown.operation(),
              unknown.appliedHere());
    }
    if (outcome instanceof OperatorOutcome.RevisionChanged changed) {
      return revisionChanged(command.provider(), changed.current());
    }
    return Problem.response(ProblemType.CONFLICT, ((OperatorOutcome.Refused) outcome).cause());
  }

  private HttpResponse here(
      OperatorCommand command, String outcome, String operation, String detail) {
    return acted(StatusCodes.ACCEPTED, command, outcome, operation, null, true, detail);
  }

  private HttpResponse acted(
      StatusCode status,
      OperatorCommand command,
      String outcome,
      String operation,
      ApiProvider.@Nullable Revision revision,
      @Nullable Boolean appliedHere,
      @Nullable String detail) {
    BreakerView after = worker.view(command.provider()).orElseThrow();
    return Json.response(
        status,
        ContentTypes.APPLICATION_JSON,
        new ApiDocuments.Acted(
            Pid.TEXT,
            worker.workerId(),
            outcome,
            operation,
            revision,
            appliedHere,
            detail,
            ApiProvider.of(after, Instant.now())));
  }

  private static HttpResponse uncommitted(
      ProblemType type, String detail, String operation, boolean appliedHere) {
    return Problem.of(type, detail)
        .with("operation", operation)
        .with("applied_here", appliedHere)
        .retryAfter(AGAIN)
        .response();
  }

  private static HttpResponse revisionChanged(String provider, RevisionId current) {
    ApiProvider.Revision revision = ApiProvider.Revision.of(current);
    Problem problem =
        Problem.of(
            ProblemType.REVISION_CHANGED,
            "the revision of '"
                + provider
                + "' is "
                + (revision == null ? "none yet" : RevisionTag.text(current))
                + ", which If-Match does not name; nothing was changed: look at it and decide anew");
    return RevisionTag.on(
        (revision == null ? problem : problem.with("revision", revision)).response(), current);
  }

  private Problem failed(OperatorCommand command, Throwable cause) {
    if (cause instanceof TimeoutException) {
      return Problem.of(
              ProblemType.UNKNOWN_OUTCOME,
              "whether the fleet has taken "
                  + shown(command)
                  + " is not known after "
                  + patience.toMillis()
                  + " ms; its history tells")
          .with("applied_here", false)
          .retryAfter(AGAIN);
    }
    if (cause instanceof IllegalArgumentException) {
      return Problem.of(ProblemType.BAD_REQUEST, String.valueOf(cause.getMessage()));
    }
    if (cause instanceof IllegalStateException && worker.hasLeft()) {
      // The fleet was closed under its server.
      return Problem.of(ProblemType.OVERLOADED, "this worker has left its fleet; ask another")
          .retryAfter(AGAIN);
    }
    throw new CompletionException(cause);
  }

  private static String shown(OperatorCommand command) {
    return command.action().pathName() + " of '" + command.provider() + "'";
  }

  private static CompletionStage<HttpResponse> now(Problem problem) {
    return now(problem.response());
  }

  private static CompletionStage<HttpResponse> now(HttpResponse response) {
    return CompletableFuture.completedFuture(response);
  }
}
