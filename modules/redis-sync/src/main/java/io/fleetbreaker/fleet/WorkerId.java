package io.fleetbreaker.fleet;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;

/**
 * Names a worker: {@code host:pid:startMillis:nonce}, so that no two share one, also in containers
 * where every process is pid 1, and in a JVM that runs two fleets.
 */
final class WorkerId {
  private static final int NONCE_BYTES = 4;

  /** So long at most that a heartbeat can be kept under the whole id. */
  private static final int LONGEST_HOST = 200;

  private WorkerId() {}

  static String create() {
    byte[] nonce = new byte[NONCE_BYTES];
    new SecureRandom().nextBytes(nonce);
    return host()
        + ":"
        + ProcessHandle.current().pid()
        + ":"
        + System.currentTimeMillis()
        + ":"
        + HexFormat.of().formatHex(nonce);
  }

  /** When a worker of this id has started, by its own clock. */
  static Instant startedAt(String workerId) {
    String[] parts = workerId.split(":", -1);
    return Instant.ofEpochMilli(parts.length == 4 ? Long.parseLong(parts[2]) : 0);
  }

  private static String host() {
    try {
      String name = InetAddress.getLocalHost().getHostName().replaceAll("[^A-Za-z0-9._-]", "_");
      return name.substring(0, Math.min(name.length(), LONGEST_HOST));
    } catch (UnknownHostException e) {
      return "unknown-host";
    }
  }
}
