package io.fleetbreaker.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import io.fleetbreaker.fleet.SettingsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The configuration of a command: {@code reference.conf}, over it the file, over it the
 * environment, over it the flags.
 *
 * @param resolved everything, for {@code FleetSettings} and the actor system
 * @param namedRedis the address of Redis if somebody named one
 * @param notes what a person should know about how it was read
 */
record CliConfig(Config resolved, Optional<String> namedRedis, List<String> notes) {
  private static final String DEFAULT_HOST = "127.0.0.1";
  private static final int DEFAULT_PORT = 8000;

  CliConfig {
    notes = List.copyOf(notes);
  }

  /**
   * Reads all layers.
   *
   * @param flags the settings given on the command line
   * @throws SettingsException if the file cannot be read or a variable is ambiguous
   */
  static CliConfig load(Optional<Path> file, Map<String, String> environment, Config flags) {
    return load(ConfigFactory.defaultReferenceUnresolved(), file, environment, flags);
  }

  static CliConfig load(
      Config reference, Optional<Path> file, Map<String, String> environment, Config flags) {
    Config fromFile = file.map(path -> parse(path, reference)).orElseGet(ConfigFactory::empty);
    Config user = namesProviders(fromFile) ? fromFile : fromFile.withFallback(defaultProviders());
    EnvironmentOverrides overrides = EnvironmentOverrides.of(environment, user, reference);
    Config chosen = flags.withFallback(overrides.config()).withFallback(fromFile);
    Config resolved =
        flags.withFallback(overrides.config()).withFallback(user).withFallback(reference).resolve();
    Optional<String> redis =
        chosen.hasPath("fleetbreaker.redis.uri")
            ? Optional.of(resolved.getString("fleetbreaker.redis.uri"))
            : Optional.empty();
    return new CliConfig(resolved, redis, overrides.notes());
  }

  /** The address to bind to. */
  String host() {
    String path = "fleetbreaker.http.host";
    return resolved.hasPath(path) ? resolved.getString(path) : DEFAULT_HOST;
  }

  /** The fleet's port; 0 for any free one. */
  int port() {
    String path = "fleetbreaker.http.port";
    return resolved.hasPath(path) ? resolved.getInt(path) : DEFAULT_PORT;
  }

  /** Whether there are routes that make a provider fail. */
  boolean demoEndpoints() {
    String path = "fleetbreaker.http.demo-endpoints";
    return resolved.hasPath(path) && resolved.getBoolean(path);
  }

  /** A Redis address that may be shown to people. */
  static String shown(String redisUri) {
    return redisUri.replaceFirst("//.*@", "//***@");
  }

  /** Nothing of the settings: some are secret. */
  @Override
  public String toString() {
    return "CliConfig[redis " + namedRedis.map(CliConfig::shown).orElse("none") + "]";
  }

  private static boolean namesProviders(Config config) {
    return config.hasPathOrNull("fleetbreaker.providers");
  }

  private static Config defaultProviders() {
    return ConfigFactory.parseResources(
        CliConfig.class.getClassLoader(),
        "default-providers.conf",
        ConfigParseOptions.defaults().setAllowMissing(false));
  }

  private static Config parse(Path file, Config reference) {
    if (!Files.isReadable(file) || Files.isDirectory(file)) {
      throw new SettingsException(
          "--config must name a readable file, was " + file.toAbsolutePath());
    }
    Config parsed =
        ConfigFactory.parseFile(
            file.toFile(), ConfigParseOptions.defaults().setAllowMissing(false));
    // First what refers to the file itself, such as +=, which must not find its own outcome.
    return parsed
        .resolve(ConfigResolveOptions.defaults().setAllowUnresolved(true))
        .resolveWith(parsed.withFallback(reference).resolve());
  }
}
