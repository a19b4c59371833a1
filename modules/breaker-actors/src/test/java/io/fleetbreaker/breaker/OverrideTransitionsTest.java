package io.fleetbreaker.breaker;

import static io.fleetbreaker.State.CLOSED;
import static io.fleetbreaker.State.OPEN;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.breaker.Transitions.Step;
import io.fleetbreaker.sync.FleetOverride;
import io.fleetbreaker.sync.Proposal;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OverrideTransitionsTest {
  private static final ProviderSettings SETTINGS =
      ProviderSettings.builder("openai").openDuration(Duration.ofSeconds(60)).build();
  private static final Event.Counts COUNTS = new Event.Counts(3, 7_000);

  private long now = Long.MAX_VALUE - 100;

  private Step apply(BreakerState state, Event event) {
    return Transitions.apply(state, event, SETTINGS, now, 0.5);
  }

  private BreakerState open() {
    return apply(BreakerState.initial(now), new Event.FuseBlown(0, COUNTS, new Trip("down")))
        .next();
  }

  private BreakerState under(OverrideMode mode, BreakerState state) {
    return apply(state, new Event.OverrideSet(new ManualOverride(mode, "by hand", now, null)))
        .next();
  }

  private BreakerState until(Duration lasting, BreakerState state) {
    ManualOverride forced =
        new ManualOverride(OverrideMode.FORCED_OPEN, "by hand", now, now + lasting.toNanos());
    return apply(state, new Event.OverrideSet(forced)).next();
  }

  @ParameterizedTest
  @EnumSource(OverrideMode.class)
  void callersMeetTheOverrideWhateverTheStateBelow(OverrideMode mode) {
    var met = mode == OverrideMode.FORCED_OPEN ? OPEN : CLOSED;

    BreakerState overClosed = under(mode, BreakerState.initial(now));
    BreakerState overOpen = under(mode, open());

    assertThat(overClosed.effectiveState()).isEqualTo(met);
    assertThat(overOpen.effectiveState()).isEqualTo(met);
    assertThat(overClosed.state()).isEqualTo(CLOSED);
    assertThat(overOpen.state()).isEqualTo(OPEN);
    assertThat(overOpen.generation()).isGreaterThan(open().generation());
  }

  @Test
  void anOverrideIsLocalAndProposesNothing() {
    Step step =
        apply(
            BreakerState.initial(now),
            new Event.OverrideSet(
                new ManualOverride(OverrideMode.DISABLED, "line\none", now, null)));

    assertThat(step.proposal()).isNull();
    assertThat(step.freshCounts()).isTrue();
    assertThat(step.next().override().reason()).isEqualTo("line?one");
  }

  @Test
  void clearingReturnsToTheStateBelow() {
    BreakerState forced = under(OverrideMode.FORCED_OPEN, BreakerState.initial(now));

    Step step = apply(forced, new Event.OverrideCleared());

    assertThat(step.next().override()).isNull();
    assertThat(step.next().effectiveState()).isEqualTo(CLOSED);
    assertThat(step.next().generation()).isGreaterThan(forced.generation());
    assertThat(step.freshCounts()).isTrue();
    assertThat(step.proposal()).isNull();
  }

  @Test
  void clearingWhereThereIsNoneChangesNothing() {
    BreakerState open = open();

    Step step = apply(open, new Event.OverrideCleared());

    assertThat(step.next()).isSameAs(open);
    assertThat(step.freshCounts()).isFalse();
  }

  @Test
  void anOverrideTakesThePlaceOfAnother() {
    BreakerState second = under(OverrideMode.METRICS_ONLY, under(OverrideMode.FORCED_OPEN, open()));

    assertThat(second.override().mode()).isEqualTo(OverrideMode.METRICS_ONLY);
    assertThat(second.effectiveState()).isEqualTo(CLOSED);
  }

  @Test
  void anOverrideWithAnEndEndsThen() {
    BreakerState forced = until(Duration.ofSeconds(5), BreakerState.initial(now));
    assertThat(forced.nextDeadline()).hasValue(now + 5_000_000_000L);

    now += 4_999_999_999L;
    assertThat(apply(forced, new Event.DeadlineReached(forced.generation(), COUNTS)).next())
        .isSameAs(forced);
    now += 1;
    Step step = apply(forced, new Event.DeadlineReached(forced.generation(), COUNTS));

    assertThat(step.next().override()).isNull();
    assertThat(step.next().effectiveState()).isEqualTo(CLOSED);
    assertThat(step.proposal()).isNull();
  }

  @Test
  void anOverrideWithoutAnEndIsNotMovedByTime() {
    BreakerState forced = under(OverrideMode.FORCED_OPEN, open());
    now += Duration.ofDays(30).toNanos();

    assertThat(forced.nextDeadline()).isEmpty();
    assertThat(apply(forced, new Event.DeadlineReached(forced.generation(), COUNTS)).next())
        .isSameAs(forced);
  }

  @Test
  void anOpenWhoseDeadlinePassedUnderAnOverrideProbesOnceItEnds() {
    BreakerState forced = until(Duration.ofSeconds(90), open());
    now += Duration.ofSeconds(90).toNanos();

    BreakerState cleared =
        apply(forced, new Event.DeadlineReached(forced.generation(), COUNTS)).next();
    assertThat(cleared.state()).isEqualTo(OPEN);
    assertThat(cleared.override()).isNull();
    Step step = apply(cleared, new Event.DeadlineReached(cleared.generation(), COUNTS));

    assertThat(step.next().state()).isEqualTo(OPEN);
    assertThat(step.next().due()).isTrue();
  }

  @Test
  void aHintUnderAnOverrideIsStillWithdrawnAfterIt() {
    BreakerState hinted =
        apply(
                BreakerState.initial(now),
                new Event.Hinted(Revisions.of(OPEN, 5), Duration.ofSeconds(60)))
            .next();
    BreakerState forced = under(OverrideMode.FORCED_OPEN, hinted);
    BreakerState cleared = apply(forced, new Event.OverrideCleared()).next();

    assertThat(cleared.state()).isEqualTo(OPEN);
    assertThat(apply(cleared, new Event.HintWithdrawn()).next().state()).isEqualTo(CLOSED);
    BreakerState below = apply(forced, new Event.HintWithdrawn()).next();
    assertThat(below.effectiveState()).isEqualTo(OPEN);
    assertThat(below.state()).isEqualTo(CLOSED);
  }

  @Test
  void aResetUnderForcedOpenIsRefused() {
    BreakerState forced = under(OverrideMode.FORCED_OPEN, open());

    Step step = apply(forced, new Event.ResetRequested("by hand"));

    assertThat(Transitions.isForcedOpen(forced)).isTrue();
    assertThat(step.next()).isSameAs(forced);
    assertThat(step.proposal()).isNull();
  }

  @ParameterizedTest
  @EnumSource(
      value = OverrideMode.class,
      names = {"DISABLED", "METRICS_ONLY"})
  void aResetUnderAnOverrideThatAdmitsCallsClosesBelow(OverrideMode mode) {
    BreakerState over = under(mode, open());

    Step step = apply(over, new Event.ResetRequested("by hand"));

    assertThat(Transitions.isForcedOpen(over)).isFalse();
    assertThat(Transitions.isForcedOpen(open())).isFalse();
    assertThat(step.next().state()).isEqualTo(CLOSED);
    assertThat(step.next().override()).isEqualTo(over.override());
    assertThat(step.proposal().kind()).isEqualTo(Proposal.Kind.RESET);
  }

  @Test
  void theFleetsRevisionsGoOnBelow() {
    BreakerState over = under(OverrideMode.METRICS_ONLY, BreakerState.initial(now));

    BreakerState adopted =
        apply(over, new Event.Adopted(Revisions.of(OPEN, 4), Duration.ofSeconds(9))).next();

    assertThat(adopted.state()).isEqualTo(OPEN);
    assertThat(adopted.effectiveState()).isEqualTo(CLOSED);
    assertThat(adopted.held().version()).isEqualTo(4);
    assertThat(adopted.remaining(now)).isEqualTo(Duration.ofSeconds(9));
    assertThat(adopted.refusesFor(now)).isZero();
  }

  @Test
  void howLongCallsAreRefusedIsTheOverridesToSay() {
    assertThat(open().refusesFor(now)).isEqualTo(Duration.ofSeconds(60));
    assertThat(until(Duration.ofSeconds(5), open()).refusesFor(now))
        .isEqualTo(Duration.ofSeconds(5));
    assertThat(under(OverrideMode.FORCED_OPEN, open()).refusesFor(now)).isZero();
    assertThat(under(OverrideMode.DISABLED, open()).refusesFor(now)).isZero();
  }

  @Test
  void anOverrideThatIsOverdueHasNothingLeft() {
    ManualOverride over = new ManualOverride(OverrideMode.DISABLED, "by hand", 0, 100L);

    assertThat(over.remaining(40)).isEqualTo(Duration.ofNanos(60));
    assertThat(over.remaining(140)).isZero();
    assertThat(over.view(40).remaining()).contains(Duration.ofNanos(60));
    assertThat(new ManualOverride(OverrideMode.DISABLED, "by hand", 0, null).view(40).remaining())
        .isEmpty();
  }

  /** An event that tells of a FORCED_OPEN of the fleet. */
  private static Event.Hinted forcedOpenHint(long version) {
    FleetOverride forced =
        new FleetOverride(OverrideMode.FORCED_OPEN, "maintenance", "alice", 5_000, 0, "force");
    Duration aDay = Duration.ofDays(1);
    return new Event.Hinted(
        Revisions.of(CLOSED, version).withOverride(forced), Duration.ZERO, aDay);
  }

  @Test
  void r12OfSeveralHintsNoneIsLeftOnceTheKeyDisprovesThem() {
    BreakerState held =
        apply(BreakerState.initial(now), new Event.Adopted(Revisions.of(CLOSED, 4), Duration.ZERO))
            .next();
    BreakerState forced = apply(held, forcedOpenHint(5)).next();
    assertThat(forced.effectiveState()).isEqualTo(OPEN);
    BreakerState opened =
        apply(forced, new Event.Hinted(Revisions.of(OPEN, 6), Duration.ofSeconds(60))).next();
    assertThat(opened.effectiveState()).isEqualTo(OPEN);

    BreakerState back =
        apply(opened, new Event.Adopted(Revisions.of(CLOSED, 4), Duration.ZERO)).next();

    assertThat(back.effectiveState()).isEqualTo(CLOSED);
    assertThat(back.override()).isNull();
    assertThat(back.isShared(now)).isTrue();
  }

  @Test
  void r12AHintThatTheKeyDisprovesIsOverEvenIfAProposalIsNotSettled() {
    Event.Adopted key = new Event.Adopted(Revisions.of(CLOSED, 4), Duration.ZERO);
    BreakerState held = apply(BreakerState.initial(now), key).next();
    BreakerState pending =
        apply(held, new Event.FuseBlown(held.generation(), COUNTS, new Trip("down"))).next();
    BreakerState forced = apply(pending, forcedOpenHint(5)).next();
    assertThat(forced.override()).isNotNull();

    BreakerState back = apply(forced, key).next();

    assertThat(back.override()).isNull();
    assertThat(back.state()).isEqualTo(OPEN);
    assertThat(back.pending()).isEqualTo(pending.pending());
  }
}
