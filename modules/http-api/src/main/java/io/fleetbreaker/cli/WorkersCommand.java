package io.fleetbreaker.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetbreaker.cli.api.ApiClient;
import io.fleetbreaker.cli.api.ApiException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows who is in the fleet. */
@Command(
    name = "workers",
    mixinStandardHelpOptions = true,
    versionProvider = FleetbreakerCommand.Version.class,
    description = "Lists the fleet's workers, lost ones first, and what is not closed on each.")
final class WorkersCommand extends ApiCommand {
  private static final int MOST_PAGES = 100;

  @Option(
      names = "--cursor",
      paramLabel = "NEXT",
      description = "With --json: the page that 'next' of the page before names.")
  private Optional<String> cursor = Optional.empty();

  WorkersCommand(Terminal terminal, Map<String, String> environment) {
    super(terminal, environment);
  }

  @Override
  int run(ApiClient client) throws ApiException, InterruptedException {
    ApiClient.Answer answer = page(client, cursor);
    if (options.json()) {
      terminal.print(answer.text());
      return ExitCodes.DONE;
    }
    List<JsonNode> pages = new ArrayList<>(List.of(answer.document()));
    String next = FleetText.text(answer.document(), "next");
    while (!next.isEmpty() && pages.size() < MOST_PAGES) {
      JsonNode document = page(client, Optional.of(next)).document();
      pages.add(document);
      next = FleetText.text(document, "next");
    }
    text().workers(pages).forEach(terminal::print);
    return ExitCodes.DONE;
  }

  private static ApiClient.Answer page(ApiClient client, Optional<String> cursor)
      throws ApiException, InterruptedException {
    String from =
        cursor.map(c -> "&cursor=" + URLEncoder.encode(c, StandardCharsets.UTF_8)).orElse("");
    return client.get("/api/v1/workers?limit=100&providers=true" + from);
  }
}
