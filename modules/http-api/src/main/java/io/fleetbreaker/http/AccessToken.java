package io.fleetbreaker.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A token that is accepted, known by its hash only. Immutable; its text shows no hash.
 *
 * @param name who it stands for in the history and the log: 1 to 64 letters, digits and any of
 *     {@code . _ @ -}
 * @param role what its bearer may do
 * @param sha256 the SHA-256 of the token's UTF-8 bytes, as 64 hexadecimal digits
 */
public record AccessToken(String name, Role role, String sha256) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@-]{0,63}");
  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");
  private static final String HASH_OF_NOTHING = hashOf("");

  /** Refuses a name or a hash that is none; the message does not repeat the hash. */
  public AccessToken {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "a token's name must be 1 to 64 letters, digits, '.', '_', '@' or '-' and start with a"
              + " letter or digit, had "
              + name.length()
              + " characters");
    }
    sha256 = sha256.toLowerCase(Locale.ROOT);
    if (!HASH.matcher(sha256).matches()) {
      throw new IllegalArgumentException(
          "sha256 of the token '"
              + name
              + "' must be 64 hexadecimal digits, had "
              + sha256.length()
              + " characters; fleetbreaker token hash makes it");
    }
    if (sha256.equals(HASH_OF_NOTHING)) {
      throw new IllegalArgumentException(
          "sha256 of the token '" + name + "' is that of an empty token, which is no secret");
    }
  }

  /** The hash that is configured for {@code token}. */
  public static String hashOf(String token) {
    return HexFormat.of().formatHex(digest(token));
  }

  /** The bytes of the hash. */
  static byte[] digest(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  byte[] hash() {
    return HexFormat.of().parseHex(sha256);
  }

  @Override
  public String toString() {
    return "AccessToken[name=" + name + ", role=" + role.settingName() + "]";
  }
}
