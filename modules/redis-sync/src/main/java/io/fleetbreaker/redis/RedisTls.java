package io.fleetbreaker.redis;

/**
 * What a {@code rediss} connection trusts, and how it shows who it is. Immutable. The files are in
 * PEM. They are read when the store is opened and for each new connection: what replaces them is
 * used from then on.
 *
 * @param verify whether the server's certificate and host name are verified; without, anybody on
 *     the way can read and change everything, the password included
 * @param caFile the certificates of the authorities that are trusted instead of Java's own; empty
 *     for Java's own
 * @param certFile this client's certificate and its chain, for a server that wants one; else empty
 * @param keyFile the private key of {@code certFile}, PKCS#8 and not encrypted; else empty
 */
public record RedisTls(boolean verify, String caFile, String certFile, String keyFile) {
  /** Verification by Java's own authorities, and no certificate of our own. */
  public static final RedisTls DEFAULT = new RedisTls(true, "", "", "");

  /** Refuses a certificate without a key, and authorities that nobody would ask. */
  public RedisTls {
    if (certFile.isEmpty() != keyFile.isEmpty()) {
      throw new IllegalArgumentException(
          "tls.cert-file and tls.key-file must be set both or neither, only "
              + (certFile.isEmpty() ? "tls.key-file" : "tls.cert-file")
              + " was (redis)");
    }
    if (!verify && !caFile.isEmpty()) {
      throw new IllegalArgumentException(
          "tls.ca-file must not be set with tls.verify = none, which trusts everybody (redis)");
    }
  }

  /** {@link #DEFAULT}, but trusting these authorities only. */
  public static RedisTls trusting(String caFile) {
    return new RedisTls(true, caFile, "", "");
  }
}
