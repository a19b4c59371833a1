package io.fleetbreaker.fleet;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Finds settings that nobody reads: whoever wrote them expects something to happen. */
final class KnownSettings {
  private static final String ROOT = "fleetbreaker";
  private static final String PROVIDERS = "providers";
  private static final String PROVIDER_DEFAULTS = "provider-defaults";
  private static final String DISPATCHER = "redis-dispatcher";

  /** What people call settings whose values must not be shown. */
  private static final Pattern SECRET =
      Pattern.compile("(?i)redis|pass|pwd|secret|token|auth|user|ur[il]");

  private KnownSettings() {}

  /**
   * Compares the section {@code fleetbreaker} with the reference.conf of all modules present.
   *
   * @throws SettingsException naming the first unknown key, its value and the keys known there
   */
  static void check(Config config) {
    ConfigObject known = ConfigFactory.defaultReference().getObject(ROOT);
    ConfigObject given = config.getObject(ROOT);
    check(given, known, ROOT);
    ConfigObject perProvider = known.toConfig().getObject(PROVIDER_DEFAULTS);
    for (Map.Entry<String, ConfigValue> provider :
        config.getObject(ROOT + "." + PROVIDERS).entrySet()) {
      String path = ROOT + "." + PROVIDERS + "." + ConfigUtil.joinPath(provider.getKey());
      if (!(provider.getValue() instanceof ConfigObject settings)) {
        throw new SettingsException(
            path
                + " must be a section such as { failure-threshold = 3 }, was "
                + provider.getValue().unwrapped());
      }
      check(settings, perProvider, path);
    }
  }

  private static void check(ConfigObject given, ConfigObject known, String path) {
    for (Map.Entry<String, ConfigValue> entry : given.entrySet()) {
      String key = entry.getKey();
      ConfigValue there = known.get(key);
      if (there == null) {
        throw new SettingsException(
            "unknown setting "
                + path
                + "."
                + ConfigUtil.joinPath(key)
                + shown(path + "." + key, entry.getValue())
                + " ("
                + entry.getValue().origin().description()
                + "); known here: "
                + String.join(", ", new TreeSet<>(known.keySet())));
      }
      boolean open = path.equals(ROOT) && (key.equals(PROVIDERS) || key.equals(DISPATCHER));
      if (!open && there instanceof ConfigObject section) {
        if (!(entry.getValue() instanceof ConfigObject inner)) {
          throw new SettingsException(
              path
                  + "."
                  + key
                  + " must be a section"
                  + wasShown(path + "." + key, entry.getValue()));
        }
        check(inner, section, path + "." + key);
      }
    }
  }

  private static String shown(String path, ConfigValue value) {
    return mayHoldSecrets(path, value) ? "" : " = " + value.unwrapped();
  }

  private static String wasShown(String path, ConfigValue value) {
    return mayHoldSecrets(path, value) ? "" : ", was " + value.unwrapped();
  }

  /** A password that is misspelt, or stands in the wrong place, is still a password. */
  private static boolean mayHoldSecrets(String path, ConfigValue value) {
    boolean section = value instanceof ConfigObject;
    return section
        || SECRET.matcher(path).find()
        || String.valueOf(value.unwrapped()).indexOf('@') >= 0;
  }
}
