package io.fleetbreaker.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetbreaker.cli.api.Plain;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.StreamSupport;

/** The documents of the management API in words. What others have written is made plain text. */
final class FleetText {
  private final int width;

  /** Texts for a terminal of {@code width} columns. */
  FleetText(int width) {
    this.width = width;
  }

  /** The document {@code /api/v1/fleet}: providers that are not closed first. */
  List<String> status(JsonNode fleet) {
    List<JsonNode> providers = new ArrayList<>();
    fleet.path("providers").forEach(providers::add);
    long notClosed = providers.stream().filter(FleetText::isNotable).count();
    List<String> lines = new ArrayList<>();
    lines.add(presence(fleet.path("workers")) + "; " + closed(providers.size(), notClosed));
    lines.add(
        sync(fleet.path("sync"))
            + "; told by worker "
            + text(fleet, "worker_id")
            + ", version "
            + text(fleet, "version")
            + ", up "
            + Ages.text(fleet.path("uptime_ms").asLong()));
    lines.add("");
    Grid grid = new Grid(width, "PROVIDER", "STATE", "FOR", "NEXT", "WORKERS", "WHY");
    providers.stream()
        .sorted(Comparator.comparing(provider -> isNotable(provider) ? 0 : 1))
        .forEach(
            provider ->
                grid.row(
                    text(provider, "name"),
                    state(provider),
                    Ages.text(provider.path("state_age_ms").asLong()),
                    next(provider),
                    tally(provider.path("workers")),
                    why(provider)));
    lines.addAll(grid.lines());
    return lines;
  }

  /** The state of the connection: the document {@code Sync}. */
  static String sync(JsonNode sync) {
    String problem = text(sync, "problem");
    String mode = text(sync, "mode");
    if (mode.equals("ok")) {
      return "sync ok";
    }
    return "sync "
        + mode.toUpperCase(java.util.Locale.ROOT)
        + (problem.isEmpty() ? "" : ": " + problem);
  }

  private static String presence(JsonNode workers) {
    if (!workers.isObject()) {
      return "workers not known, Redis cannot be asked";
    }
    int lost = workers.path("lost").asInt();
    return count(workers.path("alive").asInt(), "worker")
        + " alive"
        + (lost == 0 ? "" : ", " + lost + " lost");
  }

  private static String closed(int all, long notClosed) {
    if (notClosed == 0) {
      return all == 1 ? "the provider is closed" : "all " + all + " providers are closed";
    }
    return notClosed + " of " + count(all, "provider") + " not closed";
  }

  static String count(int number, String what) {
    return number + " " + what + (number == 1 ? "" : "s");
  }

  /** Whether there is something to say of a provider: it is not closed, or not by itself. */
  static boolean isNotable(JsonNode provider) {
    return !text(provider, "state").equals("closed") || provider.path("override").isObject();
  }

  /** What calls meet: the override, else the state; and whether the fleet knows. */
  static String state(JsonNode provider) {
    JsonNode override = provider.path("override");
    String state = override.isObject() ? text(override, "mode") : text(provider, "state");
    if (override.isObject()) {
      return words(state) + (text(override, "scope").equals("worker") ? " (this worker only)" : "");
    }
    return words(state)
        + (provider.path("shared").asBoolean(true) ? "" : " (not confirmed by the fleet)");
  }

  private static String next(JsonNode provider) {
    JsonNode override = provider.path("override");
    if (override.isObject()) {
      JsonNode left = override.path("remaining_ms");
      return left.isNumber() ? "ends in " + Ages.text(left.asLong()) : "until enable";
    }
    JsonNode left = provider.path("remaining_ms");
    if (!left.isNumber()) {
      return "-";
    }
    return left.asLong() > 0 ? "probe in " + Ages.text(left.asLong()) : "probe is due";
  }

  private static String tally(JsonNode workers) {
    if (!workers.isObject()) {
      return "not known";
    }
    List<String> parts = new ArrayList<>();
    for (String state : List.of("open", "half_open", "closed")) {
      int number = workers.path(state).asInt();
      if (number > 0) {
        parts.add(number + " " + words(state));
      }
    }
    return parts.isEmpty() ? "-" : String.join(", ", parts);
  }

