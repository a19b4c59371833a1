package io.fleetbreaker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.State;
import io.fleetbreaker.sync.RevisionId;
import java.util.Map;
import java.util.Optional;

/**
 * What one entry of the history tells. Immutable.
 *
 * @param provider the provider's name
 * @param from the effective state before; empty if the entry does not tell
 * @param to the effective state after
 * @param override the override in force after it; empty also if it is one of a later version
 * @param revision what was committed
 * @param worker id of the worker that made it
 * @param operator who wanted it; empty if it was automatic
 * @param reason why, for people
 * @param failureCount failures that worker had counted
 * @param successCount successful probes that worker had counted
 */
public record HistoryRecord(
    String provider,
    Optional<State> from,
    State to,
    Optional<OverrideMode> override,
    RevisionId revision,
    String worker,
    String operator,
    String reason,
    int failureCount,
    int successCount) {

  private static final int LONGEST_OPERATOR = 256;

  /** What the fields of an entry say, or empty if that is nothing of ours. */
  static Optional<HistoryRecord> of(Map<String, String> fields) {
    try {
      JsonFields json = WireJson.parse(fields.getOrDefault("event", "").getBytes(UTF_8));
      BreakerEvent event = WireCodec.decodeEvent(json);
      Optional<State> to = stateOf(event.type());
      boolean whole =
          to.isPresent()
              && event.revision().isPresent()
              && event.provider().equals(fields.get("provider"));
      return whole
          ? Optional.of(of(fields, json, event, to.get(), event.revision().get()))
          : Optional.empty();
    } catch (WireException e) {
      return Optional.empty();
    }
  }

  private static HistoryRecord of(
      Map<String, String> fields,
      JsonFields json,
      BreakerEvent event,
      State to,
      BreakerEvent.RevisionInfo revision)
      throws WireException {
    return new HistoryRecord(
        event.provider(),
        State.ofWireName(fields.getOrDefault("from", "")),
        to,
        json.has("override")
            ? OverrideMode.ofWireName(json.object("override").text("mode", 64, ""))
            : Optional.empty(),
        revision.id(),
        event.worker(),
        json.text("operator", LONGEST_OPERATOR, ""),
        revision.reason(),
        event.failureCount(),
        event.successCount());
  }

  private static Optional<State> stateOf(BreakerEvent.Type type) {
    return switch (type) {
      case OPENED -> Optional.of(State.OPEN);
      case CLOSED -> Optional.of(State.CLOSED);
      case HALF_OPEN -> Optional.of(State.HALF_OPEN);
      case FAILURE, SUCCESS -> Optional.empty();
    };
  }
}
