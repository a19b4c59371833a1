package io.fleetbreaker.it;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.IntConsumer;

/** How long an operation takes on this machine, for people to read. */
record Timings(Duration median, Duration longest) {
  private static final int WARM_UP = 50;
  private static final int MEASURED = 200;

  /** Measures {@code operation} and prints what came of it. */
  static Timings of(String name, Runnable operation) {
    for (int i = 0; i < WARM_UP; i++) {
      operation.run();
    }
    return of(name, MEASURED, round -> operation.run(), round -> {});
  }

  /** Measures so many rounds of {@code operation}, without {@code undo}. */
  static Timings of(String name, int rounds, IntConsumer operation, IntConsumer undo) {
    long[] nanos = new long[rounds];
    for (int i = 0; i < rounds; i++) {
      long begun = System.nanoTime();
      operation.accept(i);
      nanos[i] = System.nanoTime() - begun;
      undo.accept(i);
    }
    Arrays.sort(nanos);
    Timings timings =
        new Timings(Duration.ofNanos(nanos[rounds / 2]), Duration.ofNanos(nanos[rounds - 1]));
    print(name, "median " + millis(timings.median) + ", longest " + millis(timings.longest));
    return timings;
  }

  static void print(String name, Duration duration) {
    print(name, millis(duration));
  }

  private static void print(String name, String figures) {
    System.out.println("Measured: " + name + ": " + figures);
  }

  private static String millis(Duration duration) {
    return String.format(Locale.ROOT, "%.2f ms", duration.toNanos() / 1e6);
  }
}
