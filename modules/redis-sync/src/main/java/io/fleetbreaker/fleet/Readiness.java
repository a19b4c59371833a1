package io.fleetbreaker.fleet;

import java.util.List;

/**
 * Whether a worker has begun to follow its fleet, so that calls may be sent to it. Immutable. Once
 * a worker is ready it stays so: without Redis it protects itself alone, and to send it no calls
 * then would make an outage of Redis one of everything.
 *
 * <pre>{@code
 * Readiness readiness = fleet.readiness();
 * if (!readiness.isReady()) {
 *   String why = "not ready: " + String.join(", ", readiness.missing());
 * }
 * assert readiness.isReady() == readiness.missing().isEmpty();
 * }</pre>
 *
 * @param missing what it waits for, for people; empty if it is ready
 */
public record Readiness(List<String> missing) {
  /** Nothing is missing. */
  public static final Readiness READY = new Readiness(List.of());

  /** Copies the list. */
  public Readiness {
    missing = List.copyOf(missing);
  }

  /** Whether nothing is missing. */
  public boolean isReady() {
    return missing.isEmpty();
  }
}
