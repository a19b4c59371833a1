package io.fleetbreaker.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.Permit;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.SyncPort;
import io.fleetbreaker.sync.SyncPort.ProbeResult;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** R6, R14: what a breaker does with the places for probes that the fleet lends. */
@Tag("actors")
class LeasesTest {
  private static final Duration OPEN_FOR = Duration.ofSeconds(60);
  private static final Duration LONGEST_PROBE = Duration.ofSeconds(30);
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final ActorFixture f =
      new ActorFixture(
          -5,
          ProviderSettings.builder("openai")
              .failureThreshold(1)
              .openDuration(OPEN_FOR)
              .halfOpenMaxCalls(2)
              .successThreshold(2)
              .halfOpenMaxDuration(LONGEST_PROBE)
              .build());
  private final ActorRef<SyncPort.BreakerMessage> actor = f.spawn();

  @BeforeEach
  void open() {
    f.fail(1);
    Proposal trip = f.proposed();
    actor.tell(
        new SyncPort.Committed(trip.sequence(), Revisions.of(State.OPEN, 1), trip.openFor()));
    f.settle(actor);
    f.pass(OPEN_FOR);
    f.settle(actor);
  }

  @AfterEach
  void stop() {
    f.close();
  }

  private void grant(String lease, long version) {
    long validUntil = f.ticker.nanos() + Duration.ofSeconds(5).toNanos();
    actor.tell(
        new SyncPort.ProbeGranted(Revisions.of(State.HALF_OPEN, version), lease, validUntil));
    f.settle(actor);
  }

  private void askedAndGranted(String lease) {
    f.asked();
    grant(lease, 2);
  }

  private Permit take() {
    return f.gate.tryAcquire().orElseThrow();
  }

  private void settled(String lease, ProbeResult result) {
    SyncPort.SettleProbe settled = f.sync.expectMessageClass(SyncPort.SettleProbe.class);
    assertThat(settled.lease()).isEqualTo(lease);
    assertThat(settled.result()).isEqualTo(result);
    assertThat(settled.round()).isEqualTo(Revisions.of(State.HALF_OPEN, 2).id());
    assertThat(settled.successThreshold()).isEqualTo(2);
  }

  private void nothingMore() {
    f.settle(actor);
    f.sync.expectNoMessage(Duration.ZERO);
  }

  private State state() {
    return f.gate.view().state();
  }

  @Test
  void withoutACallNobodyAsksForAProbe() {
    f.pass(OPEN_FOR.multipliedBy(100));
    nothingMore();

    assertThat(state()).isEqualTo(State.OPEN);
    assertThat(f.gate.isPermitAvailable()).isTrue();
    assertThat(f.gate.view().remaining()).isZero();
    assertThat(f.gate.refusal().state()).isEqualTo(State.OPEN);
    assertThat(f.gate.refusal().remaining()).isZero();
  }

  @Test
  void theFirstCallAsksAndTheOthersDoNot() {
    SyncPort.AskProbe ask = f.asked();

    assertThat(f.gate.tryAcquire()).isEmpty();
    assertThat(f.gate.isPermitAvailable()).isFalse();
    nothingMore();
    assertThat(ask)
        .isEqualTo(new SyncPort.AskProbe("openai", Revisions.of(State.OPEN, 1).id(), 2, 2));
    assertThat(f.gate.view().counts().rejected()).isEqualTo(2);
  }

  @Test
  void aGrantHasOneCallProbeInTheFleetsRound() {
    askedAndGranted("a");

    assertThat(state()).isEqualTo(State.HALF_OPEN);
    assertThat(f.gate.view().revision().version()).isEqualTo(2);
    assertThat(f.gate.view().shared()).isTrue();
    take();
    assertThat(f.asked().basedOn().version()).isEqualTo(2);
    grant("b", 2);
    take();
    assertThat(f.gate.tryAcquire()).isEmpty();
  }

  @Test
  void aSuccessIsToldToTheFleetAndNotCountedHere() {
    askedAndGranted("a");

    for (String lease : new String[] {"b", "c", "d"}) {
      take().success();
      f.sync.expectMessageClass(SyncPort.SettleProbe.class);
      f.asked();
      grant(lease, 2);
    }

    assertThat(state()).isEqualTo(State.HALF_OPEN);
    take().success();
    settled("d", ProbeResult.SUCCEEDED);
  }

