package io.fleetbreaker.redis;

import io.fleetbreaker.redis.FleetStore.WorkerSeen;
import io.fleetbreaker.redis.FleetStore.WorkersSeen;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The twin of the heartbeats in Redis, which keeps the same bytes. Not thread-safe: the store that
 * owns it guards it.
 */
final class InMemoryWorkers {
  private static final long FORGOTTEN_MILLIS = FleetStore.FORGOTTEN_AFTER.toMillis();

  private final Map<String, Heartbeat> heartbeats = new HashMap<>();
  private final Map<String, Long> index = new HashMap<>();

  void clear() {
    heartbeats.clear();
    index.clear();
  }

  void putRaw(String instance, byte[] raw, long now) {
    heartbeats.put(instance, new Heartbeat(raw.clone(), Long.MAX_VALUE));
    index.put(instance, now);
  }

  void beat(WorkerBeat beat, Duration lasting, long now) {
    WorkerChecks.requireLasting(lasting);
    String instance = legal(beat.instance());
    heartbeats.put(instance, new Heartbeat(BeatCodec.encode(beat), now + lasting.toMillis()));
    index.put(instance, now);
    forget(now);
  }

  void leave(String instance, long now) {
    heartbeats.remove(legal(instance));
    index.remove(instance);
    forget(now);
  }

  WorkersSeen workers(int most, long now) {
    WorkerChecks.requireMost(most);
    List<Map.Entry<String, Long>> inTime =
        index.entrySet().stream()
            .filter(entry -> Math.abs(entry.getValue() - now) < FORGOTTEN_MILLIS)
            .sorted(
                Map.Entry.<String, Long>comparingByValue()
                    .thenComparing(Map.Entry.comparingByKey())
                    .reversed())
            .toList();
    List<WorkerSeen> seen = new ArrayList<>();
    int skipped = 0;
    for (Map.Entry<String, Long> entry : inTime.stream().limit(most).toList()) {
      Heartbeat held = heartbeats.get(entry.getKey());
      byte[] raw = held == null || held.untilMillis <= now ? new byte[0] : held.raw;
      try {
        Optional<WorkerBeat> beat =
            raw.length == 0 ? Optional.empty() : Optional.of(BeatCodec.decode(entry.getKey(), raw));
        seen.add(new WorkerSeen(entry.getKey(), entry.getValue(), beat));
      } catch (WireException e) {
        skipped++;
      }
    }
    return new WorkersSeen(seen, skipped, inTime.size() <= most, now);
  }

  private void forget(long now) {
    index.values().removeIf(at -> Math.abs(at - now) >= FORGOTTEN_MILLIS);
  }

  private static String legal(String instance) {
    return RedisKeys.requireInstance(instance);
  }

  /** What stands under one key. */
  private static final class Heartbeat {
    private final byte[] raw;
    private final long untilMillis;

    Heartbeat(byte[] raw, long untilMillis) {
      this.raw = raw;
      this.untilMillis = untilMillis;
    }
  }
}
