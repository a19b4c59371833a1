package io.fleetbreaker.http;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.State;
import java.util.Optional;

/** Makes the fleet's document: this worker's view, and what the workers have told. */
final class FleetDocument {
  private FleetDocument() {}

  static ApiDocuments.Fleet of(WorkerFacade worker, Optional<FleetReading> reading) {
    Snapshot snapshot = Snapshot.of(worker);
    return new ApiDocuments.Fleet(
        snapshot.pid(),
        snapshot.instance(),
        Version.TEXT,
        snapshot.uptime().toMillis(),
        ApiDocuments.Sync.of(snapshot.sync()),
        reading
            .map(
                read -> new ApiDocuments.Presence(read.alive(), read.lost(), read.age().toMillis()))
            .orElse(null),
        snapshot.breakers().stream().map(view -> provider(view, snapshot, reading)).toList(),
        (int) snapshot.breakers().stream().filter(view -> view.state() != State.CLOSED).count());
  }

  private static ApiDocuments.FleetProvider provider(
      BreakerView view, Snapshot snapshot, Optional<FleetReading> reading) {
    Optional<FleetReading.Tally> tally = reading.map(read -> read.tally(view.provider()));
    return new ApiDocuments.FleetProvider(
        ApiProvider.of(view, snapshot.taken()),
        tally.map(FleetReading.Tally::states).orElse(null),
        tally.map(FleetReading.Tally::counts).orElse(null));
  }
}
