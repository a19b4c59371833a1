package io.fleetbreaker.cli;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import io.fleetbreaker.cli.supervise.WorkerSignal;
import io.fleetbreaker.fleet.FleetSettings;
import io.fleetbreaker.http.HttpSettings;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** One worker, as the supervisor starts it: it runs until its standard input ends. */
@Command(
    name = "worker",
    hidden = true,
    mixinStandardHelpOptions = true,
    versionProvider = FleetbreakerCommand.Version.class,
    description = "Runs one worker until its standard input ends. Started by 'serve'.")
final class WorkerCommand implements Callable<Integer> {
  private final Terminal terminal;
  private final Map<String, String> environment;

  @Mixin private final FleetOptions options = new FleetOptions();

  @Option(names = "--shared-port", paramLabel = "P", description = "The port all workers share.")
  private Optional<Integer> sharedPort = Optional.empty();

  @Option(
      names = "--own-port",
      paramLabel = "P",
      required = true,
      description = "The port of this worker alone; 0 for any.")
  private int ownPort;

  WorkerCommand(Terminal terminal, Map<String, String> environment) {
    this.terminal = terminal;
    this.environment = environment;
  }

  @Override
  public Integer call() throws Exception {
    StopSignal stop = StopSignal.install(System.in);
    try {
      CliConfig config;
      FleetSettings settings;
      LogFormat format;
      HttpSettings http;
      try {
        config = options.load(environment, sharedPort);
        format = LogFormat.of(config.resolved());
        format.use();
        // Begun by one thread: when several ask first, SLF4J prints lines about it.
        LoggerFactory.getILoggerFactory();
        settings = FleetSettings.from(config.resolved());
        http = HttpSettings.from(config.resolved(), sharedPort, ownPort);
        http.check();
      } catch (IllegalArgumentException | ConfigException e) {
        String.valueOf(e.getMessage())
            .lines()
            .forEach(line -> terminal.print(new WorkerSignal.Refused(line).toLine()));
        return ExitCodes.USAGE;
      }
      // Stopping is this class's business: the server first, then the fleet, then the system.
      var system =
          ConfigFactory.parseString(
                  "pekko.coordinated-shutdown.run-by-jvm-shutdown-hook = off\n"
                      + "pekko.jvm-shutdown-hooks = off")
              .withFallback(config.resolved());
      new WorkerRun(terminal, format, settings, http, system, stop).run();
      return ExitCodes.DONE;
    } finally {
      stop.finished();
    }
  }
}
