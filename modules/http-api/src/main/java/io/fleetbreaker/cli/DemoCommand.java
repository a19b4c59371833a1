package io.fleetbreaker.cli;

import com.typesafe.config.ConfigFactory;
import io.fleetbreaker.cli.check.CheckReport;
import io.fleetbreaker.cli.check.CheckResult;
import io.fleetbreaker.cli.check.CheckResult.Verdict;
import io.fleetbreaker.cli.check.CheckSettings;
import io.fleetbreaker.cli.check.FleetCheck;
import io.fleetbreaker.cli.supervise.PortPlan;
import io.fleetbreaker.cli.supervise.PortPlan.PortTakenException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows on this machine what the library is for: real workers, a real Redis, one trip. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    versionProvider = FleetbreakerCommand.Version.class,
    description = "Starts some workers, makes one of them trip, and shows that all of them do.")
final class DemoCommand implements Callable<Integer> {
  private static final String HOST = "127.0.0.1";
  private static final Duration START_LIMIT = Duration.ofSeconds(90);
  private static final Duration CHECK_LIMIT = Duration.ofSeconds(10);

  private final Terminal terminal;
  private final Map<String, String> environment;

  @Option(names = "--keep", description = "Leaves the fleet running afterwards, to play with.")
  private boolean keep;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "How many worker JVMs (default: ${DEFAULT-VALUE}).")
  private int workers = 4;

  @Option(
      names = "--port",
      paramLabel = "P",
      description = "The port they share (default: ${DEFAULT-VALUE}); a free one if it is taken.")
  private int port = 8000;

  @Option(names = "--verbose", description = "Shows what the workers log.")
  private boolean verbose;

  DemoCommand(Terminal terminal, Map<String, String> environment) {
    this.terminal = terminal;
    this.environment = environment;
  }

  @Override
  public Integer call() throws Exception {
    ServeCommand.requireWorkers(workers);
    CliConfig config = CliConfig.load(Optional.empty(), environment, ConfigFactory.empty());
    long begun = System.nanoTime();
    terminal.print("Fleetbreaker demo: " + workers + " workers, one Redis, one provider that dies");
    terminal.print("");
    config.notes().forEach(note -> terminal.print("note: " + note));
    PortPlan ports = ports();
    DemoProgress progress = new DemoProgress(terminal, workers, verbose);
    try (LocalFleet fleet =
        LocalFleet.start(
            ports,
            Optional.empty(),
            Optional.empty(),
            List.of("--demo-endpoints", "--log-format", LogFormat.TEXT.settingName()),
            progress)) {
      Optional<String> problem = awaitReady(fleet, progress);
      if (problem.isPresent()) {
        progress.explain(problem.get());
        return ExitCodes.FAILED;
      }
      CheckResult result = check(ports);
      terminal.print("");
      CheckReport.workers(result).forEach(terminal::print);
      terminal.print("");
      terminal.print("Distribution: " + CheckReport.distribution(result));
      terminal.print("");
      verdict(result, Duration.ofNanos(System.nanoTime() - begun));
      if (result.verdict() != Verdict.PASSED) {
        progress.explain("the last lines of the workers:");
      }
      if (keep) {
        invite(ports, fleet);
        new CountDownLatch(1).await();
      }
      return result.verdict() == Verdict.PASSED ? ExitCodes.DONE : ExitCodes.FAILED;
    }
  }

  private PortPlan ports() throws PortTakenException {
    PortPlan ports;
    try {
      ports = PortPlan.of(HOST, port, workers, Duration.ZERO);
    } catch (PortTakenException e) {
      ports = PortPlan.free(HOST, workers);
      terminal.print(
          "Ports "
              + port
              + " to "
              + (port + workers)
              + " are not all free, so this runs on "
              + ports.urls().get(0).getPort()
              + ".");
    }
    if (ports.shared().isEmpty()) {
      terminal.print(
          "This system does not spread the connections to one port over processes:"
              + " each worker has a port of its own.");
    }
    return ports;
  }

  /** Empty when all serve, else why not. */
  private static Optional<String> awaitReady(LocalFleet fleet, DemoProgress progress)
      throws InterruptedException {
    CompletableFuture<Optional<String>> problem =
        fleet.refused().applyToEither(progress.hopeless(), Optional::of);
    CompletableFuture<Optional<String>> ready =
        fleet.ready().thenApply(nothing -> Optional.<String>empty());
    try {
      return ready
          .applyToEither(problem, either -> either)
          .get(START_LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      return Optional.of("not all workers were ready within " + START_LIMIT.toSeconds() + " s");
    } catch (ExecutionException e) {
      throw new IllegalStateException("waiting for the workers failed", e);
    }
  }

  private CheckResult check(PortPlan ports) throws InterruptedException {
    CheckSettings settings =
        new CheckSettings(
            ports.urls(),
            workers,
            Optional.empty(),
            CHECK_LIMIT,
            false,
            CallerOptions.fromEnvironment(environment),
            Optional.empty());
    terminal.print("");
    return new FleetCheck(settings, line -> terminal.print("  " + line)).run();
  }

  private void verdict(CheckResult result, Duration total) {
    if (result.verdict() == Verdict.PASSED) {
      String origin =
          result.workers().stream()
              .filter(CheckResult.Worker::origin)
              .map(CheckResult.Worker::workerId)
              .findFirst()
              .orElse("?");
      terminal.print("PASSED");
      terminal.print(
          "  Only worker "
              + origin
              + " saw "
              + result.provider()
              + " fail. "
              + (workers == 1 ? "It" : "All " + workers)
              + " stopped calling it.");
      result
          .propagation()
          .ifPresent(
              time ->
                  terminal.print(
                      "  From its trip to the last worker's OPEN: " + time.text() + "."));
      terminal.print("  After the reset all were closed again.");
    } else {
      CheckReport.verdict(result).forEach(terminal::print);
    }
    terminal.print(
        String.format(Locale.ROOT, "  The whole demo took %.1f s.", total.toMillis() / 1000.0));
  }

  private void invite(PortPlan ports, LocalFleet fleet) {
    URI url = ports.urls().get(0);
    terminal.print("");
    terminal.print("The fleet goes on running; Ctrl-C ends it. Look at it in a browser:");
    terminal.print("  " + url + "/ui/");
    terminal.print("Try, from another terminal:");
    terminal.print("  ./fleetbreaker watch --url " + url);
    terminal.print("  curl -s " + url + "/status");
    terminal.print("  curl -s -X POST " + url + "/trigger-failure/openai");
    terminal.print("  for i in 1 2 3 4 5 6 7 8; do curl -s " + url + "/status; echo; done");
    terminal.print("  curl -s -X POST " + url + "/reset/openai");
    terminal.print(
        "  ./fleetbreaker force-open openai --reason 'trying it out' --for 10m --url " + url);
    fleet
        .embeddedRedis()
        .ifPresent(
            redis -> terminal.print("  redis-cli -u " + redis + " subscribe flexiai:events"));
  }
}
