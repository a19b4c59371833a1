package io.fleetbreaker.redis;

import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Measures how old the transitions of other workers are when they take effect here, by the Redis
 * server's clock: from when the transition was made there. An event that stops traffic before the
 * key is read counts from when it stopped traffic, once the key confirms it. Right to about a round
 * trip to Redis, since that is how old the server's time is when it arrives. Not thread-safe.
 */
final class Propagation {
  private final String worker;
  private final ServerClock clock;
  private final AgeHistogram ages;
  private final Map<String, Hinted> hinted = new HashMap<>();

  private record Hinted(RevisionId id, long nanos) {}

  /** Measures for {@code worker}, by {@code clock}, into {@code ages}. */
  Propagation(String worker, ServerClock clock, AgeHistogram ages) {
    this.worker = worker;
    this.clock = clock;
    this.ages = ages;
  }

  /** An event has stopped traffic; of several that tell the same, the first has. */
  void onHint(String provider, RevisionId told, long nowNanos) {
    Hinted known = hinted.get(provider);
    if (known == null || !known.id().equals(told)) {
      hinted.put(provider, new Hinted(told, nowNanos));
    }
  }

  /** The worker holds another revision than before. */
  void onHeld(String provider, @Nullable Revision before, Revision now, long nowNanos) {
    Hinted hint = hinted.remove(provider);
    boolean writtenAgain =
        before != null
            && before.state() == now.state()
            && before.sinceMillis() == now.sinceMillis();
    if (now.worker().equals(worker) || writtenAgain || !clock.isSeen()) {
      return;
    }
    long earlier =
        hint != null && hint.id().equals(now.id())
            ? TimeUnit.NANOSECONDS.toMillis(nowNanos - hint.nanos())
            : 0;
    ages.add(clock.millis(nowNanos) - now.sinceMillis() - earlier);
  }
}
