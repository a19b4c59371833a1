package io.fleetbreaker.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetbreaker.ProviderName;
import io.fleetbreaker.cli.api.ApiClient;
import io.fleetbreaker.cli.api.ApiException;
import io.fleetbreaker.cli.api.EventFollower;
import io.fleetbreaker.cli.api.Plain;
import io.fleetbreaker.cli.api.ServerEvent;
import io.fleetbreaker.fleet.SettingsException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows who did what to which provider. */
@Command(
    name = "history",
    mixinStandardHelpOptions = true,
    versionProvider = FleetbreakerCommand.Version.class,
    description = "Lists what has happened to the providers, the newest last, and by whom.")
final class HistoryCommand extends ApiCommand {
  private static final int MOST = 1_000;

  @Option(names = "--provider", paramLabel = "NAME", description = "Only of this provider.")
  private Optional<String> provider = Optional.empty();

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "At most so many entries, 1 to 1000 (default: ${DEFAULT-VALUE}).")
  private int limit = 20;

  @Option(
      names = "--after",
      paramLabel = "ID",
      description = "The entries after this one; without it, the newest.")
  private Optional<String> after = Optional.empty();

  @Option(names = "--follow", description = "Goes on with what happens, until Ctrl-C.")
  private boolean follow;

  HistoryCommand(Terminal terminal, Map<String, String> environment) {
    super(terminal, environment);
  }

  @Override
  int run(ApiClient client) throws ApiException, InterruptedException {
    ApiClient.Answer answer = client.get(path());
    List<JsonNode> entries = new ArrayList<>();
    answer.document().path("entries").forEach(entries::add);
    if (after.isEmpty()) {
      Collections.reverse(entries);
    }
    if (options.json() && !follow) {
      terminal.print(answer.text());
      return ExitCodes.DONE;
    }
    if (answer.document().path("gap").asBoolean() && !options.json()) {
      terminal.print("(entries after " + Plain.text(after.orElse("")) + " are lost)");
    }
    if (follow) {
      entries.forEach(this::print);
      follow(client, entries);
      return ExitCodes.DONE;
    }
    if (entries.isEmpty()) {
      terminal.print("Nothing has happened" + provider.map(p -> " to " + p).orElse("") + ".");
    } else {
      text().history(entries).forEach(terminal::print);
      terminal.print("");
      terminal.print(
          "What comes after: --after " + FleetText.text(entries.get(entries.size() - 1), "id"));
    }
    return ExitCodes.DONE;
  }

  private String path() {
    if (limit < 1 || limit > MOST) {
      throw new SettingsException("--limit must be 1 to " + MOST + ", was " + limit);
    }
    provider.ifPresent(HistoryCommand::requireLegal);
    StringBuilder path = new StringBuilder("/api/v1/history?limit=" + limit);
    provider.ifPresent(name -> path.append("&provider=").append(name));
    after.ifPresent(
        id -> path.append("&after=").append(URLEncoder.encode(id, StandardCharsets.UTF_8)));
    return path.toString();
  }

  static void requireLegal(String provider) {
    try {
      ProviderName.require(provider);
    } catch (IllegalArgumentException e) {
      throw new SettingsException(String.valueOf(e.getMessage()));
    }
  }

  private void follow(ApiClient client, List<JsonNode> known)
      throws ApiException, InterruptedException {
    Optional<String> last =
        known.isEmpty() ? after : Optional.of(FleetText.text(known.get(known.size() - 1), "id"));
    new EventFollower(client, last, Events.SILENCE)
        .run(
            new EventFollower.Listener() {
              @Override
              public void onConnected(boolean again) {
                if (again) {
                  terminal.err().println("connected again");
                }
              }

              @Override
              public void onEvent(ServerEvent event) {
                if (event.type().equals("gap")) {
                  terminal.err().println("some entries are lost; the history goes on here");
                } else if (event.type().equals("transition")) {
                  Events.document(event).ifPresent(HistoryCommand.this::print);
                }
              }

              @Override
              public void onDisconnected(String why) {
                terminal.err().println("disconnected: " + Plain.text(why) + "; trying again");
              }
            });
  }

  private void print(JsonNode entry) {
    if (provider.isEmpty() || provider.get().equals(FleetText.text(entry, "provider"))) {
      terminal.print(options.json() ? entry.toString() : FleetText.line(entry));
    }
  }
}
