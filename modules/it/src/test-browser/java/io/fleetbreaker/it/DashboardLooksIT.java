package io.fleetbreaker.it;

import static io.fleetbreaker.it.Dashboard.has;
import static io.fleetbreaker.it.Dashboard.isThere;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import com.microsoft.playwright.options.ScreenshotAnimations;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** How the dashboard looks, to people and to assistive technology, while much is wrong. */
@Tag("full")
class DashboardLooksIT {
  private static final Path PICTURES = Path.of("target", "screenshots");
  private static final String SETTINGS =
      """
      fleetbreaker.providers.openai { failure-threshold = 3, open-duration = 30 m, priority = 1 }
      fleetbreaker.providers.anthropic { priority = 2 }
      fleetbreaker.providers.stripe { priority = 3 }
      fleetbreaker.providers.adyen { priority = 4 }
      fleetbreaker.providers.twilio { priority = 5 }
      fleetbreaker.providers.geocoder { priority = 6 }
      fleetbreaker.heartbeat-interval = 1 s
      """;

  @RegisterExtension static final Chromium chromium = new Chromium();
  @TempDir static Path directory;
  private static ServedFleet fleet;

  @BeforeAll
  static void startFleetInTrouble() {
    fleet = ServedFleet.start(directory, SETTINGS);
    fleet.failCalls(1, "openai");
    act("stripe", "force-open", "card payments time out, incident 4711", "45m");
    act("twilio", "metrics-only", "the breaker is too nervous during the migration", "6h");
    fleet.kill(3);
  }

  @AfterAll
  static void stopFleet() {
    if (fleet != null) {
      fleet.close();
    }
  }

  private static void act(String provider, String action, String reason, String time) {
    fleet.post(
        fleet.worker(0),
        "/api/v1/providers/" + provider + "/" + action,
        "{\"reason\":\"%s\",\"operator\":\"alice\",\"expires_in\":\"%s\"}".formatted(reason, time));
  }

  private static Dashboard open(Page page) {
    Dashboard dashboard = Dashboard.open(page, fleet.worker(0)).awaitLive();
    has(dashboard.summary(), "3 of 6 providers not closed");
    isThere(dashboard.notice("lost"));
    return dashboard;
  }

  private static void picture(Page page, String name, boolean whole) {
    page.screenshot(
        new Page.ScreenshotOptions()
            .setPath(PICTURES.resolve(name + ".png"))
            .setAnimations(ScreenshotAnimations.DISABLED)
            .setFullPage(whole));
  }

  @ParameterizedTest
  @CsvSource({
    "360, 740, LIGHT", "360, 740, DARK",
    "1024, 768, LIGHT", "1024, 768, DARK",
    "1920, 1080, LIGHT", "1920, 1080, DARK"
  })
  void atEverySizeThereIsAPictureAndNothingIsCutOff(int width, int height, ColorScheme colours) {
    Page page = chromium.page(width, height, colours);
    Dashboard dashboard = open(page);
    String name = width + "x" + height + "-" + colours.name().toLowerCase(Locale.ROOT);

    picture(page, name, false);
    picture(page, name + "-whole", true);
    assertThat(page.evaluate("() => document.documentElement.scrollWidth")).isEqualTo(width);
    dashboard.look("stripe");
    picture(page, name + "-details", false);
    assertThat(
            page.evaluate(
                "() => document.querySelector('dialog.drawer').scrollWidth - document.querySelector('dialog.drawer').clientWidth"))
        .isEqualTo(0);
    dashboard.action("enable").click();
    isThere(dashboard.dialog());
    picture(page, name + "-action", false);
  }

  @ParameterizedTest
  @EnumSource(
      value = ColorScheme.class,
      names = {"LIGHT", "DARK"})
  void axeFindsNothingSerious(ColorScheme colours) {
    // Its script is not the page's own, so the page's policy must let it in for once.
    Page page =
        chromium.page(
            new Browser.NewContextOptions()
                .setViewportSize(1280, 900)
                .setColorScheme(colours)
                .setReducedMotion(ReducedMotion.REDUCE)
                .setBypassCSP(true));
    Dashboard dashboard = open(page);
    page.evaluate(axe());

    assertThat(seriousFindings(page)).as("the page").isEmpty();
    dashboard.look("stripe");
    assertThat(seriousFindings(page)).as("the details").isEmpty();
    dashboard.action("enable").click();
    isThere(dashboard.dialog());
    assertThat(seriousFindings(page)).as("the confirmation").isEmpty();
  }

  /** Else a page without findings would say nothing about the page. */
  @ParameterizedTest
  @EnumSource(
      value = ColorScheme.class,
      names = {"LIGHT"})
  void axeWouldFindGreyOnGreyAndAButtonWithoutAName(ColorScheme colours) {
    Page page =
        chromium.page(new Browser.NewContextOptions().setColorScheme(colours).setBypassCSP(true));
    open(page);
    page.evaluate(axe());
    page.evaluate(
        """
        () => {
          const button = document.body.appendChild(document.createElement('button'));
          button.style.width = '40px';
          const text = document.body.appendChild(document.createElement('p'));
          text.textContent = 'grey';
          text.style.color = '#bbb';
          text.style.background = '#ccc';
        }
        """);

    assertThat(seriousFindings(page))
        .anyMatch(it -> it.startsWith("button-name"))
        .anyMatch(it -> it.startsWith("color-contrast"));
  }

  @SuppressWarnings("unchecked")
  private static List<String> seriousFindings(Page page) {
    return (List<String>)
        page.evaluate(
            """
            async () => (await axe.run()).violations
                .filter(({impact}) => impact === 'serious' || impact === 'critical')
                .map(({id, help, nodes}) => `${id}: ${help}: ${nodes.map((node) => node.html).join(' | ')}`)
            """);
  }

  private static String axe() {
    try (InputStream in = DashboardLooksIT.class.getResourceAsStream("/axe.min.js")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
