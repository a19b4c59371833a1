package io.fleetbreaker.breaker;

import io.fleetbreaker.sync.SyncPort;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Remembers what a gate tells its actor. Thread-safe. */
class RecordingSignals implements Gate.Signals {
  private final List<Trip> blown = new CopyOnWriteArrayList<>();
  private final List<Long> probeSuccesses = new CopyOnWriteArrayList<>();
  private final List<Trip> probeFailures = new CopyOnWriteArrayList<>();
  private final List<Long> wanted = new CopyOnWriteArrayList<>();
  private final List<String> leases = new CopyOnWriteArrayList<>();
  private volatile Event.Counts lastCounts = Event.Counts.NONE;
  private volatile long lastGeneration = -1;

  @Override
  public void fuseBlown(long generation, Event.Counts counts, Trip trip) {
    remember(generation, counts);
    blown.add(trip);
  }

  @Override
  public void probeSucceeded(long generation, Event.Counts counts) {
    remember(generation, counts);
    probeSuccesses.add(generation);
  }

  @Override
  public void probeFailed(long generation, Event.Counts counts, Trip trip) {
    remember(generation, counts);
    probeFailures.add(trip);
  }

  @Override
  public void probeWanted(long generation) {
    wanted.add(generation);
  }

  @Override
  public void leaseEnded(long generation, Lease lease, SyncPort.ProbeResult result) {
    leases.add(lease.token() + " " + result);
  }

  private void remember(long generation, Event.Counts counts) {
    lastGeneration = generation;
    lastCounts = counts;
  }

  List<Trip> blown() {
    return blown;
  }

  List<Long> probeSuccesses() {
    return probeSuccesses;
  }

  List<Trip> probeFailures() {
    return probeFailures;
  }

  /** The generations in which the fleet was to be asked. */
  List<Long> wanted() {
    return wanted;
  }

  /** Tokens of the fleet's places, and what became of them. */
  List<String> leases() {
    return leases;
  }

  Event.Counts lastCounts() {
    return lastCounts;
  }

  long lastGeneration() {
    return lastGeneration;
  }
}
