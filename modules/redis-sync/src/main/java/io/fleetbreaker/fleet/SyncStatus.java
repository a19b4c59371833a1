package io.fleetbreaker.fleet;

import java.time.Duration;
import java.util.Optional;

/**
 * How well this worker is connected to its fleet. An immutable copy.
 *
 * <pre>{@code
 * SyncStatus sync = fleet.sync();
 * if (sync.mode() == SyncStatus.Mode.DEGRADED) {
 *   String warning = "not sharing state with the fleet: " + sync.problem();
 * }
 * assert sync.mode() == SyncStatus.Mode.OK || !(sync.redisConnected() && sync.subscribed());
 * }</pre>
 *
 * @param mode what the worker does about the fleet now
 * @param redisConnected whether Redis answered when it was last asked
 * @param subscribed whether events of other workers arrive
 * @param lastContact how long ago Redis last answered; empty if it never has
 * @param problem what is wrong, for people; empty if nothing is
 * @param eventsReceived events of this fleet that have arrived, this worker's own among them
 * @param messagesDropped messages on the channel that were no event of this fleet
 * @param refusal what Redis answers and yet refuses to write, and why (no memory, a right missing,
 *     a replica), for people; empty if nothing. Not empty means {@link Mode#DEGRADED}
 */
public record SyncStatus(
    Mode mode,
    boolean redisConnected,
    boolean subscribed,
    Optional<Duration> lastContact,
    String problem,
    long eventsReceived,
    long messagesDropped,
    String refusal) {

  /** What a worker does about its fleet. */
  public enum Mode {
    /** It shares and follows the fleet's state. */
    OK,
    /** It protects itself alone until Redis is back, or takes what it is told. */
    DEGRADED
  }
}
