package io.fleetbreaker.cli.supervise;

import java.io.IOException;

/** Starts the process of one worker. */
@FunctionalInterface
public interface WorkerLauncher {
  /**
   * Starts worker {@code index}, counted from 1, with its standard input piped from here and its
   * standard error merged into its standard output.
   */
  Process launch(int index) throws IOException;
}
