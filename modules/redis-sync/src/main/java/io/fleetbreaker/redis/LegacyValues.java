package io.fleetbreaker.redis;

import io.fleetbreaker.State;
import io.fleetbreaker.redis.SyncCore.Step;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import io.fleetbreaker.sync.SyncPort;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a worker makes of states without a revision under the state keys, as a FlexiAI application
 * writes them that shares its states by itself: one that is open stops traffic here for what is
 * left of the open time, as a hint does. It is never held, and nothing is proposed because of it.
 * Not thread-safe.
 */
final class LegacyValues {
  private static final RevisionId PLACE = new RevisionId(0, 1, "legacy");

  private final Map<String, Duration> openFor;
  private final Set<String> told = new HashSet<>();

  /** As for {@link LegacySync}. */
  LegacyValues(Map<String, Duration> openFor) {
    this.openFor = Map.copyOf(openFor);
  }

  /**
   * The key has been read. {@code p} knows of it already.
   *
   * @return what to tell the breaker: the hint, or that it has ended
   */
  Step onRead(String provider, ProviderSync p, Optional<StoredState> found, long serverMillis) {
    Duration left = found.map(s -> left(provider, p, s, serverMillis)).orElse(Duration.ZERO);
    if (!left.isZero()) {
      return told.add(provider)
          ? Step.of(p, new SyncEffect.Tell(hint(left, serverMillis)))
          : Step.of(p);
    }
    boolean ends = told.remove(provider) && p.held() == null && p.hint().told() == null;
    return ends ? Step.of(p, new SyncEffect.Tell(new SyncPort.HintWithdrawn())) : Step.of(p);
  }

  /** Whether the breaker has been told to stop traffic, so that it starts with that. */
  boolean hasTold(String provider) {
    return told.contains(provider);
  }

  /** A breaker registers, and may know nothing of what its predecessor was told. */
  void onRegister(String provider) {
    told.remove(provider);
  }

  private Duration left(String provider, ProviderSync p, StoredState state, long serverMillis) {
    Duration open = openFor.get(provider);
    boolean counts = p.held() == null && state.revision().isEmpty() && state.state() == State.OPEN;
    if (open == null || !counts) {
      return Duration.ZERO;
    }
    long age = serverMillis - state.changedAt().toEpochMilli();
    // Dated as far ahead of the server's clock, it says nothing of now.
    boolean ofNow = Math.abs(age) < open.toMillis();
    return ofNow ? open.minusMillis(Math.max(0, age)) : Duration.ZERO;
  }

  private static SyncPort.Hint hint(Duration left, long serverMillis) {
    return new SyncPort.Hint(
        new Revision(
            PLACE,
            List.of(PLACE.op()),
            State.OPEN,
            serverMillis,
            left.toMillis(),
            serverMillis + left.toMillis(),
            1,
            "the state in Redis is open",
            "of FlexiAI",
            0,
            0,
            0),
        left);
  }
}
