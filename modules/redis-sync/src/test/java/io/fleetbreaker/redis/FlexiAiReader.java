package io.fleetbreaker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.LocalDateTime;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads what FlexiAI 0.5 reads, from the same fields and no more leniently: written from WIRE.md's
 * statements, independently of the codec under test.
 */
final class FlexiAiReader {
  /** What Python before 3.11 parses: six fractional digits or none, and no zone. */
  private static final Pattern TIME =
      Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{6})?");

  private static final ObjectMapper JSON = new ObjectMapper();

  private FlexiAiReader() {}

  /** An event, as FlexiAI applies it to its breaker. */
  record Event(
      String provider,
      String type,
      String worker,
      LocalDateTime at,
      long failures,
      long successes) {
    /** The state its breaker goes to; empty if the event moves nothing. */
    Optional<String> state() {
      return switch (type) {
        case "opened" -> Optional.of("open");
        case "closed", "half_open" -> Optional.of(type);
        default -> Optional.empty();
      };
    }
  }

  /** A state, as FlexiAI loads it. */
  record State(String state, long failures, long successes, LocalDateTime changedAt) {}

  /** Fails with an {@link AssertionError} where FlexiAI would drop the message. */
  static Event event(byte[] message) {
    JsonNode json = object(message);
    require("CircuitBreakerEvent".equals(text(json, "__event_type__")), "__event_type__", json);
    String type = text(json, "event_type");
    require(type.matches("opened|closed|half_open|failure|success"), "event_type", json);
    JsonNode metadata = json.path("metadata");
    require(metadata.isMissingNode() || metadata.isObject(), "metadata", json);
    return new Event(
        text(json, "provider_name"),
        type,
        text(json, "worker_id"),
        time(json, "timestamp"),
        count(metadata, "failure_count"),
        count(metadata, "success_count"));
  }

  /** Fails with an {@link AssertionError} where FlexiAI would load nothing, or nonsense. */
  static State state(byte[] value) {
    JsonNode json = object(value);
    String state = text(json, "state");
    require(state.matches("closed|open|half_open"), "state", json);
    JsonNode lastFailure = json.path("last_failure_time");
    require(lastFailure.isNull() || lastFailure.isFloatingPointNumber(), "last_failure_time", json);
    return new State(
        state,
        count(json, "failure_count"),
        count(json, "success_count"),
        time(json, "state_changed_at"));
  }

  /** FlexiAI's client decodes every message as UTF-8 and dies of one that is none. */
  private static JsonNode object(byte[] bytes) {
    try {
      String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      JsonNode json = JSON.readTree(text);
      require(json.isObject(), "an object", json);
      return json;
    } catch (IOException e) {
      throw new AssertionError("unreadable", e);
    }
  }

  private static String text(JsonNode json, String name) {
    require(json.path(name).isTextual(), name, json);
    return json.path(name).textValue();
  }

  /** Copied into the breaker unchecked: a fraction or a text would break it there. */
  private static long count(JsonNode json, String name) {
    JsonNode count = json.path(name);
    require(count.isMissingNode() || count.isIntegralNumber(), name, json);
    return count.asLong();
  }

  private static LocalDateTime time(JsonNode json, String name) {
    String text = text(json, name);
    require(TIME.matcher(text).matches() && !text.startsWith("0000"), name, json);
    return LocalDateTime.parse(text);
  }

  private static void require(boolean condition, String what, JsonNode json) {
    if (!condition) {
      throw new AssertionError(what + " is not as FlexiAI reads it: " + json);
    }
  }
}
