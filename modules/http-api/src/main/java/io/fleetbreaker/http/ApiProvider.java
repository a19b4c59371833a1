package io.fleetbreaker.http;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.fleetbreaker.BreakerView;
import io.fleetbreaker.CallCounts;
import io.fleetbreaker.OverrideView;
import io.fleetbreaker.State;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * One provider as this worker sees it: the document {@code Provider} of the management API. The
 * components' names, in snake case, are the interface.
 */
record ApiProvider(
    String name,
    int priority,
    String state,
    String automaticState,
    @Nullable InForce override,
    String reason,
    String since,
    long stateAgeMs,
    @Nullable Long remainingMs,
    @Nullable String nextProbeAt,
    int failureCount,
    @Nullable Double failureRate,
    @Nullable Double slowCallRate,
    Counts counts,
    @Nullable String lastFailure,
    @Nullable Revision revision,
    boolean shared) {

  /** Who overrides the breaker, how, and for how long. */
  record InForce(
      String mode,
      String reason,
      @Nullable String operator,
      @Nullable Long remainingMs,
      @Nullable String expiresAt,
      String scope) {

    static InForce of(OverrideView view, Instant taken) {
      return new InForce(
          view.mode().wireName(),
          view.reason(),
          view.operator().isEmpty() ? null : view.operator(),
          view.remaining().map(Duration::toMillis).orElse(null),
          view.remaining().map(left -> Views.time(taken.plus(left))).orElse(null),
          view.shared() ? "fleet" : "worker");
    }
  }

  /** How calls have ended. */
  record Counts(
      long successful,
      long failed,
      long ignored,
      long slowSuccessful,
      long slowFailed,
      long rejected) {
    static final Counts NONE = new Counts(0, 0, 0, 0, 0, 0);

    static Counts of(CallCounts counts) {
      return new Counts(
          counts.successful(),
          counts.failed(),
          counts.ignored(),
          counts.slowSuccessful(),
          counts.slowFailed(),
          counts.rejected());
    }

    Counts plus(CallCounts more) {
      return new Counts(
          successful + more.successful(),
          failed + more.failed(),
          ignored + more.ignored(),
          slowSuccessful + more.slowSuccessful(),
          slowFailed + more.slowFailed(),
          rejected + more.rejected());
    }
  }

  /** One committed state. */
  record Revision(long epoch, long version, String op) {
    /** {@code null} before the first one. */
    static @Nullable Revision of(RevisionId id) {
      return id.equals(RevisionId.NONE) ? null : new Revision(id.epoch(), id.version(), id.op());
    }
  }

  /** A provider as an answer of its own, which says who answers. */
  record Document(
      String workerId, String instance, @JsonUnwrapped @JsonProperty ApiProvider provider) {}

  static ApiProvider of(BreakerView view, Instant taken) {
    boolean opensByItself = view.state() == State.OPEN && view.override().isEmpty();
    Optional<Duration> left = opensByItself ? Optional.of(view.remaining()) : Optional.empty();
    return new ApiProvider(
        view.provider(),
        view.priority(),
        view.state().wireName(),
        view.automaticState().wireName(),
        view.override().map(override -> InForce.of(override, taken)).orElse(null),
        view.reason(),
        Views.time(taken.minus(view.stateAge())),
        view.stateAge().toMillis(),
        left.map(Duration::toMillis).orElse(null),
        left.map(until -> Views.time(taken.plus(until))).orElse(null),
        view.failureCount(),
        orNull(view.failureRate()),
        orNull(view.slowCallRate()),
        Counts.of(view.counts()),
        view.lastFailure().map(Views::time).orElse(null),
        Revision.of(view.revision()),
        view.shared());
  }

  static @Nullable Double orNull(OptionalDouble value) {
    return value.isPresent() ? value.getAsDouble() : null;
  }
}
