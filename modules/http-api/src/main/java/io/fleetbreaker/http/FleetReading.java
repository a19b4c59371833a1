package io.fleetbreaker.http;

import io.fleetbreaker.fleet.FleetReport;
import io.fleetbreaker.fleet.ProviderReport;
import io.fleetbreaker.fleet.WorkerReport;
import io.fleetbreaker.fleet.WorkerReport.Presence;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the workers of the fleet have told of themselves, with what answers need of it worked out
 * once. Immutable.
 */
final class FleetReading {
  private final List<WorkerReport> workers;
  private final Map<String, Tally> tallies = new HashMap<>();
  private final boolean complete;
  private final int alive;
  private final long readNanos;
  private final Duration ageWhenRead;

  /** What the live workers have told of one provider. */
  record Tally(ApiDocuments.States states, ApiProvider.Counts counts) {
    static final Tally NONE = new Tally(ApiDocuments.States.NONE, ApiProvider.Counts.NONE);

    Tally plus(ProviderReport report) {
      return new Tally(states.plus(report.state()), counts.plus(report.counts()));
    }
  }

  FleetReading(FleetReport report) {
    readNanos = System.nanoTime();
    ageWhenRead = report.age();
    complete = report.complete();
    workers =
        report.workers().stream().sorted(Comparator.comparing(WorkerReport::instance)).toList();
    int living = 0;
    for (WorkerReport worker : workers) {
      if (worker.presence() == Presence.ALIVE) {
        living++;
        for (ProviderReport provider : worker.providers()) {
          tallies.merge(
              provider.provider(), Tally.NONE.plus(provider), (sum, one) -> sum.plus(provider));
        }
      }
    }
    alive = living;
  }

  /** By instance. */
  List<WorkerReport> workers() {
    return workers;
  }

  Tally tally(String provider) {
    return tallies.getOrDefault(provider, Tally.NONE);
  }

  boolean complete() {
    return complete;
  }

  int alive() {
    return alive;
  }

  int lost() {
    return workers.size() - alive;
  }

  Duration age() {
    return ageWhenRead.plusNanos(System.nanoTime() - readNanos);
  }
}
