package io.fleetbreaker.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import io.fleetbreaker.fleet.SettingsException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Settings given by environment variables: {@code FLEETBREAKER_} and the path of the setting in
 * capitals, with every other sign turned into an underscore.
 *
 * @param config those settings
 * @param notes the variables that look like a setting and are none
 */
record EnvironmentOverrides(Config config, List<String> notes) {
  private static final String ROOT = "fleetbreaker";
  private static final String PREFIX = "FLEETBREAKER_";

  /** Read by the launcher, the supervisor, the log and the clients, not by the configuration. */
  private static final Set<String> NOT_SETTINGS =
      Set.of(
          "FLEETBREAKER_WORKER_OPTS",
          "FLEETBREAKER_JAVA_OPTS",
          "FLEETBREAKER_LOG_LEVEL",
          "FLEETBREAKER_TOKEN",
          "FLEETBREAKER_URL");

  /** Settings that need not stand in {@code reference.conf} because they have no default. */
  private static final List<List<String>> WITHOUT_DEFAULT =
      List.of(List.of("redis", "uri"), List.of("redis", "channel"));

  private static final List<String> OF_A_PROVIDER =
      List.of(
          "priority",
          "failure-threshold",
          "failure-count.threshold",
          "failure-count.window",
          "failure-rate.threshold",
          "failure-rate.minimum-calls",
          "failure-rate.window",
          "slow-call-rate.threshold",
          "slow-call-rate.slower-than",
          "slow-call-rate.minimum-calls",
          "slow-call-rate.window",
          "open-duration",
          "open-duration-multiplier",
          "open-duration-max",
          "open-duration-jitter",
          "open-duration-reset-after",
          "half-open-max-calls",
          "success-threshold",
          "half-open-max-duration",
          "probe-wait");

  EnvironmentOverrides {
    notes = List.copyOf(notes);
  }

  /**
   * The overrides in {@code environment} of what {@code reference} knows and of the providers that
   * {@code user} configures.
   *
   * @throws SettingsException if a variable means two settings
   */
  static EnvironmentOverrides of(Map<String, String> environment, Config user, Config reference) {
    Map<String, List<String>> known = known(user, reference, environment.keySet());
    Config config = ConfigFactory.empty();
    List<String> notes = new ArrayList<>();
    for (Map.Entry<String, String> variable : new TreeMap<>(environment).entrySet()) {
      String name = variable.getKey();
      List<String> path = known.get(name);
      if (path != null && !variable.getValue().isEmpty()) {
        config =
            config.withValue(
                ConfigUtil.joinPath(path),
                ConfigValueFactory.fromAnyRef(variable.getValue(), "variable " + name));
      } else if (path == null && name.startsWith(PREFIX) && !NOT_SETTINGS.contains(name)) {
        notes.add("the environment variable " + name + " is no known setting and is ignored");
      }
    }
    return new EnvironmentOverrides(config, notes);
  }

  /** The path of each setting by the name of its variable. */
  private static Map<String, List<String>> known(
      Config user, Config reference, Set<String> variables) {
    List<List<String>> paths = new ArrayList<>(WITHOUT_DEFAULT);
    if (reference.hasPath(ROOT)) {
      collect(reference.getObject(ROOT), List.of(), paths);
    }
    for (String provider : user.getObject(ROOT + ".providers").keySet()) {
      for (String key : OF_A_PROVIDER) {
        List<String> path = new ArrayList<>(List.of("providers", provider));
        path.addAll(ConfigUtil.splitPath(key));
        paths.add(path);
      }
    }
    Map<String, List<String>> known = new TreeMap<>();
    for (List<String> path : paths) {
      List<String> whole = new ArrayList<>(List.of(ROOT));
      whole.addAll(path);
      String variable = variableOf(whole);
      List<String> other = known.put(variable, whole);
      if (other != null && !other.equals(whole) && variables.contains(variable)) {
        throw new SettingsException(
            "the environment variable "
                + variable
                + " means both "
                + String.join(".", other)
                + " and "
                + String.join(".", whole)
                + "; set them in a file (--config)");
      }
    }
    return known;
  }

  private static void collect(ConfigObject object, List<String> path, List<List<String>> into) {
    for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
      List<String> inner = new ArrayList<>(path);
      inner.add(entry.getKey());
      if (entry.getValue().valueType() == ConfigValueType.OBJECT) {
        collect((ConfigObject) entry.getValue(), inner, into);
      } else {
        into.add(inner);
      }
    }
  }

  /** No values: some are secret. */
  @Override
  public String toString() {
    return "EnvironmentOverrides" + config.root().keySet() + notes;
  }

  static String variableOf(List<String> path) {
    return String.join("_", path).toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
  }
}
