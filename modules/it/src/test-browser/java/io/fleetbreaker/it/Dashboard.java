package io.fleetbreaker.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import java.net.URI;
import java.util.regex.Pattern;

/** The dashboard in a browser, in the words of who looks at it. */
final class Dashboard {
  static final double PATIENCE_MILLIS = 30_000;

  private final Page page;

  private Dashboard(Page page) {
    this.page = page;
    page.setDefaultTimeout(PATIENCE_MILLIS);
  }

  /** Opens it; returns at once. */
  static Dashboard open(Page page, URI worker) {
    page.navigate(worker.resolve("/ui/").toString());
    return new Dashboard(page);
  }

  /** Waits until it shows the fleet and hears its events. */
  Dashboard awaitLive() {
    has(health("live-events"), "connected");
    return this;
  }

  Page page() {
    return page;
  }

  Locator summary() {
    return page.locator("#summary");
  }

  /** One of the readings at the top: workers, redis, live-events. */
  Locator health(String name) {
    return page.locator("[data-health='" + name + "'] dd");
  }

  Locator banner() {
    return page.locator("#banner");
  }

  /** What is said of a provider under "Needs attention". */
  Locator card(String provider) {
    return page.locator("#attention .card[data-provider='" + provider + "']");
  }

  Locator notice(String kind) {
    return page.locator("#attention .card[data-notice='" + kind + "']");
  }

  /** The state shown for a provider that needs attention. */
  Locator state(String provider) {
    return card(provider).locator(".pill");
  }

  /** From now on the page notes when it shows {@code provider} open. */
  void noteWhenOpen(String provider) {
    page.evaluate(
        """
        (provider) => {
          window.seenAt = null;
          new MutationObserver((_, observer) => {
            if (document.querySelector(`#attention .card[data-provider=${provider}] .pill.s-open`)) {
              window.seenAt = Date.now();
              observer.disconnect();
            }
          }).observe(document.getElementById('attention'), {subtree: true, childList: true, attributes: true});
        }
        """,
        provider);
  }

  /** When that was, in milliseconds since 1970; waits for it. */
  long awaitOpenSeen() {
    page.waitForFunction("() => window.seenAt !== null");
    return ((Number) page.evaluate("() => window.seenAt")).longValue();
  }

  /** From now on the page notes whether its banner has said so, for however short a time. */
  void noteBanner(String text) {
    page.evaluate(
        """
        (text) => {
          window.bannerSaid = false;
          const look = () => {
            const banner = document.getElementById('banner');
            window.bannerSaid ||= !banner.hidden && banner.textContent.includes(text);
          };
          new MutationObserver(look).observe(document.getElementById('banner'),
              {subtree: true, childList: true, attributes: true, characterData: true});
          look();
        }
        """,
        text);
  }

  /** Waits until the banner has said it. */
  void awaitBannerNoted() {
    page.waitForFunction("() => window.bannerSaid");
  }

  /** What a worker is said to see of a provider. */
  Locator cell(String provider, long pid) {
    return page.locator(
        ".grid-row[data-provider='" + provider + "'] [aria-label*='worker " + pid + ":']");
  }

  Locator events() {
    return page.locator("#timeline-body .event");
  }

  Locator dialog() {
    return page.locator("dialog.act-dialog");
  }

  Locator outcome() {
    return page.locator("dialog .outcome h3");
  }

  Locator login() {
    return page.locator("dialog.login");
  }

  Locator drawer() {
    return page.locator("dialog.drawer");
  }

  /** Signs in with the dialog. */
  void signIn(String token) {
    login().locator("input[type=password]").fill(token);
    login().locator("button[type=submit]").click();
  }

  /** Opens the drawer of a provider from the grid. */
  Dashboard look(String provider) {
    page.locator(".grid-row[data-provider='" + provider + "'] [role=rowheader]").click();
    assertThat(drawer()).isVisible();
    return this;
  }

  /** Asks for an action in the drawer. */
  Locator action(String action) {
    return drawer().locator("button[data-action='" + action + "']");
  }

  static void has(Locator element, String text) {
    assertThat(element)
        .containsText(
            text, new LocatorAssertions.ContainsTextOptions().setTimeout(PATIENCE_MILLIS));
  }

  static void matches(Locator element, String pattern) {
    assertThat(element)
        .hasText(
            Pattern.compile(pattern),
            new LocatorAssertions.HasTextOptions().setTimeout(PATIENCE_MILLIS));
  }

  static void isThere(Locator element) {
    assertThat(element)
        .isVisible(new LocatorAssertions.IsVisibleOptions().setTimeout(PATIENCE_MILLIS));
  }

  static void isGone(Locator element) {
    assertThat(element)
        .isHidden(new LocatorAssertions.IsHiddenOptions().setTimeout(PATIENCE_MILLIS));
  }
}
