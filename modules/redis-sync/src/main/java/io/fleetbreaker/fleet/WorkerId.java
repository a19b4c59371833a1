package io.fleetbreaker.fleet;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * Names a worker: {@code host:pid:startMillis:nonce}, so that no two share one, also in containers
 * where every process is pid 1, and in a JVM that runs two fleets.
 */
final class WorkerId {
  private static final int NONCE_BYTES = 4;

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

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName().replaceAll("[^A-Za-z0-9._-]", "_");
    } catch (UnknownHostException e) {
      return "unknown-host";
    }
  }
}
