package io.fleetbreaker.redis;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a worker's link to its fleet has amounted to since the worker started. An immutable copy;
 * the numbers are read one after the other while the link works.
 *
 * @param commits how the worker's writes of a provider's state have ended; has every outcome
 * @param eventsReceived events of this fleet that have arrived, this worker's own among them
 * @param messagesDropped messages on the channel that had no effect, by reason; has every reason
 * @param reconnects how often the subscription has been made again
 * @param degraded for how long in all the worker did not share and follow the fleet's state, its
 *     start included
 * @param lastContact how long ago Redis last answered; empty if it never has
 * @param historyLag how long ago the worker last compared itself with all that the fleet's history
 *     holds; empty if it never has
 * @param propagation how old transitions of other workers were when they took effect here
 */
public record SyncMetrics(
    Map<Commit, Long> commits,
    long eventsReceived,
    Map<Dropped, Long> messagesDropped,
    long reconnects,
    Duration degraded,
    Optional<Duration> lastContact,
    Optional<Duration> historyLag,
    Ages propagation) {

  public SyncMetrics {
    commits = Map.copyOf(commits);
    messagesDropped = Map.copyOf(messagesDropped);
  }

  /** How one attempt to write a provider's state has ended. */
  public enum Commit {
    /** It is the fleet's state. */
    COMMITTED,
    /** Another worker was first. */
    CONFLICT,
    /** The lock was another worker's; it is tried again. */
    BUSY,
    /** Redis answered, and refused: for want of a right, of memory, of replicas. */
    REFUSED,
    /** Redis could not be asked. */
    UNREACHABLE,
    /** The answer was lost; Redis is asked later what became of it. */
    UNKNOWN;

    /** The name in metrics: {@code committed} and so on. */
    public String metricName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Why a message on the channel had no effect. */
  public enum Dropped {
    /** It could not be read: too large, no JSON, a wrong type, a value out of range. */
    MALFORMED,
    /** It is of workers that use another database of the same server. */
    OTHER_DATABASE,
    /** It carries no revision, as those of FlexiAI 0.5, and counts for nothing here. */
    LEGACY;

    /** The name in metrics: {@code malformed} and so on. */
    public String metricName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * How old things were, as a histogram. Immutable.
   *
   * @param counts how many were at most as old as the bound of {@link #BOUNDS} in the same place,
   *     and older than the one before it; the last counts those older than every bound
   * @param sum of all ages
   */
  public record Ages(List<Long> counts, Duration sum) {
    /** The upper bounds, in seconds. */
    public static final List<Double> BOUNDS =
        List.of(0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0);

    public Ages {
      counts = List.copyOf(counts);
    }
  }
}
