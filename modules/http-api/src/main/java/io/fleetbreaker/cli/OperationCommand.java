package io.fleetbreaker.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetbreaker.cli.api.ApiClient;
import io.fleetbreaker.cli.api.ApiException;
import io.fleetbreaker.cli.api.Plain;
import io.fleetbreaker.fleet.SettingsException;
import java.util.Map;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Tells what became of an action whose outcome nobody knew. */
@Command(
    name = "operation",
    mixinStandardHelpOptions = true,
    versionProvider = FleetbreakerCommand.Version.class,
    description = "Tells whether the fleet has taken an action whose outcome was not known.")
final class OperationCommand extends ApiCommand {
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9._:-]{1,128}");

  @Parameters(index = "0", paramLabel = "PROVIDER", description = "The provider it was for.")
  private String provider = "";

  @Parameters(index = "1", paramLabel = "OPERATION", description = "Its id, as the action told it.")
  private String operation = "";

  OperationCommand(Terminal terminal, Map<String, String> environment) {
    super(terminal, environment);
  }

  /** How to ask for an operation, for people. */
  static String invitation(String provider, String operation) {
    return "fleetbreaker operation "
        + provider
        + " "
        + operation
        + " (GET "
        + path(provider, operation)
        + ")";
  }

  private static String path(String provider, String operation) {
    return "/api/v1/operations/" + provider + "/" + operation;
  }

  @Override
  int run(ApiClient client) throws ApiException, InterruptedException {
    HistoryCommand.requireLegal(provider);
    if (!ID.matcher(operation).matches()) {
      throw new SettingsException(
          "OPERATION must be 1 to 128 letters, digits, '.', '_', ':' or '-', was '"
              + Plain.text(operation)
              + "'");
    }
    ApiClient.Answer answer = client.get(path(provider, operation));
    boolean committed = FleetText.text(answer.document(), "fate").equals("committed");
    if (options.json()) {
      terminal.print(answer.text());
    } else if (committed) {
      terminal.print("It is committed: the fleet has taken it.");
      JsonNode entry = answer.document().path("entry");
      if (entry.isObject()) {
        terminal.print(FleetText.line(entry));
      }
    } else {
      terminal
          .err()
          .println(
              "The fleet does not know it: it was not committed, or so long ago that the history no"
                  + " longer holds it.");
    }
    return committed ? ExitCodes.DONE : ExitCodes.FAILED;
  }
}
