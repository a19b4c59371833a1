package io.fleetbreaker.cli.check;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** A check's result as text for people and as JSON for programs. */
public final class CheckReport {
  private CheckReport() {}

  /** Everything about the result, line by line. */
  public static List<String> text(CheckResult result) {
    List<String> lines = new ArrayList<>(workers(result));
    if (!result.workers().isEmpty()) {
      lines.add("");
      lines.add("Distribution: " + distribution(result));
      lines.add("");
    }
    lines.addAll(verdict(result));
    return lines;
  }

  /** Two lines for each worker. */
  public static List<String> workers(CheckResult result) {
    Set<String> ids = new HashSet<>();
    boolean ambiguous = result.workers().stream().anyMatch(worker -> !ids.add(worker.workerId()));
    List<String> lines = new ArrayList<>();
    for (CheckResult.Worker worker : result.workers()) {
      // In containers every worker may be pid 1.
      String detail = ambiguous ? " (" + worker.instance() + ")" : "";
      lines.add("Worker " + worker.workerId() + detail + ":");
      lines.add(
          String.format(
              Locale.ROOT,
              "  %s %-10s - State: %-10s Failures: %d",
              sign(worker.state()),
              result.provider(),
              worker.state(),
              worker.failures()));
    }
    return lines;
  }

  /** How many workers are in which state. */
  public static String distribution(CheckResult result) {
    return result.distribution().entrySet().stream()
            .map(entry -> entry.getValue() + " " + entry.getKey())
            .collect(Collectors.joining(", "))
        + " of "
        + Math.max(result.expectedWorkers(), result.workers().size());
  }

  /** The verdict, its reasons and the time it took. */
  public static List<String> verdict(CheckResult result) {
    List<String> lines = new ArrayList<>();
    lines.add(result.verdict() + ": " + result.summary());
    result
        .propagation()
        .ifPresent(
            time ->
                lines.add(
                    String.format(
                        Locale.ROOT,
                        "  from the trip to the last worker's OPEN: %s (at most %.1f ms)",
                        time.text(),
                        time.upperMillis())));
    if (!result.causes().isEmpty()) {
      lines.add("Likely causes:");
      result.causes().forEach(cause -> lines.add("  - " + cause));
    }
    result
        .closedAgain()
        .ifPresent(
            closed ->
                lines.add(
                    closed
                        ? "  all workers are closed again after the reset"
                        : "  not all workers were closed after the reset"));
    return lines;
  }

  /** The result as one JSON object. */
  public static String json(CheckResult result) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("result", result.verdict().name().toLowerCase(Locale.ROOT));
    root.put("summary", result.summary());
    root.put("provider", result.provider());
    root.put("workers_expected", result.expectedWorkers());
    root.put("workers_seen", result.workers().size());
    result.propagation().ifPresent(time -> put(root, "propagation", time));
    result.closedAgain().ifPresent(closed -> root.put("closed_again", closed));
    ObjectNode counts = root.putObject("distribution");
    result.distribution().forEach(counts::put);
    ArrayNode workers = root.putArray("workers");
    for (CheckResult.Worker worker : result.workers()) {
      ObjectNode node = workers.addObject();
      node.put("worker_id", worker.workerId());
      node.put("instance", worker.instance());
      node.put("state", worker.state());
      node.put("failure_count", worker.failures());
      node.put("origin", worker.origin());
      node.put("opened", worker.opened());
      worker.delay().ifPresent(time -> put(node, "delay", time));
    }
    ArrayNode causes = root.putArray("causes");
    result.causes().forEach(causes::add);
    return root.toPrettyString();
  }

  private static void put(ObjectNode node, String name, Propagation time) {
    node.put(name + "_ms", rounded(time.millis()));
    node.put(name + "_uncertainty_ms", rounded(time.plusMinusMillis()));
    node.put(name + "_at_most_ms", rounded(time.upperMillis()));
  }

  private static double rounded(double millis) {
    return Math.round(millis * 1000) / 1000.0;
  }

  private static String sign(String state) {
    return switch (state) {
      case "closed" -> "\uD83D\uDFE2";
      case "half_open" -> "\uD83D\uDFE1";
      default -> "\uD83D\uDD34";
    };
  }
}
