package io.fleetbreaker.http;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.fleet.SyncStatus;
import io.fleetbreaker.redis.SyncMetrics;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/**
 * All a worker shows of itself, taken at one moment: the input of every view. Immutable.
 *
 * @param pid the process id; containers can all have the same
 * @param instance the whole worker id, which no two workers share
 * @param breakers by priority, then name
 * @param sync how the worker is connected to its fleet
 * @param link what that connection has amounted to since the start
 * @param version of Fleetbreaker
 * @param uptime how long the worker has been running
 * @param taken when, by the worker's wall clock
 */
record Snapshot(
    String pid,
    String instance,
    List<BreakerView> breakers,
    SyncStatus sync,
    SyncMetrics link,
    String version,
    Duration uptime,
    Instant taken) {

  private static final Comparator<BreakerView> PREFERRED_FIRST =
      Comparator.comparingInt(BreakerView::priority).thenComparing(BreakerView::provider);

  Snapshot {
    breakers = breakers.stream().sorted(PREFERRED_FIRST).toList();
  }

  /** What {@code worker} shows now. Asks nobody. */
  static Snapshot of(WorkerFacade worker) {
    return new Snapshot(
        Pid.TEXT,
        worker.workerId(),
        worker.views(),
        worker.sync(),
        worker.syncMetrics(),
        Version.TEXT,
        worker.uptime(),
        Instant.now());
  }
}
