package io.fleetbreaker.http;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.Permit;
import io.fleetbreaker.Subscription;
import io.fleetbreaker.Transition;
import io.fleetbreaker.fleet.FleetReport;
import io.fleetbreaker.fleet.HistoryListener;
import io.fleetbreaker.fleet.HistoryPage;
import io.fleetbreaker.fleet.HistoryQuery;
import io.fleetbreaker.fleet.OperationStatus;
import io.fleetbreaker.fleet.OperatorCommand;
import io.fleetbreaker.fleet.OperatorOutcome;
import io.fleetbreaker.fleet.Readiness;
import io.fleetbreaker.fleet.ResetOutcome;
import io.fleetbreaker.fleet.SyncStatus;
import io.fleetbreaker.redis.SyncMetrics;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * What the routes need of a worker. A test can stand in for it with no Redis behind. No method
 * blocks.
 */
interface WorkerFacade {
  /** {@code host:pid:startMillis:nonce}. */
  String workerId();

  /** One view per provider. */
  List<BreakerView> views();

  /** The view of a configured provider; empty if there is none of that name. */
  Optional<BreakerView> view(String provider);

  /** Permission to make one call to a configured provider; empty if its breaker refuses. */
  Optional<Permit> tryAcquire(String provider);

  /** Closes a configured provider's breaker here, and in the fleet if Redis can be asked. */
  CompletionStage<ResetOutcome> reset(String provider, String operator, String reason);

  /** Does what an operator wants, in the whole fleet; see {@code Fleet.execute}. */
  CompletionStage<OperatorOutcome> execute(OperatorCommand command);

  /** What became of an operation; fails if Redis cannot be asked. */
  CompletionStage<OperationStatus> operation(String provider, String operation);

  /** A part of the history; fails if Redis cannot be asked. */
  CompletionStage<HistoryPage> history(HistoryQuery query);

  /** Tells {@code listener} what the history gains, until the answer is closed. */
  Subscription follow(Optional<String> after, HistoryListener listener);

  /** Tells {@code listener} of every transition of this worker's breakers; it must not block. */
  Subscription onTransition(Consumer<? super Transition> listener);

  /** What all workers have told of themselves; fails if Redis cannot be asked. */
  CompletionStage<FleetReport> workers();

  /** How the worker is connected to its fleet. */
  SyncStatus sync();

  /** What the link to the fleet has amounted to. */
  SyncMetrics syncMetrics();

  /** Whether the worker has joined its fleet, and what is missing if not. */
  default Readiness readiness() {
    return Readiness.READY;
  }

  /** Whether the worker has left its fleet: what needs the fleet fails from then on. */
  default boolean hasLeft() {
    return false;
  }

  /** How long the worker has been running. */
  Duration uptime();
}