  @Test
  void whenTheFleetHasSeenEnoughSuccessesThisWorkerCloses() {
    askedAndGranted("a");
    take().success();
    settled("a", ProbeResult.SUCCEEDED);

    actor.tell(new SyncPort.CloseDue(Revisions.of(State.HALF_OPEN, 2)));

    Proposal close = f.proposed();
    assertThat(close.kind()).isEqualTo(Proposal.Kind.CLOSE);
    assertThat(close.basedOn().version()).isEqualTo(2);
    assertThat(close.reason()).isEqualTo("2 probes succeeded");
    f.eventually(State.CLOSED);
  }

  @Test
  void whoAsksAndIsToldThatACloseIsDueClosesARoundItHasNotSeen() {
    f.asked();

    actor.tell(new SyncPort.CloseDue(Revisions.of(State.HALF_OPEN, 4)));

    assertThat(f.proposed().basedOn().version()).isEqualTo(4);
    f.eventually(State.CLOSED);
  }

  @Test
  void aFailureIsToldBeforeTheTripThatFollows() {
    askedAndGranted("a");

    take().failure();

    settled("a", ProbeResult.FAILED);
    assertThat(f.proposed().kind()).isEqualTo(Proposal.Kind.TRIP);
    f.eventually(State.OPEN);
  }

  @Test
  void anIgnoredProbeLeavesItsPlaceToTheNextCall() {
    askedAndGranted("a");

    take().ignore();

    take().success();
    settled("a", ProbeResult.SUCCEEDED);
    nothingMore();
  }

  @Test
  void aResultAfterTheEndOfItsLeaseMovesNothing() {
    askedAndGranted("a");
    Permit late = take();
    f.ticker.advance(Duration.ofSeconds(5));

    late.failure();

    settled("a", ProbeResult.RETURNED);
    nothingMore();
    assertThat(state()).isEqualTo(State.HALF_OPEN);
    assertThat(f.gate.view().counts().failed()).as("the one that opened it, and this").isEqualTo(2);
  }

  @Test
  void aRenewedLeaseLastsLonger() {
    askedAndGranted("a");
    Permit probe = take();
    f.pass(Duration.ofSeconds(3));
    renew("a", Duration.ofSeconds(5), true);
    f.pass(Duration.ofSeconds(4));

    probe.success();

    settled("a", ProbeResult.SUCCEEDED);
  }

  private void renew(String lease, Duration valid, boolean wanted) {
    actor.tell(new SyncPort.ProbeRenewed(lease, f.ticker.nanos() + valid.toNanos(), wanted));
    f.settle(actor);
  }

  @Test
  void aFreePlaceWhoseLeaseHasPassedAdmitsNobody() {
    askedAndGranted("a");
    f.pass(Duration.ofSeconds(5));

    assertThat(f.asked()).isNotNull();
  }

  @Test
  void aPlaceThatACallFoundPassedGoesBackIfItIsRenewedAfterAll() {
    askedAndGranted("a");
    f.pass(Duration.ofSeconds(5));
    f.asked();

    renew("a", SECOND, false);

    settled("a", ProbeResult.RETURNED);
    renew("a", SECOND, true);
    assertThat(f.sync.expectMessageClass(SyncPort.SettleProbe.class).result())
        .as("not known any more")
        .isEqualTo(ProbeResult.RETURNED);
  }

  @Test
  void aFreePlaceThatOthersWantGoesBack() {
    askedAndGranted("a");

    renew("a", SECOND, false);
    nothingMore();
    renew("a", SECOND, true);

    settled("a", ProbeResult.RETURNED);
    assertThat(f.gate.tryAcquire()).isEmpty();
  }

  @Test
  void aProbeThatTakesTooLongLosesItsPlace() {
    askedAndGranted("a");
    Permit stuck = take();
    f.pass(LONGEST_PROBE.plusNanos(1));

    renew("a", SECOND, false);

    settled("a", ProbeResult.RETURNED);
    stuck.failure();
    nothingMore();
    assertThat(state()).isEqualTo(State.HALF_OPEN);
  }

  @Test
  void aLostPlaceIsVoidWhoeverHasIt() {
    askedAndGranted("a");
    Permit probe = take();
    f.asked();
    grant("b", 2);

    actor.tell(new SyncPort.ProbeLost("a"));
    actor.tell(new SyncPort.ProbeLost("b"));
    f.settle(actor);

    probe.failure();
    assertThat(f.asked()).isNotNull();
    nothingMore();
    assertThat(state()).isEqualTo(State.HALF_OPEN);
  }

