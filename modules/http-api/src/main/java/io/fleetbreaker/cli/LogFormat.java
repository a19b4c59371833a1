package io.fleetbreaker.cli;

import com.typesafe.config.Config;
import io.fleetbreaker.fleet.SettingsException;
import java.util.Locale;

/** How workers and their supervisor log. */
enum LogFormat {
  /** Lines for people. */
  TEXT,
  /** One JSON object on each line. */
  JSON;

  /** Read by logback.xml, which cannot read the configuration. */
  private static final String VARIABLE = "FLEETBREAKER_LOG_FORMAT";

  /**
   * What {@code fleetbreaker.log-format} says.
   *
   * @throws SettingsException if it is neither
   */
  static LogFormat of(Config config) {
    String path = "fleetbreaker.log-format";
    String wanted = config.hasPath(path) ? config.getString(path) : TEXT.settingName();
    for (LogFormat format : values()) {
      if (format.settingName().equals(wanted)) {
        return format;
      }
    }
    throw new SettingsException(path + " must be text or json, was " + wanted);
  }

  String settingName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Has this process log so. Before anything has been logged: afterwards it is too late. */
  void use() {
    System.setProperty(VARIABLE, settingName());
  }
}
