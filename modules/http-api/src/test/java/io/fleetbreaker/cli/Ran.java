package io.fleetbreaker.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;

/**
 * A command line that has run in this process.
 *
 * @param code what it exited with
 * @param out what it printed
 * @param err what it said went wrong
 */
record Ran(int code, String out, String err) {

  static Ran of(Map<String, String> environment, String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    Terminal terminal = new Terminal(new PrintWriter(out, true), new PrintWriter(err, true));
    int code = FleetbreakerCommand.commandLine(terminal, environment).execute(args);
    return new Ran(code, out.toString(), err.toString());
  }

  List<String> lines() {
    return out.lines().toList();
  }
}
