package io.fleetbreaker.cli;

import com.typesafe.config.ConfigException;
import io.fleetbreaker.cli.supervise.PortPlan.PortTakenException;
import io.fleetbreaker.embedded.EmbeddedRedisException;
import io.fleetbreaker.fleet.OperatorAction;
import io.fleetbreaker.fleet.SettingsException;
import java.io.PrintWriter;
import java.util.Map;
import java.util.Optional;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;

/** The {@code fleetbreaker} command: what it can do, and how it says what went wrong. */
@Command(
    name = "fleetbreaker",
    mixinStandardHelpOptions = true,
    versionProvider = FleetbreakerCommand.Version.class,
    description = "Circuit breakers that trip together, on a fleet of worker JVMs.",
    footer = {
      "",
      "Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 nobody answers.",
      "Every setting can be given by a variable: fleetbreaker.redis.uri by FLEETBREAKER_REDIS_URI."
    })
public final class FleetbreakerCommand {
  FleetbreakerCommand() {}

  /** Runs the command line and exits with its code. */
  public static void main(String[] args) {
    System.exit(commandLine(Terminal.ofThisProcess(), System.getenv()).execute(args));
  }

  static CommandLine commandLine(Terminal terminal, Map<String, String> environment) {
    CommandLine line = new CommandLine(new FleetbreakerCommand());
    line.addSubcommand(new DemoCommand(terminal, environment));
    line.addSubcommand(new ServeCommand(terminal, environment));
    line.addSubcommand(new CheckCommand(terminal, environment));
    line.addSubcommand(new StatusCommand(terminal, environment));
    line.addSubcommand(new WatchCommand(terminal, environment));
    for (OperatorAction action : OperatorAction.values()) {
      CommandLine command = new CommandLine(new ActionCommand(action, terminal, environment));
      command.getCommandSpec().usageMessage().description(ActionCommand.description(action));
      line.addSubcommand(action.pathName(), command);
    }
    line.addSubcommand(new OperationCommand(terminal, environment));
    line.addSubcommand(new HistoryCommand(terminal, environment));
    line.addSubcommand(new WorkersCommand(terminal, environment));
    line.addSubcommand(new AutoComplete.GenerateCompletion());
    line.addSubcommand(
        new CommandLine(new TokenCommand())
            .addSubcommand(new TokenHashCommand(terminal, System.in)));
    line.addSubcommand(new WorkerCommand(terminal, environment));
    line.setOut(terminal.out());
    line.setErr(terminal.err());
    line.setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF));
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setParameterExceptionHandler(FleetbreakerCommand::onWrongUsage);
    line.setExecutionExceptionHandler((e, command, parsed) -> onFailure(e, terminal.err()));
    return line;
  }

  private static int onWrongUsage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    command.getErr().println("error: " + e.getMessage());
    command.getErr().println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    return ExitCodes.USAGE;
  }

  /** What a person can mend gets one sentence; a bug gets its stack trace. */
  private static int onFailure(Exception e, PrintWriter err) {
    if (e instanceof SettingsException || e instanceof ConfigException) {
      err.println("error: " + e.getMessage());
      return ExitCodes.USAGE;
    }
    if (e instanceof EmbeddedRedisException || e instanceof PortTakenException) {
      err.println("error: " + e.getMessage());
      return ExitCodes.FAILED;
    }
    e.printStackTrace(err);
    return ExitCodes.FAILED;
  }

  /** The version of the jar this runs from. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = FleetbreakerCommand.class.getPackage().getImplementationVersion();
      return new String[] {
        "fleetbreaker " + Optional.ofNullable(version).orElse("(development build)"),
        "Java " + Runtime.version()
      };
    }
  }
}
