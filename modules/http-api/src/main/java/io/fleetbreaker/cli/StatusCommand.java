package io.fleetbreaker.cli;

import io.fleetbreaker.cli.api.ApiClient;
import io.fleetbreaker.cli.api.ApiException;
import java.util.Map;
import picocli.CommandLine.Command;

/** Shows the fleet as it is. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    versionProvider = FleetbreakerCommand.Version.class,
    description = "Shows the fleet: providers that are not closed first, workers, sync.")
final class StatusCommand extends ApiCommand {
  StatusCommand(Terminal terminal, Map<String, String> environment) {
    super(terminal, environment);
  }

  @Override
  int run(ApiClient client) throws ApiException, InterruptedException {
    ApiClient.Answer answer = client.get("/api/v1/fleet");
    if (options.json()) {
      terminal.print(answer.text());
    } else {
      text().status(answer.document()).forEach(terminal::print);
    }
    return ExitCodes.DONE;
  }
}
