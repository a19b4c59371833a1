package io.fleetbreaker.breaker;

import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;

/**
 * Random scenarios of a few threads, whose steps Lincheck's model checker orders in many ways. Its
 * stress test is left out: it transforms every class of the JVM before and after, a minute each;
 * threads that run free are in {@link KnownTrapsTest}.
 */
final class Linchecks {
  private Linchecks() {}

  /** Checks that {@code parallel} answers as {@code inOrder} does for some order of the calls. */
  static void check(Class<?> parallel, Class<?> inOrder) {
    new ModelCheckingOptions()
        .iterations(6)
        .invocationsPerIteration(80)
        .threads(3)
        .actorsPerThread(3)
        .actorsBefore(2)
        .actorsAfter(2)
        .sequentialSpecification(inOrder)
        .check(parallel);
  }

  /** Checks what {@code parallel} validates by itself after each run. */
  static void check(Class<?> parallel) {
    check(parallel, parallel);
  }
}
