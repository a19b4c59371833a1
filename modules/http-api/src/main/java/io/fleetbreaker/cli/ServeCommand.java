package io.fleetbreaker.cli;

import io.fleetbreaker.cli.supervise.FleetListener;
import io.fleetbreaker.cli.supervise.PortPlan;
import io.fleetbreaker.cli.supervise.WorkerSignal;
import io.fleetbreaker.fleet.FleetSettings;
import io.fleetbreaker.fleet.SettingsException;
import io.fleetbreaker.http.HttpSettings;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs a fleet of workers until it is stopped. */
@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    versionProvider = FleetbreakerCommand.Version.class,
    description = "Runs a fleet of worker JVMs that share one port, until it is stopped.")
final class ServeCommand implements Callable<Integer> {
  /** A second start at once must work: workers whose supervisor was killed may still drain. */
  private static final Duration PORT_PATIENCE = Duration.ofSeconds(5);

  private static final int MOST_WORKERS = 256;

  private final Terminal terminal;
  private final Map<String, String> environment;

  @Mixin private final FleetOptions options = new FleetOptions();

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "How many worker JVMs (default: ${DEFAULT-VALUE}).")
  private int workers = 4;

  @Option(
      names = "--port",
      paramLabel = "P",
      description = {
        "The port all workers share; each also has one of its own, P+1 to P+N",
        "(default: 8000; 0 finds free ones)."
      })
  private Optional<Integer> port = Optional.empty();

  ServeCommand(Terminal terminal, Map<String, String> environment) {
    this.terminal = terminal;
    this.environment = environment;
  }

  @Override
  public Integer call() throws Exception {
    CliConfig config = options.load(environment, port);
    requireWorkers(workers);
    // The workers would refuse it too, one by one and some seconds later.
    FleetSettings.from(config.resolved());
    LogFormat format = LogFormat.of(config.resolved());
    HttpSettings.from(config.resolved(), Optional.empty(), 0).check();
    FleetListener listener =
        switch (format) {
          case TEXT -> new Printing();
          case JSON -> new JsonLines(terminal);
        };
    config.notes().forEach(listener::onNotice);
    PortPlan ports = PortPlan.of(config.host(), config.port(), workers, PORT_PATIENCE);
    announce(ports, listener);
    config
        .namedRedis()
        .ifPresent(uri -> listener.onNotice("the fleet's Redis is " + CliConfig.shown(uri)));
    try (LocalFleet fleet =
        LocalFleet.start(
            ports,
            config.namedRedis(),
            options.file(),
            options.toWorkers(config, format),
            listener)) {
      var unused = fleet.ready().thenRun(() -> onAllReady(ports, listener));
      String refusal = fleet.refused().get();
      terminal.err().println("error: " + refusal);
      return ExitCodes.USAGE;
    }
  }

  static void requireWorkers(int workers) {
    if (workers < 1 || workers > MOST_WORKERS) {
      throw new SettingsException("--workers must be 1 to " + MOST_WORKERS + ", was " + workers);
    }
  }

  private void announce(PortPlan ports, FleetListener listener) {
    String own = ports.own().get(0) + "-" + ports.own().get(ports.own().size() - 1);
    String text = "starting " + workers + " workers on " + ports.host();
    listener.onNotice(
        ports
            .shared()
            .map(shared -> text + ", all on port " + shared + " and each on one of " + own)
            .orElseGet(
                () ->
                    text
                        + ", each on one of "
                        + own
                        + ": this system does not spread the connections to a port over processes,"
                        + " so there is no shared one"));
  }

  private void onAllReady(PortPlan ports, FleetListener listener) {
    listener.onNotice("all " + workers + " workers serve: curl " + ports.urls().get(0) + "/status");
  }

  /** Prints everything, each line with whose it is. */
  private final class Printing implements FleetListener {
    @Override
    public void onLine(int worker, String line) {
      terminal.print("[worker " + worker + "] " + line);
    }

    @Override
    public void onReady(int worker, WorkerSignal.Ready ready) {
      terminal.print("[worker " + worker + "] ready: pid " + ready.pid());
    }

    @Override
    public void onRestart(int worker, String why, Duration wait) {
      String seconds = String.format(Locale.ROOT, "%.1f s", wait.toMillis() / 1000.0);
      terminal.print("[worker " + worker + "] " + why + "; starting it again in " + seconds);
    }

    @Override
    public void onNotice(String text) {
      terminal.print("[fleet] " + text);
    }
  }
}
