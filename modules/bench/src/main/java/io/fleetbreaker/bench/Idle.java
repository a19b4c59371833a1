package io.fleetbreaker.bench;

import com.sun.management.OperatingSystemMXBean;
import io.fleetbreaker.TripPolicy;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Measures how much of a core the breakers of providers take that nobody calls. What one provider
 * takes alone is the cost of the fleet's clock, and of the JVM.
 */
public final class Idle {
  private static final int BREAKERS = 100_000;
  private static final Duration MEASURED = Duration.ofSeconds(20);

  /** In which compilers and collectors come to rest. */
  private static final Duration SETTLING = Duration.ofSeconds(5);

  private static final double MOST_PERCENT = 1;

  private Idle() {}

  /** Takes no arguments, and two minutes. */
  public static void main(String[] args) {
    System.out.printf("%n%s%n%n%s%n", Report.machine(), table());
  }

  /** What was measured, as Markdown. */
  static String table() {
    return Report.table(
        List.of("idle providers", "percent of a core: one", "100,000", "more"),
        Stream.of(
            row("default policy", TripPolicy.DEFAULT),
            row("failure rate over 10 s", Breakers.RATE)));
  }

  private static String row(String what, TripPolicy policy) {
    double one = percent(1, policy);
    double all = percent(BREAKERS, policy);
    return Report.row(
        List.of(
            what,
            Report.number(one),
            Report.number(all),
            Report.number(all - one) + ", " + Report.verdict(all - one, MOST_PERCENT, "%")));
  }

  private static double percent(int count, TripPolicy policy) {
    try (Worker worker =
        Worker.start(
            IntStream.range(0, count)
                .mapToObj(number -> Breakers.settings("upstream-" + number, policy))
                .toList())) {
      System.gc();
      rest(SETTLING);
      long before = cpuNanos();
      rest(MEASURED);
      long used = cpuNanos() - before;
      if (worker.gates().size() != count) {
        throw new IllegalStateException("the breakers are gone");
      }
      return 100.0 * used / MEASURED.toNanos();
    }
  }

  private static void rest(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private static long cpuNanos() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }
}
