package io.fleetbreaker.cli.api;

import java.net.URI;
import java.net.URISyntaxException;
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
    requireUrl("--url", url);
    if (timeout.isZero() || timeout.isNegative()) {
      throw new IllegalArgumentException("--timeout must be more than 0 ms");
    }
    token.ifPresent(ApiSettings::requireToken);
  }

  /**
   * Reads the address of a worker.
   *
   * @param setting where the text was found, for the message
   * @throws IllegalArgumentException if it is none; the message repeats nothing that may be a
   *     password
   */
  public static URI url(String setting, String text) {
    URI url;
    try {
      url = new URI(text);
    } catch (URISyntaxException e) {
      throw noUrl(setting, text);
    }
    requireUrl(setting, url);
    return url;
  }

  private static void requireUrl(String setting, URI url) {
    boolean usable =
        url.getHost() != null && List.of("http", "https").contains(String.valueOf(url.getScheme()));
    boolean bare =
        url.getRawUserInfo() == null && url.getRawQuery() == null && url.getRawFragment() == null;
    if (!usable || !bare) {
      throw noUrl(setting, url.toString());
    }
  }

  private static IllegalArgumentException noUrl(String setting, String text) {
    // A comma ends an address of a list, also within a password: then there is no "@" to see.
    boolean secret = text.contains("@") || text.matches("(?s)[^/]*//[^/:\\[]*:[^0-9/].*");
    String shown = secret ? "one with a user in it" : Plain.text(text);
    return new IllegalArgumentException(
        setting + " must be like http://localhost:8000, was " + shown);
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
