package io.fleetbreaker.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetbreaker.cli.api.ApiClient;
import io.fleetbreaker.cli.api.ApiException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;

/** A command that asks a running fleet, and says in one line what went wrong. */
abstract class ApiCommand implements Callable<Integer> {
  final Terminal terminal;
  final Map<String, String> environment;

  @Mixin final ApiOptions options = new ApiOptions();

  ApiCommand(Terminal terminal, Map<String, String> environment) {
    this.terminal = terminal;
    this.environment = environment;
  }

  @Override
  public final Integer call() throws InterruptedException {
    ApiClient client = options.client(terminal, environment);
    try {
      return run(client);
    } catch (ApiException e) {
      JsonNode problem = e.document();
      if (options.json() && problem.isObject()) {
        terminal.print(problem.toString());
      }
      terminal.err().println("error: " + e.getMessage());
      explain(e);
      return switch (e.kind()) {
        case UNREACHABLE -> ExitCodes.UNREACHABLE;
        case BROKEN_ANSWER, REFUSED -> ExitCodes.FAILED;
      };
    }
  }

  /** Does what the command is for; the exit code. */
  abstract int run(ApiClient client) throws ApiException, InterruptedException;

  /** Says more of a refusal, if there is more to say. */
  void explain(ApiException e) {}

  final FleetText text() {
    return new FleetText(ApiOptions.width(environment));
  }
}
