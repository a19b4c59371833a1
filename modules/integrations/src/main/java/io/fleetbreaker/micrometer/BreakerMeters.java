package io.fleetbreaker.micrometer;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.CallCounts;
import io.fleetbreaker.CallObserver;
import io.fleetbreaker.CircuitBreaker;
import io.fleetbreaker.Outcome;
import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.State;
import io.fleetbreaker.Ticker;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * The meters of one breaker in one registry. The breaker holds this as its observer, and this the
 * view: registries refer to it weakly.
 */
final class BreakerMeters implements CallObserver {
  private static final String PREFIX = "fleetbreaker.";

  /** What Resilience4j shows while a rate means nothing. */
  private static final double UNKNOWN_RATE = -1;

  private final RegistryMeters meters;
  private final Tags tags;
  private final LatestView view;
  private final Timer successful;
  private final Timer failed;
  private final Timer ignored;

  /** Registers the meters. */
  BreakerMeters(RegistryMeters meters, CircuitBreaker breaker, Tags tags, Ticker ticker) {
    this.meters = meters;
    this.tags = tags.and("name", breaker.provider());
    this.view = new LatestView(breaker, ticker);
    this.successful = timer("successful", "Calls that ended well");
    this.failed = timer("failed", "Calls that counted against the provider");
    this.ignored = timer("ignored", "Calls that said nothing about the provider");
    counter(
        "not.permitted.calls", "not_permitted", "Calls that were refused", CallCounts::rejected);
    String slow = "Calls that took longer than the policy finds slow";
    counter("slow.calls", "successful", slow, CallCounts::slowSuccessful);
    counter("slow.calls", "failed", slow, CallCounts::slowFailed);
    for (State state : State.values()) {
      state(state.wireName(), v -> v.override().isEmpty() && v.state() == state);
    }
    for (OverrideMode mode : OverrideMode.values()) {
      state(mode.wireName(), v -> v.override().map(o -> o.mode() == mode).orElse(false));
    }
    rate(
        "failure.rate", "Percent of the calls in the window that failed", BreakerView::failureRate);
    rate(
        "slow.call.rate",
        "Percent of the calls in the window that were slow",
        BreakerView::slowCallRate);
  }

  @Override
  public void onCall(Outcome outcome, long durationNanos, boolean slow) {
    Timer timer =
        switch (outcome.kind()) {
          case SUCCESS -> successful;
          case FAILURE -> failed;
          case IGNORED -> ignored;
        };
    timer.record(durationNanos, TimeUnit.NANOSECONDS);
  }

  private Timer timer(String kind, String description) {
    return meters.kept(
        Timer.builder(PREFIX + "calls")
            .description(description)
            .tags(tags.and("kind", kind))
            .register(meters.registry()));
  }

  private void counter(
      String meter, String kind, String description, ToLongFunction<CallCounts> count) {
    meters.kept(
        FunctionCounter.builder(PREFIX + meter, view, v -> count.applyAsLong(v.get().counts()))
            .description(description)
            .tags(tags.and("kind", kind))
            .register(meters.registry()));
  }

  private void state(String state, Predicate<BreakerView> is) {
    gauge(
        "state",
        tags.and("state", state),
        "1 for what calls meet, else 0",
        v -> is.test(v) ? 1 : 0);
  }

  private void rate(String meter, String description, Function<BreakerView, OptionalDouble> rate) {
    gauge(meter, tags, description, v -> rate.apply(v).orElse(UNKNOWN_RATE));
  }

  private void gauge(
      String meter, Tags all, String description, ToDoubleFunction<BreakerView> value) {
    meters.kept(
        Gauge.builder(PREFIX + meter, view, v -> value.applyAsDouble(v.get()))
            .description(description)
            .tags(all)
            .register(meters.registry()));
  }
}
