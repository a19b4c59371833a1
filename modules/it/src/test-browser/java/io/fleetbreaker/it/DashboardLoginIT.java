package io.fleetbreaker.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static io.fleetbreaker.it.Dashboard.has;
import static io.fleetbreaker.it.Dashboard.isGone;
import static io.fleetbreaker.it.Dashboard.isThere;
import static io.fleetbreaker.it.Dashboard.matches;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The dashboard of a fleet that wants to know who is there. */
@Tag("full")
class DashboardLoginIT {
  private static final String VIEWER = "token-of-vera-0123456789abcdef0123456789";
  private static final String OPERATOR = "token-of-olga-0123456789abcdef0123456789";
  private static final String TAKEN_AWAY = "token-of-victor-0123456789abcdef0123456789";
  private static final String ADMIN = "token-of-anna-0123456789abcdef0123456789";

  private static final Duration LIMIT = Duration.ofSeconds(30);

  @RegisterExtension static final Chromium chromium = new Chromium();
  @TempDir static Path directory;
  private static Path tokens;
  private static ServedFleet fleet;

  @BeforeAll
  static void startFleet() throws IOException {
    tokens = directory.resolve("tokens.conf");
    Files.writeString(tokens, lasting() + line("victor", "viewer", TAKEN_AWAY));
    fleet =
        ServedFleet.start(
                directory,
                "fleetbreaker.http.auth.tokens-file = \""
                    + tokens
                    + "\"\n"
                    + "fleetbreaker.providers.openai { priority = 1 }\n"
                    + "fleetbreaker.heartbeat-interval = 1 s\n")
            .as(ADMIN);
  }

  @BeforeEach
  void closeAll() {
    fleet.close("openai");
  }

  @AfterAll
  static void stopFleet() {
    if (fleet != null) {
      fleet.close();
    }
  }

  private static String lasting() {
    return line("vera", "viewer", VIEWER)
        + line("olga", "operator", OPERATOR)
        + line("anna", "admin", ADMIN);
  }

  /** As an editor or Kubernetes would: at once, by another file. */
  private static void replaceTokens(String lines) throws IOException {
    Path next = Files.writeString(directory.resolve("next.conf"), lines);
    Files.move(next, tokens, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  private static String line(String name, String role, String token) {
    return "fleetbreaker.http.auth.tokens += { name = %s, role = %s, sha256 = \"%s\" }%n"
        .formatted(name, role, sha256(token));
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private Dashboard open() {
    Dashboard dashboard = Dashboard.open(chromium.page(), fleet.worker(0));
    isThere(dashboard.login());
    return dashboard;
  }

  private Dashboard openAs(String token) {
    Dashboard dashboard = open();
    dashboard.signIn(token);
    return dashboard.awaitLive();
  }

  private static Locator user(Dashboard dashboard) {
    return dashboard.page().locator("#who");
  }

  @Test
  void aWrongTokenIsToldSoAndShowsNothing() {
    Dashboard dashboard = open();

    dashboard.signIn("no-token-of-anybody");

    has(dashboard.login().locator("[role=alert]"), "No worker knows this token.");
    assertThat(dashboard.page().locator("body")).not().containsText("openai");
    dashboard.signIn(VIEWER);
    isGone(dashboard.login());
    has(dashboard.awaitLive().summary(), "closed");
  }

  @Test
  void aViewerSeesAllAndIsToldWhyItCannotAct() {
    Dashboard dashboard = openAs(VIEWER);

    has(user(dashboard), "vera");
    has(user(dashboard), "viewer");
    dashboard.look("openai");
    Locator button = dashboard.action("force-open");
    assertThat(button).hasAttribute("aria-disabled", "true");
    assertThat(button).hasAccessibleDescription("Needs the role operator; vera is viewer");
    button.click(new Locator.ClickOptions().setForce(true));
    assertThat(dashboard.dialog()).hasCount(0);
  }

  @Test
  void anOperatorActsUnderTheNameOfItsToken() {
    Dashboard dashboard = openAs(OPERATOR).look("openai");

    dashboard.action("force-open").click();
    assertThat(dashboard.dialog().getByLabel("Your name")).hasCount(0);
    dashboard.dialog().getByLabel("Why").fill("incident 4711");
    dashboard.dialog().locator("button[type=submit]").click();

    matches(dashboard.outcome(), "Committed");
    dashboard.dialog().getByText("Done").click();
    has(dashboard.drawer(), "olga");
    has(dashboard.events().first(), "olga");
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(
                        fleet
                            .get(fleet.worker(2), "/api/v1/history?provider=openai")
                            .path("entries")
                            .path(0)
                            .path("operator")
                            .asText())
                    .isEqualTo("olga"));
  }

  @Test
  void onlyAnAdminTakesProtectionAwayForGood() {
    Dashboard dashboard = openAs(OPERATOR).look("openai");

    dashboard.action("disable").click();

    Locator forGood = dashboard.dialog().locator("option[value='']");
    assertThat(forGood).isDisabled();
    assertThat(forGood).hasText("no end (needs the role admin)");
    dashboard.page().keyboard().press("Escape");
    Dashboard other = openAs(ADMIN).look("openai");
    other.action("disable").click();
    assertThat(other.dialog().locator("option[value='']")).isEnabled();
  }

  @Test
  void theTokenIsForgottenWithThePageUnlessItIsToBeKept() {
    Dashboard dashboard = openAs(VIEWER);
    Page page = dashboard.page();
    assertThat(page.content()).doesNotContain(VIEWER);
    assertThat(page.url()).doesNotContain(VIEWER);

    page.reload();
    isThere(dashboard.login());
    dashboard.login().getByLabel("Keep it until this tab is closed").check();
    dashboard.signIn(VIEWER);
    dashboard.awaitLive();
    page.reload();
    dashboard.awaitLive();
    assertThat(dashboard.login()).hasCount(0);
    assertThat(page.evaluate("() => JSON.stringify(localStorage)").toString())
        .doesNotContain(VIEWER);

    page.getByText("Sign out").click();
    isThere(dashboard.login());
    assertThat(page.evaluate("() => sessionStorage.length")).isEqualTo(0);
  }

  @Test
  void aTokenThatIsTakenAwayIsAskedForAnew() throws IOException {
    Dashboard dashboard = openAs(TAKEN_AWAY);

    replaceTokens(lasting());

    isThere(dashboard.login());
    has(dashboard.login().locator("[role=alert]"), "This token is not accepted");
    has(dashboard.health("live-events"), "signed out");
    dashboard.signIn(ADMIN);
    has(user(dashboard.awaitLive()), "anna");
  }
}
