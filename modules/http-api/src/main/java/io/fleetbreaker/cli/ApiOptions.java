package io.fleetbreaker.cli;

import io.fleetbreaker.cli.api.ApiClient;
import io.fleetbreaker.cli.api.ApiSettings;
import io.fleetbreaker.fleet.SettingsException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of a command that asks a running fleet. */
final class ApiOptions {
  private static final int NARROWEST = 60;
  private static final int WIDEST = 300;
  private static final int WIDTH = 80;

  @Option(
      names = "--url",
      paramLabel = "URL",
      converter = UrlConverter.class,
      description = "Any worker of the fleet (default: FLEETBREAKER_URL or http://localhost:8000).")
  private Optional<URI> url = Optional.empty();

  @Mixin private final CallerOptions caller = new CallerOptions();

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      defaultValue = "10s",
      description = "How long an answer may take (default: ${DEFAULT-VALUE}).")
  private Duration timeout = Duration.ofSeconds(10);

  @Option(names = "--json", description = "Prints the API's own document, for programs.")
  private boolean json;

  boolean json() {
    return json;
  }

  /** Whether the requests carry a token, which says who asks. */
  boolean hasToken(Map<String, String> environment) {
    return caller.token(environment).isPresent();
  }

  /**
   * A client of the fleet that the options name.
   *
   * @throws SettingsException if an option is wrong
   */
  ApiClient client(Terminal terminal, Map<String, String> environment) {
    Optional<String> secret = caller.token(environment);
    try {
      URI where = url.orElseGet(() -> fallbackUrl(environment));
      ApiSettings settings = new ApiSettings(where, secret, timeout, caller.trust());
      caller.warn(terminal, secret, where);
      return new ApiClient(settings);
    } catch (IllegalArgumentException e) {
      throw new SettingsException(String.valueOf(e.getMessage()));
    }
  }

  /** The columns to write: those of the terminal if the shell tells. */
  static int width(Map<String, String> environment) {
    String columns = environment.getOrDefault("COLUMNS", "");
    return columns.matches("\\d{1,4}")
        ? Math.max(NARROWEST, Math.min(WIDEST, Integer.parseInt(columns)))
        : WIDTH;
  }

  private static URI fallbackUrl(Map<String, String> environment) {
    String variable = "FLEETBREAKER_URL";
    return ApiSettings.url(variable, environment.getOrDefault(variable, "http://localhost:8000"));
  }
}
