package io.fleetbreaker.breaker;

import static io.fleetbreaker.State.CLOSED;
import static io.fleetbreaker.State.HALF_OPEN;
import static io.fleetbreaker.State.OPEN;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.breaker.Transitions.Step;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** When time moves a state next, and what people read about it. */
class DeadlinesTest {
  private static final Event.Counts COUNTS = new Event.Counts(3, 7_000);
  private static final Duration ROUND = Duration.ofSeconds(30);

  private long now = 1_000;

  private Step apply(BreakerState state, Event event, int successThreshold) {
    ProviderSettings settings =
        ProviderSettings.builder("openai")
            .successThreshold(successThreshold)
            .halfOpenMaxDuration(ROUND)
            .build();
    return Transitions.apply(state, event, settings, now, 0.5);
  }

  private BreakerState apply(BreakerState state, Event event) {
    return apply(state, event, 2).next();
  }

  private BreakerState halfOpen() {
    BreakerState open =
        apply(BreakerState.initial(now), new Event.FuseBlown(0, COUNTS, new Trip("down")));
    now = open.deadlineNanos();
    BreakerState due = apply(open, new Event.DeadlineReached(open.generation(), COUNTS));
    return apply(due, new Event.ProbesLocal(COUNTS));
  }

  private BreakerState hinted(Duration remaining) {
    return apply(BreakerState.initial(now), new Event.Hinted(Revisions.of(OPEN, 5), remaining));
  }

  @Test
  void eachRoundOfProbesLastsItsTime() {
    BreakerState first = halfOpen();
    assertThat(first.nextDeadline()).hasValue(now + ROUND.toNanos());

    now = first.deadlineNanos();
    BreakerState second = apply(first, new Event.DeadlineReached(first.generation(), COUNTS));

    assertThat(second.nextDeadline()).hasValue(now + ROUND.toNanos());
  }

  @Test
  void aHintLastsAsLongAsItSays() {
    assertThat(hinted(Duration.ofSeconds(9)).remaining(now)).isEqualTo(Duration.ofSeconds(9));
  }

  @Test
  void aHintOfAnOpenThatIsOverStopsNothing() {
    assertThat(hinted(Duration.ZERO)).isEqualTo(BreakerState.initial(now));
    assertThat(hinted(Duration.ofNanos(1)).state()).isEqualTo(OPEN);
  }

  @Test
  void aRevisionThatIsNotNewerWithdrawsAHint() {
    BreakerState held = apply(BreakerState.initial(now), adopted(4));
    BreakerState hinted =
        apply(held, new Event.Hinted(Revisions.of(OPEN, 5), Duration.ofSeconds(9)));
    assertThat(hinted.state()).isEqualTo(OPEN);

    assertThat(apply(hinted, adopted(4)).state()).isEqualTo(CLOSED);
  }

  private static Event adopted(long version) {
    return new Event.Adopted(Revisions.of(CLOSED, version), Duration.ZERO);
  }

  @Test
  void aCloseSaysHowManyProbesSucceeded() {
    BreakerState probing = halfOpen();
    Event success = new Event.ProbeSucceeded(probing.generation(), COUNTS);

    BreakerState afterOne = apply(probing, success, 1).next();
    BreakerState afterTwo = apply(apply(probing, success), success);

    assertThat(probing.state()).isEqualTo(HALF_OPEN);
    assertThat(afterOne.reason()).isEqualTo("a probe succeeded");
    assertThat(afterTwo.reason()).isEqualTo("2 probes succeeded");
  }
}
