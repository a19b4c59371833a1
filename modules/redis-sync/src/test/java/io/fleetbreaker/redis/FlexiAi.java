package io.fleetbreaker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;

/** What FlexiAI 0.5 puts on the wire: captured vectors, and messages made after them. */
public final class FlexiAi {
  /** The worker of the captured event. */
  public static final String WORKER = "host-a:5486:1795313749263";

  private FlexiAi() {}

  /** The captured event. */
  public static String event() {
    return vector("event.json");
  }

  /** The captured state. */
  public static String state() {
    return vector("state.json");
  }

  /** An event as the captured one, of another type, worker and time. */
  public static String event(String type, String worker, Instant at) {
    return event()
        .replace("\"opened\"", "\"" + type + "\"")
        .replace(WORKER, worker)
        .replace("2026-11-22T02:15:49.364548", JsonFields.formatTime(at));
  }

  /** A state as the captured one, of another kind and time. */
  public static String state(String state, Instant changedAt) {
    return state()
        .replace("\"open\"", "\"" + state + "\"")
        .replace("2026-11-22T02:15:49.364548", JsonFields.formatTime(changedAt));
  }

  private static String vector(String name) {
    try (InputStream in = FlexiAi.class.getResourceAsStream("/flexiai/" + name)) {
      if (in == null) {
        throw new IllegalStateException("no resource flexiai/" + name);
      }
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
