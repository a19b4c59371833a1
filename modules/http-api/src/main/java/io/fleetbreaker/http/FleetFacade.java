package io.fleetbreaker.http;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.CircuitBreaker;
import io.fleetbreaker.Permit;
import io.fleetbreaker.Subscription;
import io.fleetbreaker.Transition;
import io.fleetbreaker.fleet.Fleet;
import io.fleetbreaker.fleet.FleetReport;
import io.fleetbreaker.fleet.HistoryListener;
import io.fleetbreaker.fleet.HistoryPage;
import io.fleetbreaker.fleet.HistoryQuery;
import io.fleetbreaker.fleet.OperationStatus;
import io.fleetbreaker.fleet.OperatorAction;
import io.fleetbreaker.fleet.OperatorCommand;
import io.fleetbreaker.fleet.OperatorOutcome;
import io.fleetbreaker.fleet.Readiness;
import io.fleetbreaker.fleet.ResetOutcome;
import io.fleetbreaker.fleet.SyncStatus;
import io.fleetbreaker.redis.SyncMetrics;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** The real worker: a {@link Fleet}. */
record FleetFacade(Fleet fleet) implements WorkerFacade {

  @Override
  public String workerId() {
    return fleet.workerId();
  }

  @Override
  public List<BreakerView> views() {
    return fleet.breakers().stream().map(CircuitBreaker::view).toList();
  }

  @Override
  public Optional<BreakerView> view(String provider) {
    return fleet.findBreaker(provider).map(CircuitBreaker::view);
  }

  @Override
  public Optional<Permit> tryAcquire(String provider) {
    return fleet.breaker(provider).tryAcquire();
  }

  @Override
  public CompletionStage<ResetOutcome> reset(String provider, String operator, String reason) {
    OperatorCommand command =
        new OperatorCommand(
            provider,
            OperatorAction.RESET,
            operator,
            reason,
            Optional.empty(),
            Optional.empty(),
            false);
    return fleet.execute(command).thenCompose(outcome -> resetAfter(command, outcome));
  }

  /** What the fleet cannot take now is done here, and proposed when Redis is back. */
  private CompletionStage<ResetOutcome> resetAfter(
      OperatorCommand command, OperatorOutcome outcome) {
    if (outcome instanceof OperatorOutcome.Committed) {
      return CompletableFuture.completedFuture(ResetOutcome.COMMITTED);
    }
    if (outcome instanceof OperatorOutcome.Refused) {
      return CompletableFuture.completedFuture(ResetOutcome.FORCED_OPEN);
    }
    if (outcome instanceof OperatorOutcome.Unknown) {
      return CompletableFuture.completedFuture(ResetOutcome.UNKNOWN);
    }
    return fleet.reset(command.provider(), command.reason());
  }

  @Override
  public CompletionStage<OperatorOutcome> execute(OperatorCommand command) {
    return fleet.execute(command);
  }

  @Override
  public CompletionStage<OperationStatus> operation(String provider, String operation) {
    return fleet.operation(provider, operation);
  }

  @Override
  public CompletionStage<HistoryPage> history(HistoryQuery query) {
    return fleet.history(query);
  }

  @Override
  public Subscription follow(Optional<String> after, HistoryListener listener) {
    return fleet.follow(after, listener);
  }

  @Override
  public Subscription onTransition(Consumer<? super Transition> listener) {
    return fleet.events().onTransition(listener);
  }

  @Override
  public CompletionStage<FleetReport> workers() {
    return fleet.workers();
  }

  @Override
  public SyncStatus sync() {
    return fleet.sync();
  }

  @Override
  public SyncMetrics syncMetrics() {
    return fleet.syncMetrics();
  }

  @Override
  public Readiness readiness() {
    return fleet.readiness();
  }

  @Override
  public boolean hasLeft() {
    return fleet.isClosed();
  }

  @Override
  public Duration uptime() {
    return fleet.uptime();
  }
}
