package io.fleetbreaker.redis;

import io.fleetbreaker.redis.Simulation.Fault;
import io.fleetbreaker.redis.Simulation.Result;
import java.util.EnumMap;
import java.util.Map;

/**
 * Plays any number of seeds of the {@link Simulation}, and prints the first that breaks a rule with
 * everything that happened in it.
 *
 * <pre>
 * java -cp modules/bench/target/benchmarks.jar io.fleetbreaker.redis.SimulationMain 100000 1
 * </pre>
 *
 * <p>The arguments are how many, and the first; 2,000 and 1 if they are missing. Exits with 1 if a
 * rule was broken.
 */
public final class SimulationMain {
  private SimulationMain() {}

  /** Plays. */
  public static void main(String[] args) {
    long count = args.length > 0 ? Long.parseLong(args[0]) : 2_000;
    long first = args.length > 1 ? Long.parseLong(args[1]) : 1;
    Map<Fault, Integer> seedsWith = new EnumMap<>(Fault.class);
    long events = 0;
    for (long seed = first; seed < first + count; seed++) {
      Result result = Simulation.play(seed);
      if (!result.isGreen()) {
        result.trace().forEach(System.out::println);
        System.out.println("seed " + seed + ": " + result.violation());
        System.exit(1);
      }
      events += result.events();
      result.faults().keySet().forEach(fault -> seedsWith.merge(fault, 1, Integer::sum));
    }
    System.out.println(
        count + " seeds from " + first + ", " + events + " events: no rule was broken");
    System.out.println("seeds with each kind of fault: " + seedsWith);
  }
}
