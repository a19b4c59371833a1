package io.fleetbreaker.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static io.fleetbreaker.it.Dashboard.has;
import static io.fleetbreaker.it.Dashboard.isGone;
import static io.fleetbreaker.it.Dashboard.matches;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * The dashboard in Chromium, before a fleet of four real workers and a real Redis. The tests share
 * the fleet; each begins with all providers closed.
 */
@Tag("full")
class DashboardIT {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int TRIPS = 9;
  private static final String SETTINGS =
      """
      fleetbreaker.providers.openai { failure-threshold = 3, open-duration = 10 m, priority = 1 }
      fleetbreaker.providers.anthropic { priority = 2 }
      fleetbreaker.heartbeat-interval = 1 s
      """;

  @RegisterExtension static final Chromium chromium = new Chromium();
  @TempDir static Path directory;
  private static ServedFleet fleet;

  @BeforeAll
  static void startFleet() {
    fleet = ServedFleet.start(directory, SETTINGS);
  }

  @BeforeEach
  void closeAll() {
    fleet.close("openai");
    fleet.close("anthropic");
  }

  @AfterAll
  static void stopFleet() {
    if (fleet != null) {
      fleet.close();
    }
  }

  private Dashboard open() {
    return Dashboard.open(chromium.page(), fleet.worker(0)).awaitLive();
  }

  private void forceOpen(int worker, String provider, String operator, String reason) {
    fleet.post(
        fleet.worker(worker),
        "/api/v1/providers/" + provider + "/force-open",
        "{\"reason\":\"%s\",\"operator\":\"%s\"}".formatted(reason, operator));
  }

  private JsonNode provider(int worker, String provider) {
    return fleet.get(fleet.worker(worker), "/api/v1/providers/" + provider);
  }

  private void awaitForcedEverywhere(String provider, String operator, String reason) {
    for (int i = 0; i < ServedFleet.WORKERS; i++) {
      int worker = i;
      await()
          .atMost(LIMIT)
          .untilAsserted(
              () -> {
                JsonNode override = provider(worker, provider).path("override");
                assertThat(override.path("mode").asText()).isEqualTo("forced_open");
                assertThat(override.path("operator").asText()).isEqualTo(operator);
                assertThat(override.path("reason").asText()).isEqualTo(reason);
              });
    }
  }

  @Test
  void aFleetThatIsClosedIsToldInOneGlance() {
    Dashboard dashboard = open();

    has(dashboard.summary(), "All 2 providers closed");
    has(dashboard.page().locator("#attention"), "calls go through");
    has(dashboard.health("workers"), "4 alive");
    has(dashboard.health("redis"), "in sync");
    for (long pid : fleet.pids().values()) {
      has(dashboard.cell("openai", pid), "closed");
      has(dashboard.cell("anthropic", pid), "closed");
    }
  }

  /**
   * Each of nine trips, on three workers that do not serve the page. A machine that is busy with
   * something else delays one of them at times, so it is the median that must be in time.
   */
  @Test
  void aTripOnAnotherWorkerIsSeenWithinHalfASecond() {
    Dashboard dashboard = open();
    has(dashboard.summary(), "All 2 providers closed");
    dashboard.noteWhenOpen("openai");
    List<Duration> times = new ArrayList<>();

    for (int trip = 0; trip < TRIPS; trip++) {
      long before = System.currentTimeMillis();
      fleet.failCalls(1 + trip % 3, "openai");
      long seen = dashboard.awaitOpenSeen();
      times.add(Duration.ofMillis(seen - before));
      if (trip + 1 < TRIPS) {
        fleet.close("openai");
        has(dashboard.summary(), "All 2 providers closed");
        dashboard.noteWhenOpen("openai");
      }
    }

    times.forEach(time -> Timings.print("a trip on one worker to the dashboard of another", time));
    assertThat(times.stream().sorted().toList().get(TRIPS / 2)).isLessThan(Duration.ofMillis(500));
    matches(dashboard.state("openai"), "open");
    has(dashboard.summary(), "1 of 2 providers not closed");
    has(dashboard.card("openai"), "Next probe");
    has(dashboard.card("openai"), "in ");
    has(dashboard.events().first(), "openai");
    for (long pid : fleet.pids().values()) {
      has(dashboard.cell("openai", pid), "open");
    }
  }

  @Test
  void forceOpenByMouseReachesAllWorkersWithOperatorAndReason() {
    Dashboard dashboard = open().look("openai");

    dashboard.action("force-open").click();
    has(dashboard.dialog().locator(".scope"), "on all 4 workers of the fleet");
    dashboard.dialog().getByLabel("Why").fill("incident 4711");
    dashboard.dialog().getByLabel("Your name").fill("alice");
    dashboard.dialog().getByLabel("Ends by itself after").selectOption("15m");
    dashboard.dialog().locator("button[type=submit]").click();

    matches(dashboard.outcome(), "Committed");
    dashboard.dialog().getByText("Done").click();
    awaitForcedEverywhere("openai", "alice", "incident 4711");
    dashboard.page().keyboard().press("Escape");
    isGone(dashboard.drawer());
    matches(dashboard.state("openai"), "forced open");
    has(dashboard.card("openai"), "alice");
    has(dashboard.card("openai"), "incident 4711");
    has(dashboard.card("openai"), "in 14 min");
    has(dashboard.events().first(), "alice");
    assertThat(provider(3, "openai").path("override").path("remaining_ms").asLong())
        .isBetween(1L, Duration.ofMinutes(15).toMillis());
  }

