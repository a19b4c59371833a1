package io.fleetbreaker.redis;

import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.State;
import io.fleetbreaker.redis.FleetStore.CommitRequest;
import io.fleetbreaker.sync.FleetOverride;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Revisions, states and events for tests. */
final class Revisions {
  static final long EPOCH = 1_795_313_749_000L;

  private Revisions() {}

  static Revision open(long epoch, long version, String op) {
    return of(State.OPEN, epoch, version, op, List.of());
  }

  static Revision closed(long epoch, long version, String op) {
    return of(State.CLOSED, epoch, version, op, List.of());
  }

  static Revision of(State state, long epoch, long version, String op, List<String> olderOps) {
    List<String> ops = new ArrayList<>(List.of(op));
    olderOps.stream().limit(Revision.KEPT_OPS - 1).forEach(ops::add);
    boolean open = state == State.OPEN;
    return new Revision(
        new RevisionId(epoch, version, op),
        ops,
        state,
        EPOCH + version % 1000,
        open ? 60_000 : 0,
        open ? EPOCH + version % 1000 + 60_000 : 0,
        open ? 1 : 0,
        "five failures in a row",
        "host-a:5486:1795313749263:a1b2",
        5,
        0,
        EPOCH);
  }

  /** The same, made by an operator: under this override, or none. */
  static Revision byOperator(Revision revision, @Nullable OverrideMode mode) {
    String op = revision.id().op();
    return new Revision(
        revision.id(),
        revision.ops(),
        revision.state(),
        revision.sinceMillis(),
        revision.openMillis(),
        revision.openUntilMillis(),
        revision.attempt(),
        "maintenance",
        revision.worker(),
        revision.failureCount(),
        revision.successCount(),
        revision.lastFailureMillis(),
        "alice",
        mode == null ? null : new FleetOverride(mode, "maintenance", "alice", EPOCH, 0, op));
  }

  /** A request to commit {@code revision} on {@code expected}. */
  static CommitRequest commit(String provider, RevisionId expected, Revision revision) {
    return new CommitRequest(provider, expected, revision.id().op(), serverMillis -> revision);
  }

  static BreakerEvent opened(String provider, long version, String op) {
    return BreakerEvent.committed(
        provider, open(EPOCH, version, op), TestRedis.DATABASE, EPOCH + version);
  }

  static StoredState legacy(State state) {
    return StoredState.legacy(state, 3, 0, Instant.parse("2026-11-22T02:15:49.364548Z"));
  }
}
