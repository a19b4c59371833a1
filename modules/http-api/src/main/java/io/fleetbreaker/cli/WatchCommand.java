package io.fleetbreaker.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetbreaker.cli.api.ApiClient;
import io.fleetbreaker.cli.api.ApiException;
import io.fleetbreaker.cli.api.EventFollower;
import io.fleetbreaker.cli.api.Plain;
import io.fleetbreaker.cli.api.ServerEvent;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Option;

/** Shows the fleet as it lives. */
@Command(
    name = "watch",
    mixinStandardHelpOptions = true,
    versionProvider = FleetbreakerCommand.Version.class,
    description = {
      "Shows the fleet as it lives, until Ctrl-C.",
      "On a terminal it is one page, elsewhere a line for each event. It says when it is"
          + " disconnected, and goes on without a gap when it is back."
    })
final class WatchCommand extends ApiCommand {
  private static final long REFRESH_SECONDS = 2;

  @Option(names = "--lines", description = "Adds lines on a terminal, too, and draws no page.")
  private boolean lines;

  WatchCommand(Terminal terminal, Map<String, String> environment) {
    super(terminal, environment);
  }

  @Override
  int run(ApiClient client) throws ApiException, InterruptedException {
    boolean page = !lines && !options.json() && isTerminal();
    WatchScreen screen = new WatchScreen(terminal, page);
    ScheduledExecutorService refresh =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "refresh");
              thread.setDaemon(true);
              return thread;
            });
    try {
      if (page) {
        // What no event tells: ages, counts of workers.
        var unused =
            refresh.scheduleWithFixedDelay(
                () -> refresh(client, screen), REFRESH_SECONDS, REFRESH_SECONDS, TimeUnit.SECONDS);
      }
      new EventFollower(client, Optional.empty(), Events.SILENCE)
          .run(options.json() ? new JsonLines() : new Shown(client, screen));
      return ExitCodes.DONE;
    } finally {
      refresh.shutdownNow();
    }
  }

  private boolean isTerminal() {
    return Ansi.AUTO.enabled() && !environment.getOrDefault("TERM", "dumb").equals("dumb");
  }

  private void refresh(ApiClient client, WatchScreen screen) {
    try {
      screen.state(text().status(client.get("/api/v1/fleet").document()), false);
    } catch (ApiException e) {
      // The stream of events finds out, too, and says it.
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** For people. */
  private final class Shown implements EventFollower.Listener {
    private final ApiClient client;
    private final WatchScreen screen;

    Shown(ApiClient client, WatchScreen screen) {
      this.client = client;
      this.screen = screen;
    }

    @Override
    public void onConnected(boolean again) throws ApiException, InterruptedException {
      screen.connection("");
      if (again) {
        screen.happened("connected again");
      }
      show();
    }

    @Override
    public void onEvent(ServerEvent event) throws ApiException, InterruptedException {
      JsonNode data = Events.document(event).orElse(null);
      if (data == null) {
        return;
      }
      switch (event.type()) {
        case "transition" -> screen.happened(FleetText.line(data));
        case "local" -> {
          // What is the fleet's, too, comes as a transition.
          if (!data.path("shared").asBoolean(true)) {
            screen.happened(
                FleetText.text(data, "name")
                    + ": "
                    + FleetText.state(data)
                    + ": "
                    + FleetText.text(data, "reason"));
          }
        }
        case "sync" -> screen.happened(FleetText.sync(data));
        case "gap" -> {
          screen.happened("some transitions were missed; the fleet now:");
          // The event may be told before the worker has asked for the others.
          show();
        }
        default -> {
          // The greeting, and what later versions may tell.
        }
      }
    }

    @Override
    public void onDisconnected(String why) {
      screen.connection("DISCONNECTED: " + Plain.text(why) + "; trying again");
    }

    private void show() throws ApiException, InterruptedException {
      screen.state(text().status(client.get("/api/v1/fleet").document()), true);
    }
  }

  /** For programs: each event as one line. */
  private final class JsonLines implements EventFollower.Listener {
    @Override
    public void onConnected(boolean again) {}

    @Override
    public void onEvent(ServerEvent event) {
      terminal.print(Events.line(event));
    }

    @Override
    public void onDisconnected(String why) {
      terminal.err().println("disconnected: " + Plain.text(why) + "; trying again");
    }
  }
}