  private static String why(JsonNode provider) {
    JsonNode override = provider.path("override");
    if (!override.isObject()) {
      return text(provider, "reason");
    }
    String operator = text(override, "operator");
    return text(override, "reason") + (operator.isEmpty() ? "" : " (" + operator + ")");
  }

  /** Pages of {@code /api/v1/workers} as one table. */
  List<String> workers(List<JsonNode> pages) {
    JsonNode first = pages.get(0);
    List<String> lines = new ArrayList<>();
    lines.add(
        presence(first)
            + (first.path("complete").asBoolean(true) ? "" : "; there are more than are listed"));
    lines.add("");
    Grid grid = new Grid(width, "WORKER", "ADDRESS", "PRESENCE", "SYNC", "VERSION", "NOT CLOSED");
    pages.stream()
        .flatMap(page -> StreamSupport.stream(page.path("workers").spliterator(), false))
        .sorted(Comparator.comparing(worker -> text(worker, "presence").equals("lost") ? 0 : 1))
        .forEach(
            worker ->
                grid.row(
                    text(worker, "host") + ":" + text(worker, "worker_id"),
                    orDash(text(worker, "address")),
                    present(worker),
                    text(worker, "sync"),
                    text(worker, "version"),
                    notClosed(worker.path("providers"))));
    lines.addAll(grid.lines());
    return lines;
  }

  private static String present(JsonNode worker) {
    String presence = text(worker, "presence");
    return presence.equals("alive")
        ? presence
        : presence + " for " + Ages.text(worker.path("silent_ms").asLong());
  }

  private static String notClosed(JsonNode providers) {
    List<String> names = new ArrayList<>();
    providers
        .properties()
        .forEach(
            entry -> {
              JsonNode provider = entry.getValue();
              JsonNode override = provider.path("override");
              String state = override.isTextual() ? override.asText() : text(provider, "state");
              if (!state.equals("closed")) {
                names.add(entry.getKey() + " " + words(state));
              }
            });
    return names.isEmpty() ? "-" : String.join(", ", names);
  }

  /** Entries of the history, the oldest first. */
  List<String> history(List<JsonNode> entries) {
    Grid grid = new Grid(width, "TIME (UTC)", "PROVIDER", "CHANGE", "BY", "WHY");
    for (JsonNode entry : entries) {
      grid.row(
          time(entry), text(entry, "provider"), change(entry), by(entry), text(entry, "reason"));
    }
    return grid.lines();
  }

  /** One entry as a line of its own. */
  static String line(JsonNode entry) {
    return Plain.text(
        time(entry)
            + "  "
            + text(entry, "provider")
            + ": "
            + change(entry)
            + ": "
            + text(entry, "reason")
            + " ("
            + by(entry)
            + ")");
  }

  private static String time(JsonNode entry) {
    String at = text(entry, "at");
    // 2026-11-22T02:15:49.364548Z: milliseconds are enough, and the column says UTC.
    return at.length() >= 23 ? at.substring(0, 10) + " " + at.substring(11, 23) : at;
  }

  private static String change(JsonNode entry) {
    String from = entry.path("from").isTextual() ? text(entry, "from") : "new";
    String override = text(entry, "override");
    return words(from)
        + " -> "
        + words(text(entry, "to"))
        + (override.isEmpty() ? "" : " (" + words(override) + ")");
  }

  private static String by(JsonNode entry) {
    String operator = text(entry, "operator");
    if (!operator.isEmpty()) {
      return operator;
    }
    String[] parts = text(entry, "worker_id").split(":", -1);
    return parts.length >= 2 ? parts[0] + ":" + parts[1] : parts[0];
  }

  private static String words(String wireName) {
    return wireName.replace('_', ' ');
  }

  private static String orDash(String text) {
    return text.isEmpty() ? "-" : text;
  }

  /** A text member as plain text; empty if it is absent or null. */
  static String text(JsonNode node, String member) {
    JsonNode value = node.path(member);
    return value.isNull() || value.isContainerNode() ? "" : Plain.text(value.asText(""));
  }
}
