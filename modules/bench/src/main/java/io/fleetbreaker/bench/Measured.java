package io.fleetbreaker.bench;

import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/**
 * What one run of the benchmarks has measured.
 *
 * @param threads that called at once
 * @param methods in the order in which they were run
 */
record Measured(int threads, List<Method> methods) {
  private static final String ALLOCATED = "gc.alloc.rate.norm";

  /**
   * One benchmark method.
   *
   * @param benchmark its class
   * @param name its name
   * @param nanos a call, on average
   * @param error half of the 99.9% confidence interval; NaN if too little was measured
   * @param bytes allocated a call
   */
  record Method(String benchmark, String name, double nanos, double error, double bytes) {
    private static Method of(RunResult result) {
      String[] path = result.getParams().getBenchmark().split("\\.");
      Result<?> primary = result.getPrimaryResult();
      return new Method(
          path[path.length - 2],
          path[path.length - 1],
          primary.getScore(),
          primary.getScoreError(),
          Objects.requireNonNull(
                  result.getSecondaryResults().get(ALLOCATED), "the GC profiler has not run")
              .getScore());
    }
  }

  static Measured of(int threads, Collection<RunResult> results) {
    return new Measured(threads, results.stream().map(Method::of).toList());
  }

  List<String> benchmarks() {
    return methods.stream().map(Method::benchmark).distinct().toList();
  }

  Optional<Method> find(String benchmark, String name) {
    return methods.stream()
        .filter(method -> method.benchmark().equals(benchmark) && method.name().equals(name))
        .findFirst();
  }

  /** Our time as a part of the peer's; empty if one of them was not run. */
  Optional<Double> ratio(Bound bound) {
    return find(bound.benchmark(), bound.ours())
        .flatMap(
            ours -> find(bound.benchmark(), bound.peer()).map(peer -> ours.nanos() / peer.nanos()));
  }
}
