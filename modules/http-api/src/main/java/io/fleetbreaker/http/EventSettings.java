package io.fleetbreaker.http;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.fleetbreaker.fleet.SettingsException;
import java.time.Duration;
import org.apache.pekko.http.javadsl.settings.ServerSettings;

/**
 * The bounds of the event streams. Immutable.
 *
 * @param maxStreams how many readers one worker serves at once, 1 to 100,000
 * @param buffer how many events wait for one reader before it is cut off, 1 to 100,000
 * @param heartbeat how long a stream is silent before a comment keeps it alive, 100 ms to 1 min
 */
record EventSettings(int maxStreams, int buffer, Duration heartbeat) {
  private static final String ROOT = "fleetbreaker.http.events.";
  private static final int MOST = 100_000;
  private static final Duration SHORTEST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofMinutes(1);

  EventSettings {
    require("max-streams", maxStreams);
    require("buffer", buffer);
    if (heartbeat.compareTo(SHORTEST) < 0 || heartbeat.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          ROOT + "heartbeat must be 100 ms to 1 min, was " + heartbeat.toMillis() + " ms");
    }
  }

  private static void require(String setting, int value) {
    if (value < 1 || value > MOST) {
      throw new IllegalArgumentException(
          ROOT + setting + " must be 1 to " + MOST + ", was " + value);
    }
  }

  /**
   * Reads {@code fleetbreaker.http.events}.
   *
   * @param server what the streams are served with
   * @throws SettingsException naming setting, bound and value
   */
  static EventSettings from(Config config, ServerSettings server) {
    EventSettings events;
    try {
      events =
          new EventSettings(
              config.getInt(ROOT + "max-streams"),
              config.getInt(ROOT + "buffer"),
              config.getDuration(ROOT + "heartbeat"));
    } catch (ConfigException | IllegalArgumentException e) {
      throw new SettingsException(String.valueOf(e.getMessage()));
    }
    scala.concurrent.duration.Duration idle = server.getTimeouts().idleTimeout();
    if (idle.isFinite() && events.heartbeat().toNanos() >= idle.toNanos()) {
      throw new SettingsException(
          ROOT
              + "heartbeat must be shorter than fleetbreaker.http.server.idle-timeout ("
              + idle.toMillis()
              + " ms), which would end every silent stream, was "
              + events.heartbeat().toMillis()
              + " ms");
    }
    return events;
  }
}
