package io.fleetbreaker;

import java.util.regex.Pattern;

/**
 * The rule for a provider's name, applied at every entrance: configuration, API, HTTP, message.
 *
 * <pre>{@code
 * assert ProviderName.isLegal("gpt-4.1") && !ProviderName.isLegal("gpt 4");
 * String name = ProviderName.require("openai");
 * }</pre>
 */
public final class ProviderName {
  private static final Pattern LEGAL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
  private static final int SHOWN = 64;

  private ProviderName() {}

  /** Whether {@code name} is 1 to 128 letters, digits, dots, underscores or hyphens. */
  public static boolean isLegal(String name) {
    return LEGAL.matcher(name).matches();
  }

  /**
   * Returns {@code name} if it is legal.
   *
   * @throws IllegalArgumentException naming the rule and the (shortened, escaped) value if not
   */
  public static String require(String name) {
    if (!isLegal(name)) {
      throw new IllegalArgumentException(
          "provider name must be 1 to 128 letters, digits, '.', '_' or '-' and start with a letter"
              + " or digit, was '"
              + shown(name)
              + "'");
    }
    return name;
  }

  /** {@code text} fit for a log line or an error: shortened, control characters replaced. */
  public static String shown(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .limit(SHOWN)
        .forEach(c -> out.appendCodePoint(Character.isISOControl(c) ? '?' : c));
    return text.length() > SHOWN ? out + "..." : out.toString();
  }
}
