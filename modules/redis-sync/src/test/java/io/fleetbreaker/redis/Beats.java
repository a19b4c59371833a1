package io.fleetbreaker.redis;

import io.fleetbreaker.CallCounts;
import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.State;
import io.fleetbreaker.redis.WorkerBeat.ProviderBeat;
import io.fleetbreaker.sync.RevisionId;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/** Heartbeats for tests. */
final class Beats {
  private Beats() {}

  static String instance(int number) {
    return "host-" + number + ":5486:1795313749263:a1b2";
  }

  static WorkerBeat of(String instance, ProviderBeat... providers) {
    return new WorkerBeat(
        instance,
        "http://127.0.0.1:8001",
        "1.0.0",
        1795313749263L,
        true,
        OptionalLong.of(12),
        List.of(providers));
  }

  /** A provider of which everything is told. */
  static ProviderBeat full(String provider) {
    return new ProviderBeat(
        provider,
        State.HALF_OPEN,
        Optional.of(OverrideMode.METRICS_ONLY),
        Integer.MAX_VALUE,
        OptionalDouble.of(33.33),
        new CallCounts(1_234_567_890, 987_654_321, 12_345, 6_789, 4_321, 55_555),
        new RevisionId(1795313749364L, 123_456, "5f0c6a5e-3e0c-4ab5-8f53-1a2b3c4d5e6f"),
        false);
  }

  /** A provider of which nothing has to be told. */
  static ProviderBeat plain(String provider) {
    return new ProviderBeat(
        provider,
        State.CLOSED,
        Optional.empty(),
        0,
        OptionalDouble.empty(),
        new CallCounts(0, 0, 0, 0, 0, 0),
        RevisionId.NONE,
        true);
  }

  static ProviderBeat[] many(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> full("provider-number-" + i))
        .toArray(ProviderBeat[]::new);
  }
}
