package io.fleetbreaker.bench;

import io.fleetbreaker.TripPolicy;
import io.fleetbreaker.breaker.Gate;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Measures the heap that one provider takes, with settings, gate, window and actor, beside a
 * Resilience4j circuit breaker: unused, and after so many outcomes from each of two threads.
 *
 * <p>What one breaker takes alone, such as its actor system, is subtracted. Neither library's
 * breakers are in a registry.
 */
public final class Memory {
  private static final int BREAKERS = 100_000;
  private static final int OUTCOMES = 1_000;
  private static final double MOST = 0.5;

  private static final int COLLECTIONS_IN_VAIN = 3;
  private static final Duration PAUSE = Duration.ofMillis(200);
  private static final long NOTHING = 100_000;

  private static final Callable<String> CALL = () -> "fine";

  private Memory() {}

  /** Takes no arguments, and some minutes. */
  public static void main(String[] args) throws Exception {
    System.out.printf("%n%s%n%n%s%n", Report.machine(), table());
  }

  /** The comparison, as Markdown. */
  static String table() throws Exception {
    double peer = bytesEach(n -> resilience4j(n, breaker -> {}));
    double peerUsed = bytesEach(n -> resilience4j(n, breaker -> outcome(breaker::executeCallable)));
    double byDefault = bytesEach(n -> ours(n, TripPolicy.DEFAULT, gate -> {}));
    double byDefaultUsed = bytesEach(n -> ours(n, TripPolicy.DEFAULT, gate -> outcome(gate::call)));
    double byRateUsed = bytesEach(n -> ours(n, Breakers.RATE, gate -> outcome(gate::call)));
    return Report.table(
        List.of("heap of each of 100,000", "bytes", "Resilience4j, last 100 calls", "ratio"),
        Stream.of(
            row("default policy, unused", byDefault, peer),
            row("default policy, after 2 x 1,000 outcomes", byDefaultUsed, peerUsed),
            row("failure rate over 10 s, after 2 x 1,000 outcomes", byRateUsed, peerUsed)));
  }

  private static String row(String what, double ours, double peer) {
    double ratio = ours / peer;
    return Report.row(
        List.of(
            what,
            Report.number(ours),
            Report.number(peer),
            Report.ratio(ratio) + ", " + Report.verdict(ratio, MOST, "x")));
  }

  private static AutoCloseable ours(int count, TripPolicy policy, Consumer<Gate> use) {
    Worker worker =
        Worker.start(names(count).map(name -> Breakers.settings(name, policy)).toList());
    twice(worker.gates(), use);
    return worker;
  }

  private static AutoCloseable resilience4j(int count, Consumer<CircuitBreaker> use) {
    CircuitBreakerConfig config = Breakers.resilience4jCount().build();
    List<CircuitBreaker> breakers =
        names(count).map(name -> CircuitBreaker.of(name, config)).toList();
    twice(breakers, use);
    return () -> Reference.reachabilityFence(breakers);
  }

  private static Stream<String> names(int count) {
    return IntStream.range(0, count).mapToObj(number -> "upstream-" + number);
  }

  /** A call through a guard. */
  private interface Guard {
    String call(Callable<String> call) throws Exception;
  }

  private static void outcome(Guard guard) {
    for (int i = 0; i < OUTCOMES; i++) {
      try {
        guard.call(CALL);
      } catch (Exception e) {
        throw new IllegalStateException("the call succeeds and its breaker is closed", e);
      }
    }
  }

  /** Two threads use each of {@code all}, and begin with each at the same time. */
  private static <T> void twice(List<T> all, Consumer<T> use) {
    AtomicInteger arrived = new AtomicInteger();
    CompletableFuture<Void> other = CompletableFuture.runAsync(() -> useEach(all, use, arrived));
    useEach(all, use, arrived);
    other.join();
  }

  private static <T> void useEach(List<T> all, Consumer<T> use, AtomicInteger arrived) {
    int expected = 0;
    for (T one : all) {
      expected += 2;
      arrived.incrementAndGet();
      // A barrier that parks would wake a thread when the other has long been done.
      while (arrived.get() < expected) {
        Thread.yield();
      }
      use.accept(one);
    }
  }

  private static double bytesEach(IntFunction<AutoCloseable> breakers) throws Exception {
    long one = heapWith(breakers, 1);
    return (heapWith(breakers, BREAKERS + 1) - one) / (double) BREAKERS;
  }

  private static long heapWith(IntFunction<AutoCloseable> breakers, int count) throws Exception {
    long before = usedHeap();
    try (AutoCloseable held = breakers.apply(count)) {
      long after = usedHeap();
      Reference.reachabilityFence(held);
      return after - before;
    }
  }

  /** What is left when collecting garbage frees nothing more; ended threads let go a bit later. */
  private static long usedHeap() {
    long least = Long.MAX_VALUE;
    int inVain = 0;
    while (inVain < COLLECTIONS_IN_VAIN) {
      LockSupport.parkNanos(PAUSE.toNanos());
      System.gc();
      long now = usedNow();
      inVain = now < least - NOTHING ? 0 : inVain + 1;
      least = Math.min(least, now);
    }
    return least;
  }

  private static long usedNow() {
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
