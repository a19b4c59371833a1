package io.fleetbreaker.redis;

import io.fleetbreaker.Ticker;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What a Redis that answers refuses to write, as far as it was last asked. Thread-safe: this
 * object's monitor guards all.
 *
 * <p>A write that succeeds ends what it proves wrong: its own refusal, and each that was for a
 * reason that would refuse every write. What nobody tries again is forgotten after {@link #KEPT}.
 */
final class Refusals {
  /** Longer than any worker waits before it tries again what it still wants. */
  static final Duration KEPT = Duration.ofMinutes(10);

  /** Reasons of the whole server; within a script, behind a text of Redis's own. */
  private static final Pattern OF_THE_SERVER =
      Pattern.compile("\\b(?:OOM|READONLY|MISCONF|NOREPLICAS)\\b");

  /** Who may not run scripts can write nothing, since all that is written is written by one. */
  private static final Pattern OF_SCRIPTS = Pattern.compile("run the '(?:evalsha|eval)' command");

  /** What a worker writes. */
  enum Kind {
    COMMIT("commits"),
    AFTER_COMMIT("what follows a commit"),
    PROBE("probes"),
    HEARTBEAT("heartbeats");

    private final String shown;

    Kind(String shown) {
      this.shown = shown;
    }
  }

  private record Refusal(String cause, long atNanos) {}

  private final Ticker ticker;
  private final Map<Kind, Refusal> current = new EnumMap<>(Kind.class);

  Refusals(Ticker ticker) {
    this.ticker = ticker;
  }

  /** Whether this is what a server says that refuses every write. */
  static boolean isOfTheServer(String cause) {
    return OF_THE_SERVER.matcher(cause).find();
  }

  synchronized void refused(Kind kind, String cause) {
    current.put(kind, new Refusal(cause, ticker.nanos()));
  }

  /**
   * A commit stands, and not all that follows it: a refusal unless a key of another type is in the
   * way, which the next commit replaces or the log tells of.
   */
  synchronized void untold(String problem) {
    if (isOfTheServer(problem) || Replies.saysDenied(problem)) {
      refused(Kind.AFTER_COMMIT, problem);
    }
  }

  /** What was asked for has been written. */
  synchronized void written(Kind kind) {
    current.remove(kind);
    current
        .values()
        .removeIf(
            refusal ->
                isOfTheServer(refusal.cause()) || OF_SCRIPTS.matcher(refusal.cause()).find());
  }

  /** For people; empty if nothing is refused. */
  synchronized String shown() {
    long now = ticker.nanos();
    current.values().removeIf(refusal -> now - refusal.atNanos() >= KEPT.toNanos());
    StringBuilder out = new StringBuilder();
    current.forEach(
        (kind, refusal) ->
            out.append(out.isEmpty() ? "" : "; ")
                .append(kind.shown)
                .append(": ")
                .append(refusal.cause()));
    return out.toString();
  }
}
