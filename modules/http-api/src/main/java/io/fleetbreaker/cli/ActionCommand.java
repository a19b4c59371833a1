package io.fleetbreaker.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetbreaker.cli.api.ApiClient;
import io.fleetbreaker.cli.api.ApiException;
import io.fleetbreaker.cli.api.Plain;
import io.fleetbreaker.fleet.OperatorAction;
import io.fleetbreaker.fleet.SettingsException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Does something to a provider in the whole fleet, and tells honestly what came of it. */
@Command(mixinStandardHelpOptions = true, versionProvider = FleetbreakerCommand.Version.class)
final class ActionCommand extends ApiCommand {
  private static final int LONGEST_REASON = 300;

  private final OperatorAction action;

  @Parameters(paramLabel = "PROVIDER", description = "The provider, as it is configured.")
  private String provider = "";

  @Option(
      names = "--reason",
      required = true,
      paramLabel = "TEXT",
      description = "Why, 1 to 300 characters; stands in the history and on every worker.")
  private String reason = "";

  @Option(
      names = "--for",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = {
        "How long an override lasts (30m, 12h, 7d), or a trip keeps the breaker open.",
        "Without it: until 'enable', or the provider's open time."
      })
  private Optional<Duration> lasting = Optional.empty();

  @Option(
      names = "--operator",
      paramLabel = "NAME",
      description = "Who wants it, where no token says so (default: the user's name).")
  private Optional<String> operator = Optional.empty();

  @Option(
      names = "--here-if-not-committed",
      description = "If the fleet cannot be told, apply it to the worker that answers.")
  private boolean hereIfNotCommitted;

  @Option(
      names = "--if-revision",
      paramLabel = "REV",
      description = "Only if the provider's revision is this one (epoch.version.op).")
  private Optional<String> ifRevision = Optional.empty();

  ActionCommand(OperatorAction action, Terminal terminal, Map<String, String> environment) {
    super(terminal, environment);
    this.action = action;
  }

  /** What {@code action} is for, for the help. */
  static String description(OperatorAction action) {
    return switch (action) {
      case TRIP -> "Opens a provider's breaker in the whole fleet; it recovers by itself.";
      case RESET -> "Closes a provider's breaker in the whole fleet.";
      case FORCE_OPEN -> "Refuses every call of a provider in the whole fleet, until 'enable'.";
      case DISABLE -> "Admits every call of a provider and counts none, until 'enable'.";
      case METRICS_ONLY -> "Admits every call of a provider and counts it, until 'enable'.";
      case ENABLE -> "Ends an override: the provider's breaker decides again.";
    };
  }

  @Override
  int run(ApiClient client) throws ApiException, InterruptedException {
    String path = "/api/v1/providers/" + provider + "/" + action.pathName();
    ObjectNode body = body();
    Map<String, String> headers =
        ifRevision.map(revision -> Map.of("If-Match", quoted(revision))).orElse(Map.of());
    ApiClient.Answer answer = client.post(path, body, headers);
    if (options.json()) {
      terminal.print(answer.text());
    }
    JsonNode document = answer.document();
    if (FleetText.text(document, "outcome").equals("committed")) {
      if (!options.json()) {
        terminal.print(committed(document));
      }
      return ExitCodes.DONE;
    }
    terminal
        .err()
        .println(
            "not in force in the fleet ("
                + FleetText.text(document, "outcome").replace('_', ' ')
                + "): "
                + FleetText.text(document, "detail"));
    if (document.path("applied_here").asBoolean()) {
      terminal
          .err()
          .println("It is in force on worker " + FleetText.text(document, "worker_id") + " only.");
    }
    askLater(document);
    return ExitCodes.FAILED;
  }

  private ObjectNode body() {
    HistoryCommand.requireLegal(provider);
    int length = reason.codePointCount(0, reason.length());
    if (reason.isBlank() || length > LONGEST_REASON) {
      throw new SettingsException("--reason must be 1 to 300 characters, had " + length);
    }
    ObjectNode body = JsonNodeFactory.instance.objectNode().put("reason", reason);
    boolean mayLast = action.setsOverride() || action == OperatorAction.TRIP;
    if (lasting.isPresent() && !mayLast) {
      throw new SettingsException(
          "--for is for overrides and trips; " + action.pathName() + " takes effect at once");
    }
    lasting.ifPresent(time -> body.put("expires_in_ms", time.toMillis()));
    if (!options.hasToken(environment) || operator.isPresent()) {
      body.put("operator", operator.orElseGet(() -> System.getProperty("user.name", "unknown")));
    }
    if (hereIfNotCommitted) {
      body.put("here_if_not_committed", true);
    }
    return body;
  }

  private static String quoted(String revision) {
    if (!revision.matches("[\\w.:-]{1,200}|\"[\\w.:-]{1,200}\"|\\*")) {
      throw new SettingsException(
          "--if-revision must be epoch.version.op, was " + Plain.text(revision));
    }
    return revision.equals("*") || revision.startsWith("\"") ? revision : '"' + revision + '"';
  }

  private String committed(JsonNode document) {
    JsonNode after = document.path("provider");
    return provider
        + " is "
        + FleetText.state(after)
        + " in the whole fleet"
        + lasting.map(time -> " for " + Ages.text(time.toMillis())).orElse("")
        + " (operation "
        + FleetText.text(document, "operation")
        + ")";
  }

  @Override
  void explain(ApiException e) {
    if (e.slug().equals("not-committed")) {
      terminal.err().println("The fleet has not changed.");
    }
    if (e.document().path("applied_here").asBoolean()) {
      terminal.err().println("It is in force on the worker that answered.");
    }
    if (e.slug().equals("unknown-outcome")) {
      askLater(e.document());
    }
  }

  private void askLater(JsonNode document) {
    String operation = FleetText.text(document, "operation");
    if (!operation.isEmpty()) {
      terminal
          .err()
          .println("What became of it: " + OperationCommand.invitation(provider, operation));
    }
  }
}
