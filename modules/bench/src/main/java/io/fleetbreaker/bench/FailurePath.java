package io.fleetbreaker.bench;

import io.fleetbreaker.CallWindow;
import io.fleetbreaker.TripCondition;
import io.fleetbreaker.TripPolicy;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.pattern.CircuitBreaker;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A guarded call that fails with an exception without a stack trace, on a breaker that stays
 * closed: one method per library.
 *
 * <p>Each breaker would open if all calls failed for long enough, so that it must count them. It
 * does not, since one call in {@link #CALLS_A_SUCCESS} of each thread succeeds, in every method.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
@Fork(
    value = 3,
    jvmArgsAppend = {"-Xms1g", "-Xmx1g", "-XX:+AlwaysPreTouch"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class FailurePath {
  private static final int CALLS_A_SUCCESS = 50;

  /** More failures in a row than come between two successes. */
  private static final int NEVER_IN_A_ROW = 1_000_000;

  private final Worker byDefault =
      Breakers.fleetbreaker(TripPolicy.consecutiveFailures(NEVER_IN_A_ROW));
  private final Worker byRate =
      Breakers.fleetbreaker(
          TripPolicy.anyOf(
              new TripCondition.FailureRate(100, 100, CallWindow.time(Duration.ofSeconds(10)))));
  private final io.github.resilience4j.circuitbreaker.CircuitBreaker count =
      Breakers.resilience4j(Breakers.resilience4jCount().failureRateThreshold(100));
  private final io.github.resilience4j.circuitbreaker.CircuitBreaker time =
      Breakers.resilience4j(Breakers.resilience4jTime().failureRateThreshold(100));
  private final dev.failsafe.CircuitBreaker<Object> failsafe =
      dev.failsafe.CircuitBreaker.builder()
          .withFailureThreshold(100, 100)
          .withDelay(Breakers.NEVER)
          .build();
  private final CircuitBreaker pekko = Breakers.pekko(byDefault, NEVER_IN_A_ROW);

  /** What the guarded call does, counted by each thread for itself. */
  @State(Scope.Thread)
  public static class Provider implements Callable<String> {
    private static final Failure FAILURE = new Failure();

    private int untilSuccess = CALLS_A_SUCCESS;

    @Override
    public String call() {
      if (--untilSuccess == 0) {
        untilSuccess = CALLS_A_SUCCESS;
        return "fine";
      }
      throw FAILURE;
    }
  }

  /** What a provider's client may throw; made once. */
  static final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Failure() {
      super("unavailable", null, false, false);
    }
  }

  /** Ends the actors. */
  @TearDown
  public void close() {
    byDefault.close();
    byRate.close();
  }

  /** The least it can cost: to throw and to catch. */
  @Benchmark
  public Object floor(Provider provider) {
    try {
      return provider.call();
    } catch (Failure e) {
      return e;
    }
  }

  /** Ours, counting consecutive failures. */
  @Benchmark
  public Object fleetbreaker_default(Provider provider) throws Exception {
    try {
      return byDefault.gate().call(provider);
    } catch (Failure e) {
      return e;
    }
  }

  /** Ours, by failure rate over the last 10 seconds. */
  @Benchmark
  public Object fleetbreaker_rate(Provider provider) throws Exception {
    try {
      return byRate.gate().call(provider);
    } catch (Failure e) {
      return e;
    }
  }

  /** Resilience4j over the last 100 calls. */
  @Benchmark
  public Object resilience4j_count(Provider provider) throws Exception {
    try {
      return count.executeCallable(provider);
    } catch (Failure e) {
      return e;
    }
  }

  /** Resilience4j over the last 10 seconds. */
  @Benchmark
  public Object resilience4j_time(Provider provider) throws Exception {
    try {
      return time.executeCallable(provider);
    } catch (Failure e) {
      return e;
    }
  }

  /** Failsafe over the last 100 calls, with its permit. */
  @Benchmark
  public Object failsafe_permit(Provider provider) {
    if (!failsafe.tryAcquirePermit()) {
      throw new IllegalStateException();
    }
    try {
      String result = provider.call();
      failsafe.recordSuccess();
      return result;
    } catch (Failure e) {
      failsafe.recordException(e);
      return e;
    }
  }

  /** Pekko's breaker around a synchronous call, counting consecutive failures. */
  @Benchmark
  public Object pekko_sync(Provider provider) throws Exception {
    try {
      return pekko.callWithSyncCircuitBreaker(provider);
    } catch (Failure e) {
      return e;
    }
  }
}
