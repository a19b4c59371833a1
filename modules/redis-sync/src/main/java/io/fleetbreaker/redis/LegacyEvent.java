package io.fleetbreaker.redis;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * An event of a worker that knows no revisions, such as one of FlexiAI 0.5, and the operation it
 * asks for. Immutable.
 *
 * @param op names the operation; the same on every worker that has received the same message, so
 *     that of many that commit it only one does
 */
record LegacyEvent(BreakerEvent event, String op) {
  /** No worker of this library names an operation so. */
  private static final String OP_PREFIX = "legacy-";

  private static final int DIGEST_BYTES = 16;

  /**
   * The event of a message: its operation is {@code legacy-} and the first 16 bytes of the
   * message's SHA-256 in lower-case hex.
   */
  static LegacyEvent of(BreakerEvent event, byte[] message) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(message);
      return new LegacyEvent(event, OP_PREFIX + HexFormat.of().formatHex(digest, 0, DIGEST_BYTES));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Whether a legacy event made the revision of this operation. */
  static boolean isLegacy(String op) {
    return op.startsWith(OP_PREFIX);
  }
}
