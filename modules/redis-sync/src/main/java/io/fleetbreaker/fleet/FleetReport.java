package io.fleetbreaker.fleet;

import java.time.Duration;
import java.util.List;

/**
 * What the workers of the fleet have told of themselves. Immutable.
 *
 * <pre>{@code
 * FleetReport report = new FleetReport(List.of(), Duration.ZERO, true);
 * long alive =
 *     report.workers().stream()
 *         .filter(worker -> worker.presence() == WorkerReport.Presence.ALIVE)
 *         .count();
 * assert alive == 0;
 * }</pre>
 *
 * @param workers by instance
 * @param age how old this reading is; readings are shared by those who ask at the same time
 * @param complete false if there are more than the 2,000 workers that are read
 * @param skipped how many there were besides that no worker can have written
 */
public record FleetReport(List<WorkerReport> workers, Duration age, boolean complete, int skipped) {
  public FleetReport {
    workers = List.copyOf(workers);
  }

  /** All of these can be read. */
  public FleetReport(List<WorkerReport> workers, Duration age, boolean complete) {
    this(workers, age, complete, 0);
  }
}
