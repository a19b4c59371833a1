package io.fleetbreaker.redis;

import io.fleetbreaker.State;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.util.List;
import java.util.UUID;

/**
 * A commit that cannot succeed, made when a worker starts: so that the first real one, in the
 * middle of an incident, does not pay for loading classes and scripts (some 200 ms on a cold JVM).
 *
 * <p>It takes and gives up the lock of a provider that does not exist, and is refused because it
 * expects a revision that was never committed. Nothing is written or published.
 */
final class Rehearsal {
  private static final RevisionId NEVER_COMMITTED = new RevisionId(0, 1, "rehearsal");

  private Rehearsal() {}

  static void run(FleetStore store, String worker) {
    String op = UUID.randomUUID().toString();
    store.commit(
        new FleetStore.CommitRequest(
            "rehearsal." + op,
            NEVER_COMMITTED,
            op,
            serverMillis ->
                new Revision(
                    new RevisionId(serverMillis, 1, op),
                    List.of(op),
                    State.OPEN,
                    serverMillis,
                    1,
                    serverMillis + 1,
                    1,
                    "rehearsal",
                    worker,
                    0,
                    0,
                    serverMillis)));
  }
}
