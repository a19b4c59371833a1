package io.fleetbreaker.redis;

import io.fleetbreaker.State;
import io.fleetbreaker.sync.FleetOverride;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What happened to a provider on one worker, as it travels on the fleet's channel. Immutable.
 *
 * @param provider the provider's name
 * @param type what happened
 * @param worker id of the worker that says so; any string of at most 256 characters
 * @param at when, by the clock of whoever made the event; for people only
 * @param failureCount at least 0
 * @param successCount at least 0
 * @param revision the committed revision the event tells of; empty for a legacy event, one made by
 *     a library that knows no revisions
 */
public record BreakerEvent(
    String provider,
    Type type,
    String worker,
    Instant at,
    int failureCount,
    int successCount,
    Optional<RevisionInfo> revision) {

  /** The event types of the wire format. */
  public enum Type {
    OPENED,
    CLOSED,
    HALF_OPEN,
    FAILURE,
    SUCCESS;

    /** Lower case, as on the wire. */
    public String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * What our events add: enough to order the event and to act on an {@code opened} before the key
   * has been read.
   *
   * @param db the Redis database the state lives in; channels ignore databases
   * @param openMillis how long OPEN lasts, 0 unless opened
   * @param openUntilMillis server milliseconds, 0 unless opened
   * @param sinceMillis server milliseconds
   * @param operator who made the revision; empty if the breakers did
   * @param override the revision's override, if it has one
   * @param automaticState the state below the override; null if there is none
   */
  public record RevisionInfo(
      RevisionId id,
      int db,
      long openMillis,
      long openUntilMillis,
      long sinceMillis,
      String reason,
      String operator,
      @Nullable FleetOverride override,
      @Nullable State automaticState) {
    /** Of a revision that no operator has made, under no override. */
    public RevisionInfo(
        RevisionId id,
        int db,
        long openMillis,
        long openUntilMillis,
        long sinceMillis,
        String reason) {
      this(id, db, openMillis, openUntilMillis, sinceMillis, reason, "", null, null);
    }
  }

  /** A legacy event of the given type, without counts. */
  public static BreakerEvent of(String provider, Type type, String worker, Instant at) {
    return new BreakerEvent(provider, type, worker, at, 0, 0, Optional.empty());
  }

  /**
   * The event that tells of a committed revision.
   *
   * @param db the database it was committed in
   * @param serverMillis when, by the server's clock
   */
  static BreakerEvent committed(String provider, Revision revision, int db, long serverMillis) {
    Type type =
        switch (revision.effectiveState()) {
          case CLOSED -> Type.CLOSED;
          case OPEN -> Type.OPENED;
          case HALF_OPEN -> Type.HALF_OPEN;
        };
    return new BreakerEvent(
        provider,
        type,
        revision.worker(),
        Instant.ofEpochMilli(serverMillis),
        revision.failureCount(),
        revision.successCount(),
        Optional.of(
            new RevisionInfo(
                revision.id(),
                db,
                revision.openMillis(),
                revision.openUntilMillis(),
                revision.sinceMillis(),
                revision.reason(),
                revision.operator(),
                revision.override(),
                revision.override() == null ? null : revision.state())));
  }
}
