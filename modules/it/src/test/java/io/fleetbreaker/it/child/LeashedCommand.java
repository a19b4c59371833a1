package io.fleetbreaker.it.child;

import io.fleetbreaker.cli.FleetbreakerCommand;

/**
 * The command line, but the end of its input ends it at once: commands that run until they are
 * stopped would outlive a test run that was killed.
 */
public final class LeashedCommand {
  private LeashedCommand() {}

  public static void main(String[] args) {
    Parent.listen();
    FleetbreakerCommand.main(args);
  }
}
