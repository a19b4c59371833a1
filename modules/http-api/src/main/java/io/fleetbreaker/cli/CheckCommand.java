package io.fleetbreaker.cli;

import io.fleetbreaker.cli.api.Plain;
import io.fleetbreaker.cli.check.CheckReport;
import io.fleetbreaker.cli.check.CheckResult;
import io.fleetbreaker.cli.check.CheckSettings;
import io.fleetbreaker.cli.check.FleetCheck;
import io.fleetbreaker.fleet.SettingsException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Checks a running fleet from outside. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    versionProvider = FleetbreakerCommand.Version.class,
    description = "Trips one worker of a running fleet and checks that all the others follow.",
    footer = {
      "",
      "The workers must run with --demo-endpoints. What the check trips it resets.",
      "Where the fleet asks for tokens it takes one with the role admin."
    })
final class CheckCommand implements Callable<Integer> {
  private final Terminal terminal;
  private final Map<String, String> environment;

  @Mixin private final CallerOptions caller = new CallerOptions();

  @Option(
      names = "--url",
      split = ",",
      defaultValue = "http://localhost:8000",
      converter = UrlConverter.class,
      paramLabel = "URL",
      description = {
        "The fleet's address (default: ${DEFAULT-VALUE}).",
        "Without a balancer: the address of every worker, separated by commas."
      })
  private List<URI> urls = List.of();

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "How many workers the fleet should have (default: ${DEFAULT-VALUE}).")
  private int workers = 4;

  @Option(
      names = "--provider",
      paramLabel = "NAME",
      description = "The provider to trip (default: the first of the fleet).")
  private Optional<String> provider = Optional.empty();

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      defaultValue = "10s",
      description = "How long each step may take (default: ${DEFAULT-VALUE}).")
  private Duration timeout = Duration.ofSeconds(10);

  @Option(names = "--reset-first", description = "Closes the provider first if it is not closed.")
  private boolean resetFirst;

  @Option(names = "--json", description = "Prints the result as JSON.")
  private boolean json;

  CheckCommand(Terminal terminal, Map<String, String> environment) {
    this.terminal = terminal;
    this.environment = environment;
  }

  @Override
  public Integer call() throws InterruptedException {
    CheckSettings settings = settings();
    FleetCheck check =
        new FleetCheck(
            settings, json ? line -> {} : line -> terminal.print("... " + Plain.text(line)));
    CheckResult result = check.run();
    if (json) {
      terminal.print(CheckReport.json(result));
    } else {
      terminal.print("");
      CheckReport.text(result).stream().map(Plain::text).forEach(terminal::print);
    }
    return result.verdict().exitCode();
  }

  private CheckSettings settings() {
    try {
      Optional<String> token = caller.token(environment);
      CheckSettings settings =
          new CheckSettings(urls, workers, provider, timeout, resetFirst, token, caller.trust());
      urls.forEach(url -> caller.warn(terminal, token, url));
      return settings;
    } catch (IllegalArgumentException e) {
      throw new SettingsException(String.valueOf(e.getMessage()));
    }
  }
}
