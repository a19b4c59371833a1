package io.fleetbreaker.fleet;

/**
 * A setting is unknown or out of bounds. The message names key, value and bound.
 *
 * <pre>{@code
 * Config config = ConfigFactory.parseString("fleetbreaker.providers.openai.success-threshold = 0");
 * try {
 *   FleetSettings.from(config.withFallback(ConfigFactory.load()));
 *   throw new AssertionError("not refused");
 * } catch (SettingsException e) {
 *   assert e.getMessage().startsWith("success-threshold must be at least 1, was 0");
 * }
 * }</pre>
 */
public final class SettingsException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** Says what is wrong and what to do. */
  public SettingsException(String message) {
    super(message);
  }
}
