package io.fleetbreaker.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetbreaker.CallWindow;
import io.fleetbreaker.CircuitBreaker;
import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.Permit;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.TripCondition;
import io.fleetbreaker.testing.RunningBreaker;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BreakerMetricsTest {
  private static final ProviderSettings SETTINGS =
      ProviderSettings.builder("openai")
          .failureThreshold(2)
          .tripOn(new TripCondition.FailureRate(90, 4, CallWindow.calls(10)))
          .tripOn(
              new TripCondition.SlowCallRate(
                  90, Duration.ofSeconds(1), 4, CallWindow.time(Duration.ofMinutes(1))))
          .openDuration(Duration.ofMinutes(1))
          .build();

  private final RunningBreaker running = new RunningBreaker(SETTINGS);
  private final CircuitBreaker breaker = running.breaker();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final BreakerMetrics metrics = BreakerMetrics.of(List.of(breaker), running::nanos);

  @AfterEach
  void stop() {
    running.close();
  }

  private void call(Duration duration, Consumer<Permit> end) {
    Permit permit = breaker.tryAcquire().orElseThrow();
    running.pass(duration);
    end.accept(permit);
    settle();
  }

  /** Has the meters look anew. */
  private void settle() {
    running.pass(LatestView.FRESH);
  }

  private Timer calls(String kind) {
    return registry.get("fleetbreaker.calls").tags("name", "openai", "kind", kind).timer();
  }

  private double counter(String meter, String kind) {
    return registry
        .get("fleetbreaker." + meter)
        .tags("name", "openai", "kind", kind)
        .functionCounter()
        .count();
  }

  private double gauge(String meter) {
    return registry.get("fleetbreaker." + meter).tag("name", "openai").gauge().value();
  }

  private Map<String, Double> states() {
    Map<String, Double> states = new TreeMap<>();
    for (Gauge gauge : registry.get("fleetbreaker.state").tag("name", "openai").gauges()) {
      states.put(gauge.getId().getTag("state"), gauge.value());
    }
    return states;
  }

  private void assertOnly(String state) {
    settle();
    assertThat(states())
        .containsOnlyKeys("closed", "open", "half_open", "forced_open", "disabled", "metrics_only")
        .allSatisfy((s, value) -> assertThat(value).as(s).isEqualTo(s.equals(state) ? 1 : 0));
  }

  @Test
  void aCallIsTimedByItsKind() {
    metrics.bindTo(registry);

    call(Duration.ofMillis(10), Permit::success);
    call(Duration.ofMillis(20), Permit::success);
    call(Duration.ofMillis(40), Permit::failure);
    call(Duration.ofMillis(80), Permit::ignore);

    assertThat(calls("successful").count()).isEqualTo(2);
    assertThat(calls("successful").totalTime(TimeUnit.MILLISECONDS)).isEqualTo(30);
    assertThat(calls("failed").count()).isEqualTo(1);
    assertThat(calls("failed").totalTime(TimeUnit.MILLISECONDS)).isEqualTo(40);
    assertThat(calls("ignored").count()).isEqualTo(1);
    assertThat(calls("ignored").max(TimeUnit.MILLISECONDS)).isEqualTo(80);
  }

  @Test
  void exactlyOneStateIsOne() {
    metrics.bindTo(registry);
    assertOnly("closed");

    running.trip();
    assertOnly("open");
    running.halfOpen();
    assertOnly("half_open");
    for (OverrideMode mode : OverrideMode.values()) {
      running.override(mode);
      assertOnly(mode.wireName());
    }
  }

  @Test
  void refusedCallsAreCounted() {
    metrics.bindTo(registry);
    running.trip();

    assertThat(breaker.tryAcquire()).isEmpty();
    assertThat(breaker.tryAcquire()).isEmpty();
    settle();

    assertThat(counter("not.permitted.calls", "not_permitted")).isEqualTo(2);
    assertThat(calls("failed").count()).isEqualTo(2);
  }

  @Test
  void slowCallsAreCountedByKind() {
    metrics.bindTo(registry);

    call(Duration.ofSeconds(2), Permit::success);
    call(Duration.ofSeconds(2), Permit::failure);
    call(Duration.ofSeconds(2), Permit::success);

    assertThat(counter("slow.calls", "successful")).isEqualTo(2);
    assertThat(counter("slow.calls", "failed")).isEqualTo(1);
  }

  @Test
  void aRateIsMinusOneUntilItMeansSomething() {
    metrics.bindTo(registry);
    call(Duration.ZERO, Permit::success);
    assertThat(gauge("failure.rate")).isEqualTo(-1);
    assertThat(gauge("slow.call.rate")).isEqualTo(-1);

    call(Duration.ofSeconds(2), Permit::success);
    call(Duration.ZERO, Permit::success);
    call(Duration.ZERO, Permit::failure);

    assertThat(gauge("failure.rate")).isEqualTo(25);
    assertThat(gauge("slow.call.rate")).isEqualTo(25);
  }

  @Test
  void theMetersOfOneScrapeAgree() {
    metrics.bindTo(registry);
    assertThat(states()).containsEntry("closed", 1.0);

    running.trip();

    assertThat(states()).containsEntry("closed", 1.0).containsEntry("open", 0.0);
    assertOnly("open");
  }

  @Test
  void eachProviderHasItsOwnMeters() {
    try (RunningBreaker other = new RunningBreaker(ProviderSettings.defaults("anthropic"));
        BreakerMetrics both = BreakerMetrics.of(List.of(breaker, other.breaker()))) {
      both.bindTo(registry);

      other.breaker().run(() -> {});

      assertThat(calls("successful").count()).isZero();
      assertThat(
              registry
                  .get("fleetbreaker.calls")
                  .tags("name", "anthropic", "kind", "successful")
                  .timer()
                  .count())
          .isEqualTo(1);
    }
  }

  @Test
  void aRegistryBoundTwiceCountsOnce() {
    metrics.bindTo(registry);
    metrics.bindTo(registry);

    call(Duration.ZERO, Permit::success);

    assertThat(calls("successful").count()).isEqualTo(1);
  }

  @Test
  void closingRemovesTheMetersOfAllRegistriesAndTheObservers() {
    SimpleMeterRegistry second = new SimpleMeterRegistry();
    registry.counter("someone.elses");
    metrics.bindTo(registry);
    metrics.bindTo(second);
    Timer successful = calls("successful");

    metrics.close();
    metrics.close();
    call(Duration.ofMillis(10), Permit::success);

    assertThat(successful.count()).isZero();
    assertThat(second.getMeters()).isEmpty();
    assertThat(registry.getMeters())
        .extracting(Meter::getId)
        .extracting(Meter.Id::getName)
        .containsExactly("someone.elses");
    assertThatThrownBy(() -> metrics.bindTo(registry)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void twoFleetsShareARegistryByATag() {
    BreakerMetrics a = BreakerMetrics.of(List.of(breaker), Tags.of("fleet", "a"));
    try (RunningBreaker other = new RunningBreaker(SETTINGS);
        BreakerMetrics b = BreakerMetrics.of(List.of(other.breaker()), Tags.of("fleet", "b"))) {
      a.bindTo(registry);
      b.bindTo(registry);
      other.trip();

      assertThat(isOpen("a")).isZero();
      assertThat(isOpen("b")).isEqualTo(1);
      assertThat(registry.getMeters()).allMatch(meter -> meter.getId().getTag("fleet") != null);

      a.close();

      assertThat(registry.getMeters())
          .hasSize(14)
          .allMatch(meter -> "b".equals(meter.getId().getTag("fleet")));
      assertThat(isOpen("b")).isEqualTo(1);
    }
  }

  private double isOpen(String fleet) {
    return registry
        .get("fleetbreaker.state")
        .tags("name", "openai", "state", "open", "fleet", fleet)
        .gauge()
        .value();
  }

  @Test
  void aMeterOfAnotherFleetIsNotShared() {
    metrics.bindTo(registry);
    List<Meter> before = registry.getMeters();

    try (RunningBreaker anthropic = new RunningBreaker(ProviderSettings.defaults("anthropic"));
        RunningBreaker other = new RunningBreaker(SETTINGS);
        BreakerMetrics second = BreakerMetrics.of(List.of(anthropic.breaker(), other.breaker()))) {
      assertThatThrownBy(() -> second.bindTo(registry))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(
              "the registry already has the meter fleetbreaker.calls[tag(kind=successful),"
                  + " tag(name=openai)]: close the metrics that registered it, or give each fleet's"
                  + " a tag of their own, such as BreakerMetrics.of(fleet.breakers(),"
                  + " Tags.of(\"fleet\", \"a\"))");
    }

    assertThat(registry.getMeters()).containsExactlyInAnyOrderElementsOf(before);
    call(Duration.ZERO, Permit::success);
    assertThat(calls("successful").count()).isEqualTo(1);
  }

  @Test
  void twoBreakersOfOneNameAreRefusedInOneGo() {
    try (RunningBreaker other = new RunningBreaker(SETTINGS);
        BreakerMetrics both = BreakerMetrics.of(List.of(breaker, other.breaker()))) {
      assertThatThrownBy(() -> both.bindTo(registry)).isInstanceOf(IllegalStateException.class);
    }

    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void aTagOfTheRegistryDoesNotHideThatAMeterIsAnothers() {
    registry.config().commonTags("app", "shop");
    metrics.bindTo(registry);

    try (BreakerMetrics second = BreakerMetrics.of(List.of(breaker))) {
      assertThatThrownBy(() -> second.bindTo(registry))
          .hasMessageContaining("fleetbreaker.calls[tag(app=shop)");
    }
  }

  @Test
  void aRegistryThatDeniesTheMetersIsNoCollision() {
    registry.config().meterFilter(MeterFilter.deny());

    metrics.bindTo(registry);
    call(Duration.ZERO, Permit::success);

    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void closingLeavesWhatOthersHaveRegisteredSince() {
    metrics.bindTo(registry);
    registry.clear();

    try (BreakerMetrics second = BreakerMetrics.of(List.of(breaker))) {
      second.bindTo(registry);
      metrics.close();

      assertThat(registry.getMeters()).hasSize(14);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"name", "kind", "state"})
  void aFurtherTagMayNotStandInForOurs(String key) {
    assertThatThrownBy(() -> BreakerMetrics.of(List.of(breaker), Tags.of(key, "x")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a further tag must not be name, kind or state, was tag(" + key + "=x)");
  }

  @Test
  void theMetersLiveAsLongAsTheRegistryDoes() {
    BreakerMetrics.of(List.of(breaker)).bindTo(registry);

    System.gc();

    assertThat(states()).containsEntry("closed", 1.0);
    assertThat(counter("not.permitted.calls", "not_permitted")).isZero();
  }
}