  @Test
  void aLeaseThatIsNotKnownGoesBack() {
    renew("stranger", SECOND, false);

    assertThat(f.sync.expectMessageClass(SyncPort.SettleProbe.class).result())
        .isEqualTo(ProbeResult.RETURNED);
  }

  @Test
  void aGrantThatComesTwiceIsOnePlace() {
    askedAndGranted("a");
    grant("a", 2);

    take();

    assertThat(f.gate.tryAcquire()).isEmpty();
  }

  @Test
  void aGrantForWhichThereIsNoUseGoesBack() {
    f.asked();
    TestProbe<ProviderBreaker.ResetReply> operator = f.kit.createTestProbe();
    actor.tell(new ProviderBreaker.Reset("by hand", operator.getRef()));
    f.proposed();

    grant("a", 2);

    settled("a", ProbeResult.RETURNED);
    assertThat(state()).isEqualTo(State.CLOSED);
  }

  @Test
  void anOverrideSendsFreePlacesBackAndCallsInFlightAreStillSettled() {
    askedAndGranted("a");
    Permit inFlight = take();
    f.asked();
    grant("b", 2);
    TestProbe<Done> done = f.kit.createTestProbe();

    actor.tell(new ProviderBreaker.SetOverride(OverrideMode.FORCED_OPEN, "x", null, done.getRef()));

    settled("b", ProbeResult.RETURNED);
    inFlight.success();
    settled("a", ProbeResult.SUCCEEDED);
  }

  @Test
  void aFailureOfARoundThatIsOverHereHoldsNoPlace() {
    askedAndGranted("a");
    Permit inFlight = take();
    TestProbe<Done> done = f.kit.createTestProbe();
    actor.tell(
        new ProviderBreaker.SetOverride(OverrideMode.METRICS_ONLY, "x", null, done.getRef()));
    done.expectMessage(Done.getInstance());

    inFlight.failure();

    settled("a", ProbeResult.RETURNED);
    nothingMore();
  }

  @Test
  void aRefusalSaysWhenToAskAgainAndListenersAreToldThen() {
    AtomicInteger told = new AtomicInteger();
    f.asked();
    actor.tell(new SyncPort.ProbeRefused(SECOND));
    f.settle(actor);
    f.gate.onPermitAvailable(told::incrementAndGet);

    f.pass(Duration.ofMillis(999));
    assertThat(f.gate.tryAcquire()).isEmpty();
    assertThat(f.gate.isPermitAvailable()).isFalse();
    assertThat(told).hasValue(0);
    f.pass(Duration.ofMillis(1));

    assertThat(told).hasValue(1);
    assertThat(f.asked()).isNotNull();
    nothingMore();
  }

  @Test
  void anAskThatIsNeverAnsweredCountsAsRefusedAfterFiveSeconds() {
    f.asked();
    f.pass(Duration.ofMillis(4_999));
    assertThat(f.gate.tryAcquire()).isEmpty();
    nothingMore();

    f.pass(Duration.ofMillis(1));

    assertThat(f.asked()).isNotNull();
  }

  @Test
  void aWishThatComesAfterTheAnswerIsNotAskedForAgain() {
    f.asked();
    actor.tell(new SyncPort.Adopt(Revisions.of(State.HALF_OPEN, 2), Duration.ZERO));
    f.settle(actor);
    Gate.Signals told = f.gate.signals();
    f.gate.bind(new RecordingSignals());
    assertThat(f.gate.tryAcquire()).as("asks, and its message is on the way").isEmpty();
    f.gate.bind(told);

    grant("a", 2);
    told.probeWanted(f.gate.era().generation());

    nothingMore();
    take();
  }

  @Test
  void aSyncActorThatHasRestartedIsAskedAgain() {
    SyncPort.AskProbe ask = f.asked();

    actor.tell(new ProviderBreaker.SyncStarted());

    f.registered();
    assertThat(f.sync.expectMessageClass(SyncPort.AskProbe.class)).isEqualTo(ask);
    grant("a", 2);
    take();
  }

