package io.fleetbreaker.redis;

import io.fleetbreaker.sync.FleetOverride;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What {@link WireCodec} refuses to write, because it would refuse to read it. Looks at the values
 * themselves: to decode what has just been encoded was a tenth of a commit, and far more of the
 * first one.
 */
final class WireBounds {
  static final int LONGEST_WORKER = 256;
  static final int LONGEST_OP = 128;
  static final int LONGEST_OPERATOR = 256;

  /** The end of the year 9999, the last that the times can be written of. */
  static final long LAST_MILLIS = 253_402_300_799_999L;

  private static final Instant LAST_FAILURE = Instant.ofEpochSecond(LAST_MILLIS / 1_000);

  private WireBounds() {}

  static void require(BreakerEvent event) {
    try {
      count("failure_count", event.failureCount());
      count("success_count", event.successCount());
      text("worker_id", event.worker(), LONGEST_WORKER);
      if (event.revision().isPresent()) {
        BreakerEvent.RevisionInfo revision = event.revision().get();
        id(revision.id());
        count("db", revision.db());
        millis("open_ms", revision.openMillis());
        millis("open_until_ms", revision.openUntilMillis());
        millis("since_ms", revision.sinceMillis());
        text("operator", revision.operator(), LONGEST_OPERATOR);
        override(revision.override());
      }
    } catch (WireException e) {
      throw new IllegalArgumentException("event cannot be written: " + e.reason());
    }
  }

  static void require(StoredState state) {
    try {
      count("failure_count", state.failureCount());
      count("success_count", state.successCount());
      if (state.lastFailure().isPresent()) {
        lastFailure(state.lastFailure().get());
      }
      if (state.revision().isPresent()) {
        require(state.revision().get());
      }
    } catch (WireException e) {
      throw new IllegalArgumentException("state cannot be written: " + e.reason());
    }
  }

  /** Whether so many bytes are read again. */
  static byte[] requireShort(byte[] bytes, String what) {
    if (bytes.length > WireJson.LONGEST_BYTES) {
      throw new IllegalArgumentException(
          what + " cannot be written: longer than " + WireJson.LONGEST_BYTES + " bytes");
    }
    return bytes;
  }

  private static void require(Revision revision) throws WireException {
    id(revision.id());
    int most = Math.min(revision.ops().size(), Revision.KEPT_OPS);
    if (!revision.ops().subList(0, most).contains(revision.id().op())) {
      throw new WireException("ops does not hold op");
    }
    if (revision.ops().size() > WireCodec.MOST_OPS) {
      throw new WireException("ops is not a list of at most " + WireCodec.MOST_OPS);
    }
    for (String op : revision.ops()) {
      text("ops", op, LONGEST_OP);
    }
    millis("since_ms", revision.sinceMillis());
    millis("open_ms", revision.openMillis());
    millis("open_until_ms", revision.openUntilMillis());
    count("attempt", revision.attempt());
    text("worker_id", revision.worker(), LONGEST_WORKER);
    text("operator", revision.operator(), LONGEST_OPERATOR);
    override(revision.override());
  }

  private static void override(@Nullable FleetOverride override) throws WireException {
    if (override != null) {
      millis("override.since_ms", override.sinceMillis());
      millis("override.until_ms", override.untilMillis());
      text("override.operator", override.operator(), LONGEST_OPERATOR);
      text("override.op", override.op(), LONGEST_OP);
    }
  }

  private static void id(RevisionId id) throws WireException {
    if (id.version() < 1) {
      throw new WireException("version is out of range");
    }
    text("op", id.op(), LONGEST_OP);
    if (id.op().isEmpty()) {
      throw new WireException("op is empty");
    }
  }

  private static void lastFailure(Instant at) throws WireException {
    if (at.isBefore(Instant.EPOCH) || at.isAfter(LAST_FAILURE)) {
      throw new WireException("last_failure_time is out of range");
    }
  }

  private static void text(String name, String text, int longest) throws WireException {
    if (text.length() > longest) {
      throw new WireException(name + " is longer than " + longest + " characters");
    }
  }

  private static void count(String name, int count) throws WireException {
    if (count < 0) {
      throw new WireException(name + " is out of range");
    }
  }

  private static void millis(String name, long millis) throws WireException {
    if (millis < 0 || millis > LAST_MILLIS) {
      throw new WireException(name + " is out of range");
    }
  }
}
