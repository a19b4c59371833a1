package io.fleetbreaker.fleet;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;

/** How an actor system that a {@link Fleet} makes for itself differs from the application's own. */
final class OwnSystem {
  private OwnSystem() {}

  /**
   * The application's configuration, but: it keeps no JVM alive, ends none, and leaves the moment
   * of its end to {@link Fleet#close}, which must still be able to commit.
   */
  static Config config() {
    return ConfigFactory.parseString(
            """
            pekko.daemonic = on
            pekko.jvm-exit-on-fatal-error = off
            pekko.jvm-shutdown-hooks = off
            pekko.coordinated-shutdown.run-by-jvm-shutdown-hook = off
            pekko.actor.provider = local
            """)
        .withFallback(ConfigFactory.load())
        .resolve();
  }
}
