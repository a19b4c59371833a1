package io.fleetbreaker.bench;

import java.util.List;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Defaults;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs JMH with the arguments of its own main class, always with the GC profiler, and prints what
 * each method costs beside its peers of the same run.
 */
public final class Main {
  private Main() {}

  /** {@code HotPath}, {@code Rejection -t 2}, {@code -h}, ... */
  public static void main(String[] args) throws Exception {
    CommandLineOptions given = new CommandLineOptions(args);
    if (given.shouldHelp()
        || given.shouldList()
        || given.shouldListWithParams()
        || given.shouldListProfilers()
        || given.shouldListResultFormats()) {
      org.openjdk.jmh.Main.main(args);
      return;
    }
    Measured run = run(given, given.getThreads().orElse(Defaults.THREADS));
    System.out.printf("%n%s%n%n%s%n", Report.machine(), Report.methods(run));
    System.out.println(Report.bounds(List.of(run)));
  }

  static Measured run(CommandLineOptions given, int threads)
      throws RunnerException, CommandLineOptionException {
    ChainedOptionsBuilder options = new OptionsBuilder().parent(given).threads(threads);
    if (given.getProfilers().stream().noneMatch(profiler -> profiler.getKlass().equals("gc"))) {
      options.addProfiler(GCProfiler.class);
    }
    return Measured.of(threads, new Runner(options.build()).run());
  }
}
