package io.fleetbreaker.bench;

import io.fleetbreaker.CallNotPermittedException;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A call that an open breaker refuses: as a boolean, and as an exception. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
@Fork(
    value = 3,
    jvmArgsAppend = {"-Xms1g", "-Xmx1g", "-XX:+AlwaysPreTouch"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class Rejection {
  private static final Callable<String> CALL = () -> "never";

  private final Worker ours = Breakers.fleetbreakerOpen();
  private final io.github.resilience4j.circuitbreaker.CircuitBreaker resilience4j =
      Breakers.resilience4j(Breakers.resilience4jCount().writableStackTraceEnabled(false));
  private final dev.failsafe.CircuitBreaker<Object> failsafe = Breakers.failsafe();

  /** Opens the peers. */
  @Setup
  public void open() {
    resilience4j.transitionToOpenState();
    failsafe.open();
  }

  /** Ends the actors. */
  @TearDown
  public void close() {
    ours.close();
  }

  /** Ours, without an exception. */
  @Benchmark
  public boolean fleetbreaker_boolean() {
    return ours.gate().tryAcquire().isPresent();
  }

  /** Failsafe, without an exception. */
  @Benchmark
  public boolean failsafe_boolean() {
    return failsafe.tryAcquirePermit();
  }

  /** Resilience4j, without an exception. */
  @Benchmark
  public boolean resilience4j_boolean() {
    return resilience4j.tryAcquirePermission();
  }

  /** Ours, as an exception. */
  @Benchmark
  public Object fleetbreaker_exception() throws Exception {
    try {
      return ours.gate().call(CALL);
    } catch (CallNotPermittedException e) {
      return e;
    }
  }

  /** Resilience4j, as an exception without a stack trace. */
  @Benchmark
  public Object resilience4j_exception() throws Exception {
    try {
      return resilience4j.executeCallable(CALL);
    } catch (io.github.resilience4j.circuitbreaker.CallNotPermittedException e) {
      return e;
    }
  }
}
