package io.fleetbreaker.fleet;

import io.fleetbreaker.redis.SyncHealth;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** How far a worker has come in joining its fleet. Thread-safe. */
final class Joining {
  /** Redis is there and does not let this worker do something: waiting will not mend it. */
  private static final Pattern DENIED =
      Pattern.compile("NOPERM|NOAUTH|WRONGPASS|ACL failure|The user executing the script can't");

  private final String channel;
  private volatile boolean snapshotTaken;
  private volatile boolean written;
  private volatile boolean joined;

  Joining(String channel) {
    this.channel = channel;
  }

  /** Every breaker holds the fleet's state. */
  void snapshotTaken() {
    snapshotTaken = true;
  }

  /** The worker has tried to write, so that {@link SyncStatus#refusal} says whether it may. */
  void hasWritten() {
    written = true;
  }

  /**
   * What is missing, given how the worker is connected now. A worker that may start without Redis
   * and finds none has joined too: it protects itself alone.
   */
  Readiness given(SyncStatus sync) {
    if (joined) {
      return Readiness.READY;
    }
    boolean tried = !sync.problem().equals(SyncHealth.CONNECTING);
    boolean away = tried && !sync.redisConnected() && !isDenied(sync.problem());
    List<String> missing = away ? List.of() : missing(sync, tried);
    if (missing.isEmpty()) {
      joined = true;
    }
    return new Readiness(missing);
  }

  private List<String> missing(SyncStatus sync, boolean tried) {
    List<String> missing = new ArrayList<>();
    if (!snapshotTaken) {
      missing.add("snapshot pending");
    }
    if (!sync.subscribed()) {
      missing.add("not subscribed to the channel " + channel);
    }
    String refusal = sync.refusal();
    if (snapshotTaken && !written && refusal.isEmpty()) {
      missing.add("first heartbeat pending");
    }
    if (!refusal.isEmpty()) {
      missing.add(
          (isDenied(refusal) ? "permission missing: " : "redis refuses writes: ") + refusal);
    }
    // The problem of a worker that nothing else is wrong with is the refusal.
    if (tried && isDenied(sync.problem()) && !sync.problem().equals(refusal)) {
      missing.add("permission missing: " + sync.problem());
    }
    return missing;
  }

  private static boolean isDenied(String problem) {
    return DENIED.matcher(problem).find();
  }
}
