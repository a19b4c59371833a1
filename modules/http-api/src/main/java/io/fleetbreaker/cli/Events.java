package io.fleetbreaker.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetbreaker.cli.api.ServerEvent;
import java.time.Duration;
import java.util.Optional;

/** What the commands that follow a fleet have in common. */
final class Events {
  /** The worker says something every 10 s. */
  static final Duration SILENCE = Duration.ofSeconds(30);

  private static final ObjectMapper JSON = new ObjectMapper();

  private Events() {}

  /** The event's document; empty if it is no JSON object. */
  static Optional<JsonNode> document(ServerEvent event) {
    try {
      return Optional.ofNullable(JSON.readTree(event.data())).filter(JsonNode::isObject);
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  /** The event as one line of JSON. */
  static String line(ServerEvent event) {
    var line = JSON.createObjectNode().put("event", event.type());
    event.id().ifPresent(id -> line.put("id", id));
    document(event).ifPresent(data -> line.set("data", data));
    return line.toString();
  }
}
