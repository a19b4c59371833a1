package io.fleetbreaker.it;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.TimeoutError;

/** Somebody who has no mouse. */
final class Keyboard {
  private static final int FAR = 80;

  private final Page page;

  Keyboard(Page page) {
    this.page = page;
  }

  Keyboard press(String key) {
    page.keyboard().press(key);
    return this;
  }

  Keyboard type(String text) {
    page.keyboard().type(text);
    return this;
  }

  /** Goes on with Tab until what has the focus is called so. */
  Keyboard tabTo(String name) {
    for (int i = 0; i < FAR; i++) {
      press("Tab");
      if (focused().equals(name)) {
        return this;
      }
    }
    throw new AssertionError("Tab does not reach '" + name + "'; it ended at '" + focused() + "'");
  }

  /** Waits until what has the focus is called so, or begins so: a page may need a moment. */
  Keyboard isAt(String start) {
    try {
      page.waitForCondition(() -> focused().startsWith(start));
    } catch (TimeoutError e) {
      throw new AssertionError("not '" + start + "' has the focus but '" + focused() + "'", e);
    }
    return this;
  }

  /** What a screen reader would call the element that has the focus. */
  String focused() {
    return (String)
        page.evaluate(
            """
            () => {
              const element = document.activeElement;
              const name = element.getAttribute('aria-label')
                  ?? element.labels?.[0]?.textContent ?? element.textContent;
              return name.trim();
            }
            """);
  }
}
