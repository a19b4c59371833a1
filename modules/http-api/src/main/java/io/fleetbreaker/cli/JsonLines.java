package io.fleetbreaker.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetbreaker.cli.supervise.FleetListener;
import io.fleetbreaker.cli.supervise.WorkerSignal;
import java.time.Duration;
import java.time.Instant;

/**
 * Prints what a fleet says as one JSON object on each line, with whose it is as the member {@code
 * worker}. A line of a worker that is no JSON, such as a warning of its JVM, becomes the message of
 * one.
 */
final class JsonLines implements FleetListener {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Terminal terminal;

  JsonLines(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public void onLine(int worker, String line) {
    ObjectNode object = JsonNodeFactory.instance.objectNode().put("worker", worker);
    if (line.startsWith("{")) {
      try {
        JsonNode read = JSON.readTree(line);
        if (read instanceof ObjectNode members) {
          members.remove("worker");
          terminal.print(object.setAll(members).toString());
          return;
        }
      } catch (JsonProcessingException e) {
        // Somebody's text that begins with a brace: it is wrapped like any other.
        terminal.print(message(object, "INFO", line));
        return;
      }
    }
    terminal.print(message(object, "INFO", line));
  }

  @Override
  public void onReady(int worker, WorkerSignal.Ready ready) {
    ObjectNode object = JsonNodeFactory.instance.objectNode().put("worker", worker);
    terminal.print(message(object.put("pid", ready.pid()), "INFO", "ready"));
  }

  @Override
  public void onRestart(int worker, String why, Duration wait) {
    ObjectNode object = JsonNodeFactory.instance.objectNode().put("worker", worker);
    terminal.print(
        message(
            object.put("wait_ms", wait.toMillis()), "WARN", why + "; it will be started again"));
  }

  @Override
  public void onNotice(String text) {
    terminal.print(message(JsonNodeFactory.instance.objectNode(), "INFO", text));
  }

  /** The members of a log event, as {@link JsonLogEncoder} names them. */
  private static String message(ObjectNode object, String level, String text) {
    Instant now = Instant.now();
    return object
        .put("timestamp", now.toEpochMilli())
        .put("time", now.toString())
        .put("level", level)
        .put("loggerName", "fleet")
        .put("formattedMessage", text)
        .toString();
  }
}
