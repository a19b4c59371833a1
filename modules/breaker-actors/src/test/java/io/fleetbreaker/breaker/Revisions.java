package io.fleetbreaker.breaker;

import io.fleetbreaker.State;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.util.List;

/** Revisions of another worker, for tests. */
final class Revisions {
  private Revisions() {}

  static Revision of(State state, long version) {
    String op = "op-" + version;
    long open = state == State.OPEN ? 60_000 : 0;
    return new Revision(
        new RevisionId(1_000, version, op),
        List.of(op),
        state,
        5_000,
        open,
        open == 0 ? 0 : 65_000,
        state == State.CLOSED ? 0 : 1,
        "because",
        "other:1:1:a",
        state == State.OPEN ? 5 : 0,
        0,
        0);
  }
}
