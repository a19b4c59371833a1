package io.fleetbreaker.fleet;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValue;
import java.time.Duration;
import java.util.List;

/** Reads one section of a configuration; every refusal names key, value and bound. */
final class SettingsReader {
  private static final String DURATION = "a duration with a unit such as 500 ms or 2 s";

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
    return text(key, "text");
  }

  /** Text that means {@code kind}: what a refusal says that it must be. */
  String text(String key, String kind) {
    return read(key, kind, () -> config.getString(key));
  }

  /** One of these texts. */
  String choice(String key, String... choices) {
    String value = text(key);
    if (!List.of(choices).contains(value)) {
      throw refusal(key, "must be " + String.join(" or ", choices));
    }
    return value;
  }

  /** Text that is, or may hold, a secret: no refusal repeats it. */
  String secret(String key) {
    try {
      return config.getString(key);
    } catch (ConfigException e) {
      throw new SettingsException(path + "." + key + " must be text");
    }
  }

  List<String> texts(String key) {
    return read(key, "a list of texts", () -> config.getStringList(key));
  }

  double decimal(String key) {
    return read(key, "a number", () -> config.getDouble(key));
  }

  /** Whether the value says that this is not wanted; HOCON reads {@code off} as a boolean. */
  boolean isOff(String key) {
    ConfigValue value = config.hasPath(key) ? config.getValue(key) : null;
    return value != null
        && (Boolean.FALSE.equals(value.unwrapped()) || "off".equals(value.unwrapped()));
  }

  boolean flag(String key) {
    return read(key, "true or false", () -> config.getBoolean(key));
  }

  /** A flag that is written {@code on} or {@code off}. */
  boolean isOn(String key) {
    return read(key, "on or off", () -> config.getBoolean(key));
  }

  /** A whole number: HOCON would cut a fraction off. */
  int number(String key) {
    String kind = "a whole number";
    int value = read(key, kind, () -> config.getInt(key));
    if (value != decimal(key)) {
      throw refusal(key, "must be " + kind);
    }
    return value;
  }

  Duration duration(String key) {
    return duration(key, DURATION);
  }

  /**
   * A duration with its unit: HOCON would take a number alone for milliseconds, and who writes 60
   * seldom means those. 0 needs no unit.
   *
   * @param kind what a refusal says that it must be
   */
  Duration duration(String key, String kind) {
    Duration value = read(key, kind, () -> config.getDuration(key));
    String text = config.getString(key).strip();
    if (!value.isZero() && !Character.isLetter(text.charAt(text.length() - 1))) {
      throw refusal(key, "must be " + kind);
    }
    return value;
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
    return refusal(key, rule, config.getValue(key).unwrapped());
  }

  /** What to throw for {@code part} of the value of {@code key}. */
  SettingsException refusal(String key, String rule, Object part) {
    return new SettingsException(
        path
            + "."
            + key
            + " "
            + rule
            + ", was "
            + part
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
