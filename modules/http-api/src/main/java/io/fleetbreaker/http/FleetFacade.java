package io.fleetbreaker.http;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.CircuitBreaker;
import io.fleetbreaker.Permit;
import io.fleetbreaker.fleet.Fleet;
import io.fleetbreaker.fleet.ResetOutcome;
import io.fleetbreaker.fleet.SyncStatus;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

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
  public CompletionStage<ResetOutcome> reset(String provider, String reason) {
    return fleet.reset(provider, reason);
  }

  @Override
  public SyncStatus sync() {
    return fleet.sync();
  }

  @Override
  public Duration uptime() {
    return fleet.uptime();
  }
}
