package io.fleetbreaker.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Certificates and private keys in PEM (RFC 7468). Refusals name setting and file, and show nothing
 * of what is in it. Immutable.
 *
 * @param section whose settings name the files, for refusals: {@code redis}
 */
public record Pem(String section) {
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");
  private static final List<String> KEY_ALGORITHMS = List.of("RSA", "EC", "EdDSA", "RSASSA-PSS");

  /**
   * All certificates of a file, at least one.
   *
   * @throws IllegalArgumentException naming setting and file
   */
  public List<Certificate> certificates(String setting, String file) {
    byte[] content = read(setting, file);
    try {
      Collection<? extends Certificate> found =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(content));
      if (!found.isEmpty()) {
        return List.copyOf(found);
      }
    } catch (CertificateException e) {
      throw refusal(setting, "must hold certificates in PEM", file, e);
    }
    throw refusal(setting, "must hold at least one certificate", file, null);
  }

  /**
   * The one private key of a file.
   *
   * @throws IllegalArgumentException naming setting and file
   */
  public PrivateKey privateKey(String setting, String file) {
    Matcher key = KEY.matcher(new String(read(setting, file), UTF_8));
    if (!key.find()) {
      throw refusal(
          setting,
          "must hold a PKCS#8 key that is not encrypted, BEGIN PRIVATE KEY; openssl pkcs8 -topk8"
              + " -nocrypt makes one of others",
          file,
          null);
    }
    // What is no base 64 at all becomes bytes that are no key.
    PKCS8EncodedKeySpec encoded =
        new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(key.group(1).getBytes(US_ASCII)));
    return KEY_ALGORITHMS.stream()
        .flatMap(algorithm -> decoded(algorithm, encoded).stream())
        .findFirst()
        .orElseThrow(
            () ->
                refusal(
                    setting,
                    "must hold a key of " + String.join(", ", KEY_ALGORITHMS),
                    file,
                    null));
  }

  private static Optional<PrivateKey> decoded(String algorithm, PKCS8EncodedKeySpec encoded) {
    try {
      return Optional.of(KeyFactory.getInstance(algorithm).generatePrivate(encoded));
    } catch (GeneralSecurityException e) {
      // Not of this algorithm, or this Java does not have it.
      return Optional.empty();
    }
  }

  private byte[] read(String setting, String file) {
    try {
      return Files.readAllBytes(Path.of(file));
    } catch (IOException | InvalidPathException e) {
      throw refusal(setting, "must name a readable file", file, e);
    }
  }

  private IllegalArgumentException refusal(
      String setting, String rule, String file, @Nullable Exception e) {
    return new IllegalArgumentException(
        setting
            + " "
            + rule
            + ", was "
            + file
            + " ("
            + section
            + ")"
            + (e == null ? "" : ": " + said(e)),
        e);
  }

  private static String said(Exception e) {
    return e.getClass().getSimpleName();
  }
}
