package io.fleetbreaker.fleet;

import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.State;
import io.fleetbreaker.sync.RevisionId;
import java.time.Instant;
import java.util.Optional;

/**
 * One committed transition or override of one provider. Immutable.
 *
 * <pre>{@code
 * HistoryEntry entry =
 *     new HistoryEntry(
 *         "1795313749364-0",
 *         Instant.ofEpochMilli(1795313749364L),
 *         "openai",
 *         Optional.of(State.CLOSED),
 *         State.OPEN,
 *         Optional.of(OverrideMode.FORCED_OPEN),
 *         new io.fleetbreaker.sync.RevisionId(1795313749364L, 1, "5f0c"),
 *         fleet.workerId(),
 *         "alice",
 *         "maintenance",
 *         0,
 *         0);
 * String line = entry.at() + " " + entry.provider() + " " + entry.to() + ": " + entry.reason();
 * assert line.equals("2026-11-22T02:15:49.364Z openai OPEN: maintenance");
 * }</pre>
 *
 * @param id its place in the history, {@code millis-sequence}; grows with each entry
 * @param at when, by the Redis server's clock
 * @param provider the provider's name
 * @param from the effective state before; empty if the entry does not tell it
 * @param to the effective state after
 * @param override the override in force after it
 * @param revision what was committed
 * @param worker id of the worker that made it
 * @param operator who wanted it; empty if it was automatic
 * @param reason why, for people
 * @param failureCount failures that worker had counted
 * @param successCount successful probes that worker had counted
 */
public record HistoryEntry(
    String id,
    Instant at,
    String provider,
    Optional<State> from,
    State to,
    Optional<OverrideMode> override,
    RevisionId revision,
    String worker,
    String operator,
    String reason,
    int failureCount,
    int successCount) {}