  @Test
  void aBreakerThatHasRestartedAsksAgainAndKeepsItsPlaces() {
    askedAndGranted("a");
    take();
    SyncPort.AskProbe ask = f.asked();

    f.crash(actor);

    f.registered();
    assertThat(f.sync.expectMessageClass(SyncPort.AskProbe.class)).isEqualTo(ask);
    grant("b", 2);
    take().success();
    settled("b", ProbeResult.SUCCEEDED);
  }

  @Test
  void r14WithoutTheFleetTheWorkerDealsItsPlacesToItself() {
    f.asked();

    actor.tell(new SyncPort.ProbesLocal());

    assertThat(f.proposed().kind()).isEqualTo(Proposal.Kind.HALF_OPEN);
    f.settle(actor);
    Permit first = take();
    Permit second = take();
    assertThat(f.gate.tryAcquire()).isEmpty();
    assertThat(f.gate.isPermitAvailable()).isFalse();
    first.success();
    second.success();
    assertThat(f.proposed().kind()).isEqualTo(Proposal.Kind.CLOSE);
    nothingMore();
  }

  @Test
  void aSecondWordThatTheFleetIsAwayDealsNothing() {
    f.asked();
    actor.tell(new SyncPort.ProbesLocal());
    f.proposed();
    f.settle(actor);
    take();
    take();

    actor.tell(new SyncPort.ProbesLocal());
    f.settle(actor);

    assertThat(f.gate.tryAcquire()).isEmpty();
  }

  @Test
  void whenTheFleetIsBackFreePlacesAreGoneAndTakenOnesStillCount() {
    f.asked();
    actor.tell(new SyncPort.ProbesLocal());
    Proposal probing = f.proposed();
    f.settle(actor);
    Permit taken = take();

    actor.tell(new SyncPort.ProbesShared());
    f.settle(actor);
    actor.tell(
        new SyncPort.Committed(
            probing.sequence(), Revisions.of(State.HALF_OPEN, 2), Duration.ZERO));
    f.settle(actor);

    f.asked();
    taken.failure();
    assertThat(f.proposed().kind()).isEqualTo(Proposal.Kind.TRIP);
  }

  @Test
  void aLocalPlaceThatComesBackAfterTheFleetIsBackIsNotGivenOutAgain() {
    f.asked();
    actor.tell(new SyncPort.ProbesLocal());
    f.proposed();
    f.settle(actor);
    Permit taken = take();
    actor.tell(new SyncPort.ProbesShared());
    f.settle(actor);

    taken.success();

    assertThat(f.asked()).isNotNull();
  }

  @Test
  void aProposalThatWaitedForTheStoreEndsTheLocalRound() {
    f.asked();
    actor.tell(new SyncPort.ProbesLocal());
    Proposal probing = f.proposed();
    actor.tell(new SyncPort.Deferred(probing.sequence()));
    f.settle(actor);

    actor.tell(
        new SyncPort.Committed(
            probing.sequence(), Revisions.of(State.HALF_OPEN, 2), Duration.ZERO));
    f.settle(actor);

    assertThat(f.asked().basedOn().version()).isEqualTo(2);
  }

  @Test
  void aSuccessThatCannotBeToldCountsHere() {
    askedAndGranted("a");
    take().success();
    settled("a", ProbeResult.SUCCEEDED);
    f.asked();
    grant("b", 2);
    take().success();
    settled("b", ProbeResult.SUCCEEDED);

    actor.tell(new SyncPort.SettledLocally("a"));
    actor.tell(new SyncPort.SettledLocally("a"));
    nothingMore();
    actor.tell(new SyncPort.SettledLocally("b"));

    assertThat(f.proposed().successCount()).isEqualTo(2);
    f.eventually(State.CLOSED);
  }

  @Test
  void anotherRoundOfTheFleetTakesThePlaceOfThisOne() {
    askedAndGranted("a");
    Permit old = take();
    f.asked();
    grant("b", 4);
    assertThat(f.gate.view().revision().version()).isEqualTo(4);

    old.failure();

    settled("a", ProbeResult.RETURNED);
    nothingMore();
    take();
  }

  @Test
  void aFleetThatOpensForLongerEndsTheWaitForAProbe() {
    actor.tell(new SyncPort.Adopt(Revisions.of(State.OPEN, 3), SECOND));
    f.settle(actor);

    assertThat(f.gate.isPermitAvailable()).isFalse();
    assertThat(f.gate.tryAcquire()).isEmpty();
    nothingMore();
    f.pass(SECOND);

    assertThat(f.asked().basedOn().version()).isEqualTo(3);
  }
}
