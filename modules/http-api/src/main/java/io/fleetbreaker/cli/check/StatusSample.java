package io.fleetbreaker.cli.check;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One worker's answer to {@code GET /status}.
 *
 * @param instance the worker's whole id, which no two workers share
 * @param workerId the id shown to people
 * @param sync {@code ok} or {@code degraded}
 * @param providers by name, in the worker's order
 * @param sentNanos when it was asked, by this machine's monotonic clock
 * @param receivedNanos when it had answered
 */
record StatusSample(
    String instance,
    String workerId,
    String sync,
    Map<String, Breaker> providers,
    long sentNanos,
    long receivedNanos) {

  /**
   * One provider's breaker on that worker.
   *
   * @param state its name on the wire
   * @param failures counted by this worker
   * @param stateAgeMillis for how long the worker has been in the state, if it tells
   */
  record Breaker(String state, long failures, OptionalDouble stateAgeMillis) {
    boolean isOpen() {
      return state.equals("open");
    }

    boolean isClosed() {
      return state.equals("closed");
    }
  }

  /** The sample in an answer, or empty if it is not that of a worker. */
  static Optional<StatusSample> parse(FleetClient.Answer answer) {
    JsonNode body = answer.body();
    String instance = body.path("instance").asText("");
    if (answer.status() != 200 || instance.isEmpty() || !body.path("providers").isArray()) {
      return Optional.empty();
    }
    Map<String, Breaker> providers = new LinkedHashMap<>();
    for (JsonNode provider : body.path("providers")) {
      providers.put(provider.path("name").asText(), breaker(provider.path("circuit_breaker")));
    }
    return Optional.of(
        new StatusSample(
            instance,
            body.path("worker_id").asText(instance),
            body.path("sync").asText("unknown"),
            providers,
            answer.sentNanos(),
            answer.receivedNanos()));
  }

  private static Breaker breaker(JsonNode node) {
    return new Breaker(
        node.path("state").asText("unknown"), node.path("failure_count").asLong(0), age(node));
  }

  /** The age in a {@code circuit_breaker} object. */
  static OptionalDouble age(JsonNode node) {
    JsonNode age = node.path("state_age_ms");
    boolean usable = age.isNumber() && age.doubleValue() >= 0;
    return usable ? OptionalDouble.of(age.doubleValue()) : OptionalDouble.empty();
  }
}
