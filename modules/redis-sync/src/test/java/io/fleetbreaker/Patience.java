package io.fleetbreaker;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Lets every {@code await()} of this module's tests give up only when something will not come, and
 * not because the machine has stood still for some seconds. JUnit finds it by itself.
 */
public final class Patience implements BeforeAllCallback {
  /** After so long, what has not come will not. */
  public static final Duration LIMIT = Duration.ofSeconds(60);

  @Override
  public void beforeAll(ExtensionContext context) {
    Awaitility.setDefaultTimeout(LIMIT);
  }
}
