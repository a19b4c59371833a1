package io.fleetbreaker.redis;

import io.fleetbreaker.ProviderName;
import java.util.regex.Pattern;

/** The names of everything a fleet keeps in Redis. Every key and channel is built here. */
final class RedisKeys {
  private static final int LONGEST_LOCK_NAME = 200;

  private static final Pattern INSTANCE =
      Pattern.compile("[A-Za-z0-9._-]{1,200}:\\d{1,10}:\\d{1,13}:[0-9a-z]{1,16}");

  private final String prefix;
  private final String channel;

  RedisKeys(String prefix, String channel) {
    this.prefix = prefix;
    this.channel = channel;
  }

  /** The channel of the events. */
  String channel() {
    return channel;
  }

  /** Where a provider's state stands; refuses an illegal provider name. */
  String state(String provider) {
    return prefix + ":state:" + ProviderName.require(provider);
  }

  /** Where the round of probes of a provider stands; refuses an illegal provider name. */
  String probe(String provider) {
    return prefix + ":probe:" + ProviderName.require(provider);
  }

  /** Where the names of the providers stand that are not plainly CLOSED. */
  String open() {
    return prefix + ":open";
  }

  /** Where the mark of a store stands that has not been lost. */
  String fleet() {
    return prefix + ":fleet";
  }

  /** Where the history of commits stands. */
  String history() {
    return prefix + ":history";
  }

  /** Where the heartbeat of a worker stands; refuses an illegal instance. */
  String worker(String instance) {
    return prefix + ":worker:" + requireInstance(instance);
  }

  /** Where it stands when which worker was last seen. */
  String workers() {
    return prefix + ":workers";
  }

  static String requireInstance(String instance) {
    if (!isLegalInstance(instance)) {
      throw new IllegalArgumentException(
          "an instance must be host:pid:startMillis:nonce, was '"
              + ProviderName.shown(instance)
              + "'");
    }
    return instance;
  }

  /** Whether a worker can have this id. */
  static boolean isLegalInstance(String instance) {
    return INSTANCE.matcher(instance).matches();
  }

  /** Where a lock stands; refuses an illegal lock name. */
  String lock(String name) {
    return prefix + ":lock:" + requireLockName(name);
  }

  /** The name of the lock under which a provider's state is written. */
  static String stateLock(String provider) {
    return "state:" + ProviderName.require(provider);
  }

  static String requireLockName(String name) {
    boolean legal =
        !name.isEmpty()
            && name.length() <= LONGEST_LOCK_NAME
            && name.codePoints()
                .noneMatch(c -> Character.isWhitespace(c) || Character.isISOControl(c));
    if (!legal) {
      throw new IllegalArgumentException(
          "lock name must be 1 to "
              + LONGEST_LOCK_NAME
              + " characters without spaces or control characters, was '"
              + ProviderName.shown(name)
              + "'");
    }
    return name;
  }
}
