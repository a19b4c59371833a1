package io.fleetbreaker.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static io.fleetbreaker.it.Dashboard.has;
import static io.fleetbreaker.it.Dashboard.isGone;
import static io.fleetbreaker.it.Dashboard.isThere;
import static io.fleetbreaker.it.Dashboard.matches;

import com.microsoft.playwright.Locator;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What the dashboard shows while workers or Redis are gone; each test ruins a fleet of its own. */
@Tag("full")
class DashboardOutagesIT {
  private static final String SETTINGS =
      """
      fleetbreaker.providers.openai { failure-threshold = 3, open-duration = 10 m, priority = 1 }
      fleetbreaker.providers.anthropic { priority = 2 }
      fleetbreaker.heartbeat-interval = 1 s
      """;

  @RegisterExtension static final Chromium chromium = new Chromium();
  @TempDir Path directory;
  private ServedFleet fleet;

  @BeforeEach
  void startFleet() {
    fleet = ServedFleet.start(directory, SETTINGS);
  }

  @AfterEach
  void stopFleet() {
    fleet.close();
  }

  private Dashboard open() {
    return Dashboard.open(chromium.page(), fleet.worker(0)).awaitLive();
  }

  @Test
  void aKilledWorkerIsShownLost() {
    Dashboard dashboard = open();
    has(dashboard.health("workers"), "4 alive");

    long killed = fleet.kill(3);

    has(dashboard.health("workers"), "1 lost");
    has(dashboard.notice("lost"), String.valueOf(killed));
    has(dashboard.cell("openai", killed), "lost");
    has(dashboard.health("workers"), "4 alive");
  }

  @Test
  void theEndOfItsOwnWorkerIsShownAndThePageComesBackByItself() {
    Dashboard dashboard = open();

    dashboard.noteBanner("Disconnected since");

    fleet.kill(0);

    dashboard.awaitBannerNoted();
    fleet.failCalls(1, "openai");
    // The supervisor starts another on the same port.
    has(dashboard.health("live-events"), "connected");
    isGone(dashboard.banner());
    matches(dashboard.state("openai"), "open");
    assertThat(dashboard.events().filter(new Locator.FilterOptions().setHasText("openai")))
        .hasCount(1);
  }

  @Test
  void aRedisOutageIsShownAndEndsByItself() {
    Dashboard dashboard = open();
    has(dashboard.health("redis"), "in sync");

    fleet.redis().shutDown();

    has(dashboard.health("redis"), "degraded");
    isThere(dashboard.notice("sync"));
    fleet.failCalls(0, "openai");
    matches(dashboard.state("openai"), "open");

    fleet.redis().startEmpty();

    has(dashboard.health("redis"), "in sync");
    isGone(dashboard.notice("sync"));
    has(dashboard.health("workers"), "4 alive");
    for (long pid : fleet.pids().values()) {
      has(dashboard.cell("openai", pid), "open");
    }
  }

  @Test
  void anOutcomeThatIsNotKnownIsToldSo() {
    Dashboard dashboard = open().look("openai");
    dashboard.action("force-open").click();
    dashboard.dialog().getByLabel("Why").fill("incident 4711");
    dashboard.dialog().getByLabel("Your name").fill("alice");

    fleet.redis().stall();
    dashboard.dialog().locator("button[type=submit]").click();

    matches(dashboard.outcome(), "Unknown|Not committed");
    fleet.redis().resume();
    if (dashboard.outcome().textContent().equals("Unknown")) {
      askUntilItIsKnown(dashboard);
    }
  }

  /** A worker may need a moment to find that Redis is back, and says so until then. */
  private static void askUntilItIsKnown(Dashboard dashboard) {
    Locator outcome = dashboard.outcome();
    Locator again = dashboard.dialog().getByText("Ask again what became of it");
    dashboard
        .page()
        .waitForCondition(
            () -> {
              if (outcome.textContent().matches("Committed|Not found")) {
                return true;
              }
              // Not click(), which would wait for the button that the answer has just removed.
              again.evaluateAll("all => all.forEach(one => one.click())");
              return false;
            });
  }
}
