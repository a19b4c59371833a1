package io.fleetbreaker.cli.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.cli.check.CheckResult.Verdict;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class FleetCheckTest {
  /** For a check that ends when it has seen enough. */
  private static final Duration PATIENT = Duration.ofSeconds(30);

  /** For one that waits in vain, on a machine that may stand still meanwhile. */
  private static final Duration VAIN = Duration.ofSeconds(3);

  private final List<String> progress = new ArrayList<>();

  @Test
  void aFleetThatTripsTogetherPassesAndIsClosedAgain() throws Exception {
    try (PlayedFleet fleet = new PlayedFleet(4)) {
      CheckResult result = check(fleet.url(), 4, false);

      assertThat(result.verdict()).isEqualTo(Verdict.PASSED);
      assertThat(result.provider()).isEqualTo("openai");
      assertThat(result.workers()).hasSize(4).allMatch(CheckResult.Worker::opened);
      assertThat(result.workers()).filteredOn(CheckResult.Worker::origin).hasSize(1);
      assertThat(result.closedAgain()).contains(true);
      assertThat(fleet.open()).isZero();
      assertThat(progress).first().isEqualTo("found 4 workers");
    }
  }

  @Test
  void everyRequestHasAConnectionOfItsOwn() throws Exception {
    try (PlayedFleet fleet = new PlayedFleet(2)) {
      check(fleet.url(), 2, false);

      assertThat(fleet.keptConnection()).isFalse();
    }
  }

  @Test
  void theDelayIsMeasuredToWithinItsUncertainty() throws Exception {
    try (PlayedFleet fleet = new PlayedFleet(4).withDelay(Duration.ofMillis(120))) {
      Propagation time = check(fleet.url(), 4, false).propagation().orElseThrow();

      assertThat(Math.abs(time.millis() - 120)).isLessThanOrEqualTo(time.plusMinusMillis() + 0.01);
      assertThat(time.upperMillis()).isGreaterThanOrEqualTo(120);
    }
  }

  @Test
  void aFleetThatAsksForTokensIsShownOne() throws Exception {
    try (PlayedFleet fleet = new PlayedFleet(2).withToken("secret-token")) {
      CheckSettings settings = withToken(fleet.url(), "secret-token", PATIENT);
      CheckResult result = new FleetCheck(settings, progress::add).run();

      assertThat(result.verdict()).isEqualTo(Verdict.PASSED);
      assertThat(settings.toString()).doesNotContain("secret");
      for (CheckSettings wrong :
          List.of(
              withToken(fleet.url(), "another", VAIN),
              new CheckSettings(List.of(fleet.url()), 2, Optional.empty(), VAIN, false))) {
        CheckResult refused = new FleetCheck(wrong, progress::add).run();
        assertThat(refused.verdict()).isEqualTo(Verdict.FAILED);
        assertThat(refused.summary()).contains("HTTP 401", "FLEETBREAKER_TOKEN", "--token-file");
      }
    }
  }

  private static CheckSettings withToken(URI url, String token, Duration timeout) {
    return new CheckSettings(
        List.of(url), 2, Optional.empty(), timeout, false, Optional.of(token), Optional.empty());
  }

  @Test
  void missingWorkersAreCounted() throws Exception {
    try (PlayedFleet fleet = new PlayedFleet(2)) {
      CheckResult result = check(fleet.url(), 4, false, VAIN);

      assertThat(result.verdict()).isEqualTo(Verdict.FAILED);
      assertThat(result.summary()).isEqualTo("only 2 of 4 workers answered");
      assertThat(fleet.open()).isZero();
    }
  }

  @Test
  void aWorkerThatDoesNotFollowFailsTheCheckWithItsLikelyCause() throws Exception {
    try (PlayedFleet fleet = new PlayedFleet(3).withDeafWorker().withoutRedis()) {
      CheckResult result = check(fleet.url(), 3, false, VAIN);

      if (result.workers().get(2).origin()) {
        // The deaf one tripped itself, and the others follow it.
        assertThat(result.verdict()).isEqualTo(Verdict.PASSED);
      } else {
        assertThat(result.verdict()).isEqualTo(Verdict.FAILED);
        assertThat(result.summary()).isEqualTo("worker 12347 did not open openai within 3 s");
        assertThat(result.causes()).anyMatch(cause -> cause.contains("does not reach Redis"));
        assertThat(result.distribution()).containsEntry("open", 2L).containsEntry("closed", 1L);
      }
    }
  }

  @Test
  void aTripMayTakeAllTheTimeThatWasGiven() throws Exception {
    try (PlayedFleet fleet = new PlayedFleet(2).withSlowChanges(Duration.ofMillis(2_200))) {
      assertThat(check(fleet.url(), 2, false).verdict()).isEqualTo(Verdict.PASSED);
    }
  }

  @Test
  void aProviderThatIsNotClosedIsLeftAlone() throws Exception {
    try (PlayedFleet fleet = new PlayedFleet(2).alreadyOpen()) {
      CheckResult result = check(fleet.url(), 2, false);

      assertThat(result.verdict()).isEqualTo(Verdict.REFUSED);
      assertThat(result.verdict().exitCode()).isEqualTo(1);
      assertThat(result.summary()).contains("--reset-first");
      assertThat(fleet.open()).isEqualTo(2);
    }
  }

  @Test
  void resetFirstClosesItAndThenChecks() throws Exception {
    try (PlayedFleet fleet = new PlayedFleet(2).alreadyOpen()) {
      CheckResult result = check(fleet.url(), 2, true);

      assertThat(result.verdict()).isEqualTo(Verdict.PASSED);
    }
  }

  @Test
  void aResetThatDoesNotReachAllFailsTheCheck() throws Exception {
    try (PlayedFleet fleet = new PlayedFleet(3).withoutReset()) {
      CheckResult result = check(fleet.url(), 3, false, VAIN);

      assertThat(result.verdict()).isEqualTo(Verdict.FAILED);
      assertThat(result.closedAgain()).contains(false);
      assertThat(result.summary()).contains("not all workers were closed");
    }
  }

  @Test
  void missingDemoEndpointsAreNamed() throws Exception {
    try (PlayedFleet fleet = new PlayedFleet(2).withoutDemoEndpoints()) {
      CheckResult result = check(fleet.url(), 2, false);

      assertThat(result.verdict()).isEqualTo(Verdict.FAILED);
      assertThat(result.causes()).anyMatch(cause -> cause.contains("--demo-endpoints"));
    }
  }

  @Test
  void anUnknownProviderIsNamedWithThoseThereAre() throws Exception {
    try (PlayedFleet fleet = new PlayedFleet(1)) {
      CheckResult result =
          new FleetCheck(
                  new CheckSettings(List.of(fleet.url()), 1, Optional.of("nobody"), PATIENT, false),
                  progress::add)
              .run();

      assertThat(result.verdict()).isEqualTo(Verdict.FAILED);
      assertThat(result.summary())
          .isEqualTo("there is no provider nobody; the fleet has openai, anthropic");
    }
  }

  @Test
  void nobodyThereIsUnreachable() throws Exception {
    // Held, so that nobody else comes to listen there.
    try (Socket bound = new Socket()) {
      bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      URI url = URI.create("http://127.0.0.1:" + bound.getLocalPort());

      CheckResult result = check(url, 4, false, VAIN);

      assertThat(result.verdict()).isEqualTo(Verdict.UNREACHABLE);
      assertThat(result.verdict().exitCode()).isEqualTo(3);
      assertThat(result.summary()).startsWith("nobody answers at " + url);
    }
  }

  private CheckResult check(URI url, int workers, boolean resetFirst) throws InterruptedException {
    return check(url, workers, resetFirst, PATIENT);
  }

  private CheckResult check(URI url, int workers, boolean resetFirst, Duration timeout)
      throws InterruptedException {
    CheckSettings settings =
        new CheckSettings(List.of(url), workers, Optional.empty(), timeout, resetFirst);
    return new FleetCheck(settings, progress::add).run();
  }
}
