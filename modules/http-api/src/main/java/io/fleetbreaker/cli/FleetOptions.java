package io.fleetbreaker.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options of a command that runs workers. */
final class FleetOptions {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Settings in HOCON, over the defaults.")
  private Optional<Path> config = Optional.empty();

  @Option(
      names = "--redis",
      paramLabel = "URL",
      description = "The fleet's Redis: redis://[user:password@]host[:port][/database].")
  private Optional<String> redis = Optional.empty();

  @Option(
      names = "--host",
      paramLabel = "H",
      description = "The address to listen on (default: 127.0.0.1).")
  private Optional<String> host = Optional.empty();

  @Option(
      names = "--log-format",
      paramLabel = "FORMAT",
      description = "text, or json: one object on each line (default: text).")
  private Optional<String> logFormat = Optional.empty();

  @Option(
      names = "--demo-endpoints",
      description = "Adds the route that makes a provider fail. Not for production.")
  private boolean demoEndpoints;

  @Option(
      names = "--insecure",
      description = {
        "Serves also an address that others can reach without asking them for a token:",
        "everybody there may take providers out."
      })
  private boolean insecure;

  /** What a worker must be told that was said to this command. */
  List<String> toWorkers(CliConfig config, LogFormat format) {
    List<String> flags = new ArrayList<>(List.of("--log-format", format.settingName()));
    if (config.demoEndpoints()) {
      flags.add("--demo-endpoints");
    }
    if (insecure) {
      flags.add("--insecure");
    }
    return flags;
  }

  Optional<Path> file() {
    return config;
  }

  /** All settings, with {@code port} as if it were a flag of the same command. */
  CliConfig load(Map<String, String> environment, Optional<Integer> port) {
    Config flags = ConfigFactory.empty();
    flags = with(flags, "redis.uri", "--redis", redis);
    flags = with(flags, "http.host", "--host", host);
    flags = with(flags, "http.port", "--port", port);
    flags = with(flags, "log-format", "--log-format", logFormat);
    flags =
        with(
            flags,
            "http.demo-endpoints",
            "--demo-endpoints",
            demoEndpoints ? Optional.of(true) : Optional.empty());
    flags =
        with(flags, "http.insecure", "--insecure", insecure ? Optional.of(true) : Optional.empty());
    return CliConfig.load(config, environment, flags);
  }

  private static Config with(Config config, String path, String flag, Optional<?> value) {
    return value
        .map(v -> config.withValue("fleetbreaker." + path, ConfigValueFactory.fromAnyRef(v, flag)))
        .orElse(config);
  }
}
