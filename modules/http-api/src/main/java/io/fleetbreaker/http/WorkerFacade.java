package io.fleetbreaker.http;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.Permit;
import io.fleetbreaker.fleet.ResetOutcome;
import io.fleetbreaker.fleet.SyncStatus;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

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
  CompletionStage<ResetOutcome> reset(String provider, String reason);

  /** How the worker is connected to its fleet. */
  SyncStatus sync();

  /** How long the worker has been running. */
  Duration uptime();
}
