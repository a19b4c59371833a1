package io.fleetbreaker.bench;

import java.util.List;
import org.openjdk.jmh.runner.options.CommandLineOptions;

/**
 * Measures everything, the benchmarks with one thread and with two, and prints the README's tables.
 * Takes JMH's arguments; without any it takes about half an hour.
 */
public final class Table {
  private Table() {}

  /** JMH's arguments, such as {@code -f 1 -wi 3 -i 3} for a quick look. */
  public static void main(String[] args) throws Exception {
    CommandLineOptions given = new CommandLineOptions(args);
    List<Measured> runs = List.of(Main.run(given, 1), Main.run(given, 2));
    String memory = Memory.table();
    String idle = Idle.table();
    System.out.printf("%n%s%n%n", Report.machine());
    runs.forEach(run -> System.out.println(Report.methods(run)));
    System.out.println(Report.bounds(runs));
    System.out.printf("%s%n%s%n", memory, idle);
  }
}
