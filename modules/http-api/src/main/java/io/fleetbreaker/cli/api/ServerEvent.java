package io.fleetbreaker.cli.api;

import java.util.Optional;

/**
 * One server-sent event. Immutable.
 *
 * @param type such as {@code transition}; empty for a mere sign of life
 * @param id its place in the history, if it has one
 * @param data a JSON document, as it came
 */
public record ServerEvent(String type, Optional<String> id, String data) {
  static final ServerEvent ALIVE = new ServerEvent("", Optional.empty(), "");

  /** Whether it only says that the stream stands. */
  public boolean isSignOfLife() {
    return type.isEmpty();
  }
}
