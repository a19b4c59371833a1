package io.fleetbreaker.cli.api;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * Where the fleet is, and who asks. Immutable.
 *
 * @param url of any worker, or of what spreads requests over them
 * @param token the bearer token; empty for none
 * @param timeout for one request and its whole answer
 * @param tls what to trust for https; empty for what Java trusts
 */
public record ApiSettings(
    URI url, Optional<String> token, Duration timeout, Optional<SSLContext> tls) {

  /**
   * Checks what can be checked.
   *
   * @throws IllegalArgumentException naming the option, the value and what to do
   */
  public ApiSettings {
    boolean usable =
        url.getHost() != null && List.of("http", "https").contains(String.valueOf(url.getScheme()));
    if (!usable || url.getRawUserInfo() != null || url.getRawQuery() != null) {
      // Not shown if it may hold a password.
      String shown = url.getRawUserInfo() == null ? url.toString() : "one with a user in it";
      throw new IllegalArgumentException(
          "--url must be like http://localhost:8000, was " + Plain.text(shown));
    }
    if (timeout.isZero() || timeout.isNegative()) {
      throw new IllegalArgumentException("--timeout must be more than 0 ms");
    }
    token.ifPresent(ApiSettings::requireToken);
  }

  /**
   * Refuses what cannot stand in a header.
   *
   * @throws IllegalArgumentException if the token is no word of printable ASCII characters
   */
  public static void requireToken(String token) {
    if (token.isEmpty() || !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new IllegalArgumentException(
          "the token must be one word of printable ASCII characters");
    }
  }

  /** Everything but the token. */
  @Override
  public String toString() {
    return "ApiSettings[" + url + ", " + timeout + "]";
  }
}
