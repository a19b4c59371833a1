package io.fleetbreaker.redis;

import io.fleetbreaker.redis.FleetStore.CommitRequest;
import io.fleetbreaker.redis.FleetStore.CommitResult;
import io.fleetbreaker.sync.FleetOverride;
import io.fleetbreaker.sync.Revision;
import java.time.Duration;
import java.util.Optional;

/** What every store checks about a commit, wherever it keeps its states. */
final class CommitChecks {
  private CommitChecks() {}

  /**
   * The revision that a request wants written at this server time.
   *
   * @throws IllegalArgumentException if it is not the work of the request's op, or does not come
   *     after the revision it is to replace: the store never goes back
   */
  static Revision built(CommitRequest request, long serverMillis) {
    Revision revision = request.revision().apply(serverMillis);
    if (!revision.id().op().equals(request.op()) || !revision.ops().contains(request.op())) {
      throw new IllegalArgumentException(
          "revision must be made by op " + request.op() + ", was " + revision.id());
    }
    if (!revision.id().isAfter(request.expected())) {
      throw new IllegalArgumentException(
          "revision must come after " + request.expected() + ", was " + revision.id());
    }
    return revision;
  }

  /**
   * What a value that stands in the store already says about a request that has not got the lock;
   * empty if it says nothing, so that the lock must be waited for.
   */
  static Optional<CommitResult> decided(CommitRequest request, byte[] current, long serverMillis) {
    if (current.length == 0) {
      return Optional.empty();
    }
    try {
      StoredState state = WireCodec.decodeState(current);
      Revision revision = state.revision().orElse(null);
      if (revision == null || revision.id().equals(request.expected())) {
        return Optional.empty();
      }
      return Optional.of(
          revision.ops().contains(request.op())
              ? new CommitResult.Committed(revision, serverMillis)
              : new CommitResult.Conflict(Optional.of(state), serverMillis));
    } catch (WireException e) {
      return Optional.empty();
    }
  }

  /**
   * How long a state is kept; 0 for as long as the store is. Under an override that ends, its usual
   * time begins with that end.
   */
  static long ttlMillis(Revision revision, Duration stateTtl, long serverMillis) {
    long usual = Math.max(stateTtl.toMillis(), 2 * revision.openMillis());
    FleetOverride override = revision.override();
    if (override == null) {
      return usual;
    }
    return override.isEndless() ? 0 : usual + override.millisLeft(serverMillis);
  }

  /** The result for an op that the stored value already knows. */
  static CommitResult already(byte[] current, long serverMillis) throws WireException {
    Revision revision =
        WireCodec.decodeState(current)
            .revision()
            .orElseThrow(() -> new WireException("a value with an op has no revision"));
    return new CommitResult.Committed(revision, serverMillis);
  }
}
