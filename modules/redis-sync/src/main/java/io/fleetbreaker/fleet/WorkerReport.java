package io.fleetbreaker.fleet;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What one worker of the fleet has last told of itself. Immutable.
 *
 * <pre>{@code
 * WorkerReport lost =
 *     new WorkerReport(
 *         "host-a:5486:1795313749263:a1b2",
 *         Optional.empty(),
 *         "",
 *         Instant.ofEpochMilli(1795313749263L),
 *         WorkerReport.Presence.LOST,
 *         Duration.ofSeconds(40),
 *         SyncStatus.Mode.DEGRADED,
 *         Optional.empty(),
 *         List.of());
 * String line = lost.instance() + " is silent for " + lost.silentFor().toSeconds() + " s";
 * assert line.equals("host-a:5486:1795313749263:a1b2 is silent for 40 s");
 * }</pre>
 *
 * @param instance its worker id, {@code host:pid:startMillis:nonce}
 * @param address where it serves HTTP, such as {@code http://127.0.0.1:8001}; empty if it does not,
 *     and for a lost worker
 * @param version of this library; empty for a lost worker
 * @param startedAt by its own clock
 * @param presence whether it is there
 * @param silentFor how long ago it told this, by the Redis server's clock
 * @param sync how it was connected to the fleet; DEGRADED for a lost worker
 * @param syncLag how long it had not heard from Redis; empty if never
 * @param providers by name; empty for a lost worker. The last by priority are missing if there are
 *     more than 1,000, or if all together would take more than 64 KiB
 */
public record WorkerReport(
    String instance,
    Optional<String> address,
    String version,
    Instant startedAt,
    Presence presence,
    Duration silentFor,
    SyncStatus.Mode sync,
    Optional<Duration> syncLag,
    List<ProviderReport> providers) {
  public WorkerReport {
    providers = List.copyOf(providers);
  }

  /** Whether a worker is there. */
  public enum Presence {
    /** Its last heartbeat has not expired. */
    ALIVE,
    /** It has been silent for three heartbeats. One that says good-bye is forgotten at once. */
    LOST
  }
}
