package io.fleetbreaker.fleet;

/** A setting is unknown or out of bounds. The message names key, value and bound. */
public final class SettingsException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** Says what is wrong and what to do. */
  public SettingsException(String message) {
    super(message);
  }
}
