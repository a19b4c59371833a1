package io.fleetbreaker.cli.api;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes server-sent events (the HTML standard's {@code text/event-stream}) out of bytes as they
 * come. Not thread-safe.
 */
final class SseParser {
  private final int mostBytes;
  private final Consumer<ServerEvent> events;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private final StringBuilder data = new StringBuilder();
  private @Nullable String id;
  private String type = "";
  private boolean afterReturn;
  private boolean begun;
  private boolean hasData;

  /**
   * Tells {@code events} each event, and of each comment as an event without a type.
   *
   * @param mostBytes of one event
   */
  SseParser(int mostBytes, Consumer<ServerEvent> events) {
    this.mostBytes = mostBytes;
    this.events = events;
  }

  /**
   * Takes more bytes.
   *
   * @throws IllegalStateException if an event is larger than it may be
   */
  void feed(ByteBuffer bytes) {
    while (bytes.hasRemaining()) {
      byte next = bytes.get();
      if (next == '\n' && afterReturn) {
        afterReturn = false;
      } else if (next == '\n' || next == '\r') {
        afterReturn = next == '\r';
        onLine(line.toString(StandardCharsets.UTF_8));
        line.reset();
      } else {
        afterReturn = false;
        if (line.size() + data.length() >= mostBytes) {
          throw new IllegalStateException("an event is larger than " + (mostBytes >> 20) + " MiB");
        }
        line.write(next);
      }
    }
  }

  private void onLine(String raw) {
    String text = !begun && raw.startsWith("\ufeff") ? raw.substring(1) : raw;
    begun = true;
    if (text.isEmpty()) {
      dispatch();
      return;
    }
    int colon = text.indexOf(':');
    if (colon == 0) {
      events.accept(ServerEvent.ALIVE);
      return;
    }
    String field = colon < 0 ? text : text.substring(0, colon);
    String rest = colon < 0 ? "" : text.substring(colon + 1);
    String value = rest.startsWith(" ") ? rest.substring(1) : rest;
    switch (field) {
      case "event" -> type = value;
      case "id" -> id = value;
      case "data" -> {
        data.append(hasData ? "\n" : "").append(value);
        hasData = true;
      }
      default -> {
        // As the standard says: fields of no meaning are ignored.
      }
    }
  }

  private void dispatch() {
    if (hasData) {
      String name = type.isEmpty() ? "message" : type;
      events.accept(new ServerEvent(name, Optional.ofNullable(id), data.toString()));
    }
    id = null;
    type = "";
    hasData = false;
    data.setLength(0);
  }
}
