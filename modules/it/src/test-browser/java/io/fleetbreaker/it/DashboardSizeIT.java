package io.fleetbreaker.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static io.fleetbreaker.it.Dashboard.has;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The dashboard before a fleet too large for one test machine. The page comes from a real worker,
 * the answers about the fleet from {@link LargeFleet}.
 */
@Tag("full")
class DashboardSizeIT {
  private static final int PROVIDERS = 200;
  private static final int WORKERS = 100;

  @RegisterExtension static final Chromium chromium = new Chromium();
  private HttpWorker worker;

  @BeforeEach
  void startWorker() {
    worker = HttpWorker.start(Map.of("FLEETBREAKER_REDIS_URI", "redis://127.0.0.1:1")).awaitReady();
  }

  @AfterEach
  void stopWorker() {
    worker.close();
  }

  private Dashboard open(Page page) {
    new LargeFleet(PROVIDERS, WORKERS).answerTo(page);
    Dashboard dashboard = Dashboard.open(page, worker.uri());
    has(page.locator("#grid-count"), PROVIDERS + " × " + WORKERS);
    return dashboard;
  }

  @Test
  void twoHundredProvidersOnAHundredWorkersStayResponsive() {
    Page page = chromium.page(1920, 1080, ColorScheme.LIGHT);
    Dashboard dashboard = open(page);
    has(dashboard.summary(), "20 of 200 providers not closed");

    // As long as the page takes to draw each of sixty places all over the grid.
    Object times =
        page.evaluate(
            """
            async () => {
              const scroller = document.querySelector('.grid-scroller');
              const frame = () => new Promise((done) => requestAnimationFrame(done));
              const times = [];
              for (let i = 1; i <= 60; i++) {
                const begun = performance.now();
                scroller.scrollTop = i / 60 * scroller.scrollHeight;
                scroller.scrollLeft = i / 60 * scroller.scrollWidth;
                await frame();
                await frame();
                times.push(performance.now() - begun);
              }
              return times.sort((a, b) => a - b);
            }
            """);

    Duration median = time(((List<?>) times).get(30));
    Timings.print("60 scrolls in a grid of 200 x 100, two frames each, median", median);
    Timings.print("the slowest of them", time(((List<?>) times).get(59)));
    assertThat(median).isLessThan(Duration.ofMillis(500));
    assertThat(((Number) page.evaluate("() => document.querySelectorAll('*').length")).intValue())
        .as("elements in the document")
        .isLessThan(4000);
  }

  private static Duration time(Object millis) {
    return Duration.ofNanos((long) (((Number) millis).doubleValue() * 1e6));
  }

  @Test
  void theLastCellOfALargeGridIsReachedByKeyboard() {
    Page page = chromium.page();
    open(page);
    Keyboard keys = new Keyboard(page);

    keys.press("g").press("Control+End").isAt("provider-199 on worker 5099: ");

    keys.press("Control+Home").isAt("provider-000");
    keys.press("PageDown").press("End");
    page.waitForCondition(() -> keys.focused().contains(" on worker 5099: "));
  }

  @Test
  void theNamesStayInSightWhereverOneScrolls() {
    Page page = chromium.page();
    open(page);

    page.locator(".grid-scroller").scrollIntoViewIfNeeded();
    page.evaluate(
        """
        () => {
          const scroller = document.querySelector('.grid-scroller');
          scroller.scrollTop = 2000;
          scroller.scrollLeft = 1500;
        }
        """);

    assertThat(page.locator(".grid-head .corner")).isInViewport();
    assertThat(page.locator(".row-head:has-text('provider-065')")).isInViewport();
    assertThat(page.locator("[role=columnheader]:has-text('5045')")).isInViewport();
  }

  @Test
  void onlyWhatIsNotClosedOrIsNamedIsShownOnRequest() {
    Page page = chromium.page();
    open(page);

    page.getByLabel("Only not closed").check();
    has(page.locator("#grid-count"), "20 of 200 providers");
    page.locator("#grid-filter").fill("provider-11");
    has(page.locator("#grid-count"), "1 of 200 providers");
    assertThat(page.locator(".row-head")).hasText("provider-110");
    page.locator("#grid-filter").fill("no such name");
    has(page.locator("#grid-body"), "No provider matches the filter.");
  }

  @Test
  void namesThatNoConfigurationWouldAllowAreShownAsTheyAre() {
    String hostile = "<img src=x onerror=window.pwned=1>";
    Page page = chromium.page();
    LargeFleet large = new LargeFleet(3, 3).withProvider(hostile);
    large.answerTo(page);

    Dashboard.open(page, worker.uri());

    has(page.locator(".row-head").first(), hostile);
    page.locator(".row-head").first().click();
    has(page.locator("dialog.drawer h2"), hostile);
    assertThat(page.evaluate("() => window.pwned")).isNull();
    assertThat(page.locator("main img, dialog img")).hasCount(0);
    assertThat(URI.create(page.url()).getPath()).isEqualTo("/ui/");
  }
}
