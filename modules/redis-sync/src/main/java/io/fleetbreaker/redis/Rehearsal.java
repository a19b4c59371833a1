package io.fleetbreaker.redis;

import io.fleetbreaker.State;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/**
 * A commit and a probe that cannot succeed, made when a worker starts: so that the first real ones,
 * in the middle of an incident, do not pay for loading classes and scripts (some 200 ms on a cold
 * JVM).
 *
 * <p>It takes and gives up the lock of a provider that does not exist, and is refused because it
 * expects a revision that was never committed. Nothing is written or published.
 */
public final class Rehearsal {
  private static final RevisionId NEVER_COMMITTED = new RevisionId(0, 1, "rehearsal");

  private Rehearsal() {}

  /** Runs it, which blocks; what Redis refuses of it {@link FleetStore#refusal} tells. */
  public static void run(FleetStore store, String worker) {
    String op = UUID.randomUUID().toString();
    String provider = "rehearsal." + op;
    store.commit(
        new FleetStore.CommitRequest(
            provider,
            NEVER_COMMITTED,
            op,
            serverMillis -> revision(op, worker, State.OPEN, serverMillis)));
    Revision halfOpen = revision(op, worker, State.HALF_OPEN, 1);
    Duration length = Duration.ofSeconds(1);
    store.askProbe(new FleetStore.ProbeAsk(provider, NEVER_COMMITTED, halfOpen, op, 1, 1, length));
    store.renewProbes(provider, halfOpen.id(), List.of(op), length);
    store.settleProbe(provider, halfOpen.id(), op, false, 1);
  }

  private static Revision revision(String op, String worker, State state, long serverMillis) {
    return new Revision(
        new RevisionId(serverMillis, 1, op),
        List.of(op),
        state,
        serverMillis,
        1,
        serverMillis + 1,
        1,
        "rehearsal",
        worker,
        0,
        0,
        serverMillis);
  }
}
