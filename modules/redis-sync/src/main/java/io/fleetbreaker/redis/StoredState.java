package io.fleetbreaker.redis;

import io.fleetbreaker.State;
import io.fleetbreaker.sync.Revision;
import java.time.Instant;
import java.util.Optional;

/**
 * A provider's state as it stands in the store. Immutable.
 *
 * @param state the effective state, as it was when it was written: an override may have expired
 * @param failureCount at least 0
 * @param successCount at least 0
 * @param lastFailure when the writer last saw a failure
 * @param changedAt when the state began
 * @param revision empty for a legacy value, one written by a library that knows no revisions; such
 *     a value is older than any revision
 * @param schema version of the value's format; 0 for a legacy value
 */
public record StoredState(
    State state,
    int failureCount,
    int successCount,
    Optional<Instant> lastFailure,
    Instant changedAt,
    Optional<Revision> revision,
    int schema) {

  /** The format this library writes. It never writes over a value of a higher one. */
  public static final int SCHEMA = 1;

  /** A value without a revision, as FlexiAI writes it. */
  public static StoredState legacy(
      State state, int failureCount, int successCount, Instant changedAt) {
    return new StoredState(
        state, failureCount, successCount, Optional.empty(), changedAt, Optional.empty(), 0);
  }

  /** What the index is told of a revision: its own state, or that it is overridden. */
  static String indexed(Optional<Revision> revision, State state) {
    return revision.filter(r -> r.override() != null).isPresent() ? "overridden" : state.wireName();
  }

  /** The stored form of a revision. */
  public static StoredState of(Revision revision) {
    return new StoredState(
        revision.effectiveState(),
        revision.failureCount(),
        revision.successCount(),
        revision.lastFailureMillis() == 0
            ? Optional.empty()
            : Optional.of(Instant.ofEpochMilli(revision.lastFailureMillis())),
        Instant.ofEpochMilli(
            revision.override() == null
                ? revision.sinceMillis()
                : revision.override().sinceMillis()),
        Optional.of(revision),
        SCHEMA);
  }
}
