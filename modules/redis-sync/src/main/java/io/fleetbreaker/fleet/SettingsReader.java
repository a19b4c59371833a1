package io.fleetbreaker.fleet;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import java.time.Duration;

/** Reads one section of a configuration; every refusal names key, value and bound. */
final class SettingsReader {
  private final Config config;
  private final String path;

  /**
   * Reads below {@code path}.
   *
   * @param config holds the section, resolved
   */
  SettingsReader(Config config, String path) {
    this.config = config.getConfig(path);
    this.path = path;
  }

  String text(String key) {
    return read(key, "text", () -> config.getString(key));
  }

  boolean flag(String key) {
    return read(key, "true or false", () -> config.getBoolean(key));
  }

  int number(String key) {
    return read(key, "a whole number", () -> config.getInt(key));
  }

  Duration duration(String key) {
    return read(key, "a duration such as 500 ms or 2 s", () -> config.getDuration(key));
  }

  Duration duration(String key, Duration least, Duration most) {
    Duration value = duration(key);
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw refusal(key, "must be " + shown(least) + " to " + shown(most));
    }
    return value;
  }

  /** What to throw for the value of {@code key}. */
  SettingsException refusal(String key, String rule) {
    return new SettingsException(
        path
            + "."
            + key
            + " "
            + rule
            + ", was "
            + config.getValue(key).unwrapped()
            + " ("
            + config.getValue(key).origin().description()
            + ")");
  }

  private <T> T read(String key, String kind, java.util.function.Supplier<T> getter) {
    try {
      return getter.get();
    } catch (ConfigException.Missing e) {
      throw new SettingsException(path + "." + key + " is missing: it must be " + kind);
    } catch (ConfigException e) {
      throw refusal(key, "must be " + kind);
    }
  }

  static String shown(Duration duration) {
    return duration.toMillis() % 1000 == 0
        ? duration.toSeconds() + " s"
        : duration.toMillis() + " ms";
  }
}
