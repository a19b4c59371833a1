package io.fleetbreaker.redis;

import java.time.Duration;

/**
 * The mark of a store: {@code <server milliseconds>-<random>}. A store without one has been lost or
 * is new; one that was marked a moment ago may not yet have got back what the workers hold.
 */
final class StoreMark {
  /** In this time the holders have heard a greeting, and have written again what was lost. */
  static final Duration HOLDERS_WAIT = Duration.ofMillis(300);

  private StoreMark() {}

  static String made(long serverMillis, String random) {
    return serverMillis + "-" + random;
  }

  /** Whether workers may just be writing again what this store has lost. */
  static boolean isAbsentOrFresh(String mark, long serverMillis) {
    if (mark.isEmpty()) {
      return true;
    }
    try {
      long age = serverMillis - Long.parseLong(mark.replaceFirst("-.*", ""));
      return age >= 0 && age < HOLDERS_WAIT.toMillis();
    } catch (NumberFormatException e) {
      // A stranger's mark: it is there, which is all that is known of it.
      return false;
    }
  }
}
