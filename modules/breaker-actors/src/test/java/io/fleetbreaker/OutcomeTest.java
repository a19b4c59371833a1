package io.fleetbreaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OutcomeTest {
  @Test
  void aFailureCarriesItsReasonAndTheProvidersWord() {
    Outcome outcome = Outcome.failure("HTTP 503").retryAfter(Duration.ofSeconds(7));

    assertThat(outcome.kind()).isEqualTo(Outcome.Kind.FAILURE);
    assertThat(outcome.reason()).isEqualTo("HTTP 503");
    assertThat(outcome.retryAfter()).contains(Duration.ofSeconds(7));
    assertThat(outcome).hasToString("FAILURE (HTTP 503), retry after PT7S");
  }

  @Test
  void aPlainOutcomeSaysNothingMore() {
    assertThat(Outcome.success()).hasToString("SUCCESS");
    assertThat(Outcome.failure()).hasToString("FAILURE");
    assertThat(Outcome.ignored()).hasToString("IGNORED");
    assertThat(Outcome.failure().reason()).isEmpty();
    assertThat(Outcome.failure().retryAfter()).isEmpty();
  }

  @Test
  void misconfiguredIsAFailureThatSaysSo() {
    Outcome outcome = Outcome.misconfigured("HTTP 401");

    assertThat(outcome.kind()).isEqualTo(Outcome.Kind.FAILURE);
    assertThat(outcome.reason()).isEqualTo("misconfigured: HTTP 401");
  }

  @Test
  void onlyAFailureSaysWhenToRetry() {
    assertThatThrownBy(() -> Outcome.success().retryAfter(Duration.ofSeconds(1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("only a failure says when to retry, this is SUCCESS");
    assertThatThrownBy(() -> Outcome.ignored().retryAfter(Duration.ofSeconds(1)))
        .isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @EnumSource(OverrideMode.class)
  void anOverrideModeIsKnownByItsWireName(OverrideMode mode) {
    assertThat(OverrideMode.ofWireName(mode.wireName())).contains(mode);
    assertThat(OverrideMode.ofWireName(mode.name())).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(State.class)
  void aStateIsKnownByItsWireName(State state) {
    assertThat(State.ofWireName(state.wireName())).contains(state);
    assertThat(State.ofWireName(state.name())).isEmpty();
  }

  @Test
  void aRefusalNamesWhatRefusesAndForHowLong() {
    assertThat(new CallNotPermittedException("p", State.OPEN, Duration.ofMillis(1500)))
        .hasMessage("circuit breaker 'p' is OPEN and does not permit calls for another 1500 ms");
    assertThat(new CallNotPermittedException("p", State.HALF_OPEN, Duration.ZERO))
        .hasMessage("circuit breaker 'p' is HALF_OPEN and does not permit calls");
    CallNotPermittedException forced =
        new CallNotPermittedException(
            "p", State.OPEN, Duration.ofMillis(5), OverrideMode.FORCED_OPEN);
    assertThat(forced)
        .hasMessage("circuit breaker 'p' is FORCED_OPEN and does not permit calls for another 5 ms")
        .hasNoCause();
    assertThat(forced.override()).contains(OverrideMode.FORCED_OPEN);
    assertThat(forced.getStackTrace()).isEmpty();
  }
}
