package io.fleetbreaker.bench;

import io.fleetbreaker.State;
import io.fleetbreaker.redis.FleetStore;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Commits one transition of one provider after the other, OPEN and CLOSED in turn, as a worker
 * does. Not thread-safe.
 */
final class StoreCommits {
  private static final String WORKER = "bench-host:12345:1795313749263:0123456789abcdef";
  private static final long OPEN_MILLIS = 60_000;

  private final FleetStore store;
  private final String provider;
  private RevisionId last = RevisionId.NONE;
  private List<String> ops = List.of();

  StoreCommits(FleetStore store, String provider) {
    this.store = store;
    this.provider = provider;
  }

  /** The next commit, to be made by {@link FleetStore#commit}. */
  FleetStore.CommitRequest next() {
    String op = UUID.randomUUID().toString();
    List<String> newOps =
        Stream.concat(Stream.of(op), ops.stream()).limit(Revision.KEPT_OPS).toList();
    boolean opens = last.version() % 2 == 0;
    RevisionId expected = last;
    return new FleetStore.CommitRequest(
        provider,
        expected,
        op,
        serverMillis ->
            new Revision(
                expected.equals(RevisionId.NONE)
                    ? new RevisionId(serverMillis, 1, op)
                    : new RevisionId(expected.epoch(), expected.version() + 1, op),
                newOps,
                opens ? State.OPEN : State.CLOSED,
                serverMillis,
                opens ? OPEN_MILLIS : 0,
                opens ? serverMillis + OPEN_MILLIS : 0,
                1,
                opens ? "5 failures in a row" : "a probe succeeded",
                WORKER,
                5,
                0,
                serverMillis));
  }

  /** What came of it; the next commit follows on that. */
  void made(FleetStore.CommitResult result) {
    if (!(result instanceof FleetStore.CommitResult.Committed committed)) {
      throw new IllegalStateException("not committed: " + result);
    }
    last = committed.revision().id();
    ops = committed.revision().ops();
  }

  /** Commits {@code count} transitions; an even number ends in the state that it began in. */
  void commit(int count) {
    for (int i = 0; i < count; i++) {
      made(store.commit(next()));
    }
  }
}
