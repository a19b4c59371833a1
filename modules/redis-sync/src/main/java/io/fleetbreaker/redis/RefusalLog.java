package io.fleetbreaker.redis;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Lets one log line through for each thing that Redis refuses, whoever wanted to write: commits and
 * heartbeats are refused for one and the same reason. Thread-safe, with bounded memory: this
 * object's monitor guards all.
 */
final class RefusalLog {
  private static final Duration AGAIN = Duration.ofSeconds(30);
  private static final int MOST_REASONS = 16;

  /** What Redis itself has said; the code alone where it refuses every write. */
  private static final Pattern REASON =
      Pattern.compile(
          "\\b(?:OOM|READONLY|MISCONF|NOREPLICAS)\\b"
              + "|(?:NOPERM|ACL failure|The user executing the script can't)[^;(]*");

  private final Map<String, LogLimiter> limiters =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, LogLimiter> eldest) {
          return size() > MOST_REASONS;
        }
      };

  /** As {@link LogLimiter#tryPass}, for what was refused because of {@code cause}. */
  synchronized OptionalLong tryPass(String cause, long nowNanos) {
    Matcher reason = REASON.matcher(cause);
    String key = reason.find() ? reason.group().strip() : cause;
    return limiters.computeIfAbsent(key, name -> new LogLimiter(AGAIN)).tryPass(nowNanos);
  }
}
