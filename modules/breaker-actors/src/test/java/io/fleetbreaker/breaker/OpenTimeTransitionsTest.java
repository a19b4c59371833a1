package io.fleetbreaker.breaker;

import static io.fleetbreaker.State.CLOSED;
import static io.fleetbreaker.State.HALF_OPEN;
import static io.fleetbreaker.State.OPEN;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.OpenTime;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.breaker.Transitions.Step;
import io.fleetbreaker.sync.Revision;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How long OPEN lasts, and which attempt it is. */
class OpenTimeTransitionsTest {
  private static final Event.Counts COUNTS = new Event.Counts(3, 7_000);
  private static final Trip TRIP = new Trip("down");
  private static final ProviderSettings SETTINGS =
      ProviderSettings.builder("openai")
          .openTime(
              new OpenTime(
                  Duration.ofSeconds(10), 2, Duration.ofSeconds(60), 0.1, Duration.ofMinutes(5)))
          .build();

  private long now = -1;
  private double roll = 0.5;
  private BreakerState state = BreakerState.initial(now);

  private Step apply(Event event) {
    Step step = Transitions.apply(state, event, SETTINGS, now, roll);
    state = step.next();
    return step;
  }

  private void pass(Duration duration) {
    now += duration.toNanos();
  }

  private void openAndProbe() {
    apply(new Event.FuseBlown(state.generation(), COUNTS, TRIP));
    probe();
  }

  private void probe() {
    now = state.deadlineNanos();
    apply(new Event.DeadlineReached(state.generation(), COUNTS));
    apply(new Event.ProbesLocal(COUNTS));
    assertThat(state.state()).isEqualTo(HALF_OPEN);
  }

  private void failProbe() {
    apply(new Event.ProbeFailed(state.generation(), COUNTS, TRIP));
  }

  private void close() {
    apply(new Event.ProbeSucceeded(state.generation(), COUNTS));
    assertThat(state.state()).isEqualTo(CLOSED);
  }

  @Test
  void eachFailedProbeDoublesItUpToTheCap() {
    openAndProbe();
    for (long seconds : new long[] {20, 40, 60, 60}) {
      failProbe();
      assertThat(state.remaining(now)).isEqualTo(Duration.ofSeconds(seconds));
      probe();
    }
    assertThat(state.attempt()).isEqualTo(5);
  }

  @ParameterizedTest
  @CsvSource({"0,9000", "0.5,10000", "1,11000"})
  void theRollSpreadsIt(double rolled, long millis) {
    roll = rolled;

    Step step = apply(new Event.FuseBlown(0, COUNTS, TRIP));

    assertThat(state.remaining(now)).isEqualTo(Duration.ofMillis(millis));
    assertThat(step.proposal().openFor()).isEqualTo(Duration.ofMillis(millis));
    assertThat(step.proposal().attempt()).isEqualTo(1);
    assertThat(step.proposal().atNanos()).isEqualTo(now);
  }

  @Test
  void aTripSoonAfterClosingIsTheNextAttempt() {
    openAndProbe();
    close();
    assertThat(state.attempt()).as("kept by CLOSED").isEqualTo(1);
    pass(Duration.ofMinutes(5).minusNanos(1));

    apply(new Event.FuseBlown(state.generation(), COUNTS, TRIP));

    assertThat(state.attempt()).isEqualTo(2);
    assertThat(state.remaining(now)).isEqualTo(Duration.ofSeconds(20));
  }

  @Test
  void aTripAfterAStableTimeIsTheFirstAgain() {
    openAndProbe();
    close();
    pass(Duration.ofMinutes(5));

    apply(new Event.FuseBlown(state.generation(), COUNTS, TRIP));

    assertThat(state.attempt()).isEqualTo(1);
    assertThat(state.remaining(now)).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void aResetMakesTheNextTripTheFirst() {
    openAndProbe();
    failProbe();
    apply(new Event.ResetRequested("by hand"));
    assertThat(state.attempt()).isZero();

    apply(new Event.FuseBlown(state.generation(), COUNTS, TRIP));

    assertThat(state.attempt()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"30,30", "0,1", "-4,1", "60,60", "600,60"})
  void aRetryAfterIsTakenClampedAndWithoutJitter(long asked, long seconds) {
    roll = 1;

    apply(new Event.FuseBlown(0, COUNTS, new Trip("busy", Duration.ofSeconds(asked))));

    assertThat(state.remaining(now)).isEqualTo(Duration.ofSeconds(seconds));
    assertThat(state.attempt()).isEqualTo(1);
  }

  @Test
  void aProbeMayAskForItsOwnTime() {
    openAndProbe();

    apply(
        new Event.ProbeFailed(state.generation(), COUNTS, new Trip("busy", Duration.ofSeconds(7))));

    assertThat(state.remaining(now)).isEqualTo(Duration.ofSeconds(7));
    assertThat(state.attempt()).isEqualTo(2);
  }

  private static Revision withAttempt(io.fleetbreaker.State to, long version, int attempt) {
    Revision r = Revisions.of(to, version);
    return new Revision(
        r.id(),
        r.ops(),
        r.state(),
        r.sinceMillis(),
        r.openMillis(),
        r.openUntilMillis(),
        attempt,
        r.reason(),
        r.worker(),
        r.failureCount(),
        r.successCount(),
        r.lastFailureMillis());
  }

  @Test
  void anotherWorkersAttemptIsCountedOnFrom() {
    apply(new Event.Adopted(withAttempt(HALF_OPEN, 3, 4), Duration.ZERO));

    failProbe();

    assertThat(state.attempt()).isEqualTo(5);
  }

  @Test
  void aRoundAfterAnOpenThatThisWorkerMissedBringsItsAttempt() {
    apply(new Event.Adopted(withAttempt(HALF_OPEN, 3, 1), Duration.ZERO));
    apply(new Event.Adopted(withAttempt(HALF_OPEN, 5, 2), Duration.ZERO));

    failProbe();

    assertThat(state.attempt()).isEqualTo(3);
  }

  @Test
  void aCloseElsewhereKeepsItsAttempt() {
    apply(new Event.Adopted(withAttempt(OPEN, 3, 3), Duration.ofSeconds(5)));
    apply(new Event.Adopted(withAttempt(CLOSED, 4, 3), Duration.ZERO));

    apply(new Event.FuseBlown(state.generation(), COUNTS, TRIP));

    assertThat(state.attempt()).isEqualTo(4);
  }

  @Test
  void theSameStateElsewhereBringsItsAttemptAndDeadline() {
    apply(new Event.Adopted(withAttempt(OPEN, 3, 3), Duration.ofSeconds(5)));
    apply(new Event.Adopted(withAttempt(OPEN, 4, 4), Duration.ofSeconds(50)));

    assertThat(state.attempt()).isEqualTo(4);
    assertThat(state.remaining(now)).isEqualTo(Duration.ofSeconds(50));
  }
}