  @Test
  void forceOpenByKeyboardAloneAndBack() {
    Dashboard dashboard = open();
    Keyboard keys = new Keyboard(dashboard.page());
    has(dashboard.summary(), "All 2 providers closed");

    keys.press("g").press("ArrowDown");
    keys.isAt("anthropic");
    keys.press("Enter").tabTo("Force open…").press("Enter");
    keys.type("by keyboard").tabTo("Your name").type("bob").tabTo("Force open").press("Enter");
    matches(dashboard.outcome(), "Committed");
    keys.isAt("Done").press("Enter");

    keys.isAt("Force open…");
    awaitForcedEverywhere("anthropic", "bob", "by keyboard");
    // Where "a" leads to.
    has(dashboard.card("anthropic"), "by keyboard");
    keys.press("Escape");
    isGone(dashboard.drawer());
    keys.press("a").isAt("anthropic");
    keys.tabTo("Enable anthropic…").press("Enter");
    keys.type("over").tabTo("Enable").press("Enter");
    matches(dashboard.outcome(), "Committed");
    keys.press("Enter");
    has(dashboard.summary(), "All 2 providers closed");
  }

  @Test
  void withoutAReasonNothingIsSent() {
    Dashboard dashboard = open().look("openai");

    dashboard.action("force-open").click();
    dashboard.dialog().locator("button[type=submit]").click();

    has(dashboard.dialog().locator("[role=alert]"), "Say why");
    assertThat(provider(0, "openai").path("override").isNull()).isTrue();
  }

  @Test
  void anOldViewCannotActByAccident() {
    Dashboard dashboard = open().look("openai");
    forceOpen(1, "openai", "carol", "first");
    has(dashboard.drawer(), "carol");
    dashboard.action("enable").click();
    has(dashboard.dialog().locator(".seen"), "It is forced open now");
    forceOpen(2, "openai", "dave", "second");
    has(dashboard.dialog().locator(".seen"), "It has changed since you opened this");
    dashboard.dialog().getByLabel("Why").fill("I believe carol is done");
    dashboard.dialog().getByLabel("Your name").fill("erin");

    dashboard.dialog().locator("button[type=submit]").click();

    has(dashboard.dialog().locator("[role=alert]"), "Nothing was done");
    awaitForcedEverywhere("openai", "dave", "second");
    dashboard.dialog().locator("button[type=submit]").click();
    matches(dashboard.outcome(), "Committed");
    await().atMost(LIMIT).until(() -> provider(3, "openai").path("override").isNull());
  }

  @Test
  void hostileTextsAreShownAsTheyAre() {
    String hostile = "<img src=x onerror='window.pwned=1'><script>window.pwned=1</script>&amp;";
    forceOpen(1, "openai", hostile, hostile);

    Dashboard dashboard = open();

    has(dashboard.card("openai").locator(".reason"), hostile);
    has(dashboard.card("openai").locator(".facts"), hostile);
    has(dashboard.events().first(), hostile);
    dashboard.look("openai");
    has(dashboard.drawer().locator(".reason"), hostile);
    assertThat(dashboard.page().evaluate("() => window.pwned")).isNull();
    assertThat(dashboard.page().locator("main img, main script, dialog img, dialog script"))
        .hasCount(0);
  }

  /**
   * Events still arrive, so the page is not disconnected; what it read is of long ago all the same.
   */
  @Test
  void aReadingThatDoesNotComeAnyMoreIsToldAsOld() {
    Dashboard dashboard = open();
    has(dashboard.summary(), "All 2 providers closed");

    dashboard.page().route("**/api/v1/fleet", Route::abort);

    has(dashboard.banner(), "What you see is old, from ");
    assertThat(dashboard.page().locator("body")).hasClass("stale");
    dashboard.page().unroute("**/api/v1/fleet");
    isGone(dashboard.banner());
    assertThat(dashboard.page().locator("body")).not().hasClass("stale");
  }

  @Test
  void helpListsTheKeysAndTheyCanBeSwitchedOff() {
    Dashboard dashboard = open();
    Page page = dashboard.page();

    page.keyboard().press("?");
    has(page.locator("dialog.help"), "Filter the grid by name");
    page.locator("dialog.help input[type=checkbox]").uncheck();
    page.keyboard().press("Escape");
    page.keyboard().press("/");

    assertThat(page.locator("#grid-filter")).not().isFocused();
    page.locator("[data-help]").first().click();
    page.locator("dialog.help input[type=checkbox]").check();
    page.keyboard().press("Escape");
    page.keyboard().press("/");
    assertThat(page.locator("#grid-filter")).isFocused();
  }

  @Test
  void changesAreAnnouncedPolitely() {
    Dashboard dashboard = open();
    has(dashboard.summary(), "All 2 providers closed");

    forceOpen(1, "anthropic", "alice", "incident");

    has(dashboard.page().locator("#announcer"), "anthropic is forced open");
    assertThat(dashboard.page().locator("#announcer")).hasAttribute("aria-live", "polite");
  }
}
