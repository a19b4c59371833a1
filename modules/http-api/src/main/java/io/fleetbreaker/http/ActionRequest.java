package io.fleetbreaker.http;

import io.fleetbreaker.fleet.OperatorAction;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The body of an action on a provider. Immutable.
 *
 * @param reason why it is wanted
 * @param lasting for how long, if that is given
 * @param operator who wants it, if no token says so
 * @param hereIfNotCommitted whether to apply it to this worker alone if it cannot be committed
 */
record ActionRequest(
    String reason, Optional<Duration> lasting, String operator, boolean hereIfNotCommitted) {
  static final int LONGEST_REASON = 300;
  static final int LONGEST_OPERATOR = 128;
  static final Duration SHORTEST = Duration.ofSeconds(1);
  static final Duration LONGEST_OVERRIDE = Duration.ofDays(365);
  static final Duration LONGEST_TRIP = Duration.ofDays(1);

  private static final List<String> ALWAYS = List.of("reason", "operator", "here_if_not_committed");
  private static final Pattern DURATION =
      Pattern.compile(
          "(\\d{1,11}(?:\\.\\d{1,9})?) ?"
              + "(ms|millis|milliseconds?|s|seconds?|m|minutes?|h|hours?|d|days?)");

  /**
   * Reads the body of {@code action} as {@code caller} sent it.
   *
   * @throws ProblemException naming the field that breaks a rule
   */
  static ActionRequest parse(OperatorAction action, Caller caller, byte[] bytes) {
    JsonBody body = JsonBody.parse(bytes, fields(action));
    String reason =
        body.text("reason", LONGEST_REASON)
            .orElseThrow(() -> JsonBody.invalid("reason", "reason is required: say why"));
    return new ActionRequest(
        reason,
        lasting(body, longest(action)),
        operator(body, caller),
        body.flag("here_if_not_committed"));
  }

  /** Whether the action lasts for a time: an override, or a trip. */
  static boolean canExpire(OperatorAction action) {
    return action.setsOverride() || action == OperatorAction.TRIP;
  }

  private static List<String> fields(OperatorAction action) {
    List<String> fields = new ArrayList<>(ALWAYS);
    if (canExpire(action)) {
      fields.addAll(List.of("expires_in_ms", "expires_in"));
    }
    return fields;
  }

  private static Duration longest(OperatorAction action) {
    return action == OperatorAction.TRIP ? LONGEST_TRIP : LONGEST_OVERRIDE;
  }

  private static Optional<Duration> lasting(JsonBody body, Duration longest) {
    if (body.has("expires_in") && body.has("expires_in_ms")) {
      throw JsonBody.invalid("expires_in", "give expires_in or expires_in_ms, not both");
    }
    Optional<Duration> millis =
        body.number("expires_in_ms", SHORTEST.toMillis(), longest.toMillis())
            .map(Duration::ofMillis);
    return millis.or(() -> body.text("expires_in", 40).map(text -> duration(text, longest)));
  }

  private static Duration duration(String text, Duration longest) {
    Matcher match = DURATION.matcher(text);
    if (match.matches()) {
      long unitMillis =
          switch (match.group(2)) {
            case "ms", "millis", "millisecond", "milliseconds" -> 1;
            case "s", "second", "seconds" -> 1_000;
            case "m", "minute", "minutes" -> 60_000;
            case "h", "hour", "hours" -> 3_600_000;
            default -> 86_400_000;
          };
      BigDecimal millis = new BigDecimal(match.group(1)).multiply(BigDecimal.valueOf(unitMillis));
      Duration duration = Duration.ofMillis(millis.longValue());
      if (duration.compareTo(SHORTEST) >= 0 && duration.compareTo(longest) <= 0) {
        return duration;
      }
    }
    throw JsonBody.invalid(
        "expires_in",
        "expires_in must be 1 s to "
            + longest.toDays()
            + " d with its unit, such as 90s, 30m or 12h, was '"
            + text
            + "'");
  }

  private static String operator(JsonBody body, Caller caller) {
    if (!caller.authenticated()) {
      return body.text("operator", LONGEST_OPERATOR).orElse(caller.name());
    }
    if (body.has("operator")) {
      throw JsonBody.invalid(
          "operator", "operator is given by the token (" + caller.name() + "); leave it out");
    }
    return caller.name();
  }
}
