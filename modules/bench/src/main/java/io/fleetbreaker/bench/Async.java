package io.fleetbreaker.bench;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeExecutor;
import io.fleetbreaker.TripPolicy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
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
 * A guarded asynchronous call that succeeds, on a closed breaker: one method per library for a
 * stage that has completed when it is returned, and two for one that completes later.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
@Fork(
    value = 3,
    jvmArgsAppend = {"-Xms1g", "-Xmx1g", "-XX:+AlwaysPreTouch"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class Async {
  private static final CompletionStage<String> COMPLETED =
      CompletableFuture.completedFuture("fine");
  private static final Supplier<CompletionStage<String>> CALL = () -> COMPLETED;

  private final Worker ours = Breakers.fleetbreaker(TripPolicy.DEFAULT);
  private final io.github.resilience4j.circuitbreaker.CircuitBreaker count =
      Breakers.resilience4j(Breakers.resilience4jCount());
  private final FailsafeExecutor<Object> failsafe =
      Failsafe.with(Breakers.failsafe()).with((Executor) Runnable::run);
  private final CircuitBreaker pekko = Breakers.pekko(ours, 5);

  /** Ends the actors. */
  @TearDown
  public void close() {
    ours.close();
  }

  /** Ours. */
  @Benchmark
  public CompletionStage<String> fleetbreaker_default() {
    return ours.gate().callAsync(CALL);
  }

  /** Resilience4j over the last 100 calls. */
  @Benchmark
  public CompletionStage<String> resilience4j_count() {
    return count.executeCompletionStage(CALL);
  }

  /** Failsafe, on the calling thread. */
  @Benchmark
  public CompletionStage<String> failsafe_stage() {
    return failsafe.getStageAsync(CALL::get);
  }

  /** Pekko's breaker. */
  @Benchmark
  public CompletionStage<String> pekko_stage() {
    return pekko.callWithCircuitBreakerCS(CALL::get);
  }

  /** Ours, completed after it was returned. */
  @Benchmark
  public CompletionStage<String> fleetbreaker_later() {
    CompletableFuture<String> later = new CompletableFuture<>();
    CompletionStage<String> guarded = ours.gate().callAsync(() -> later);
    later.complete("fine");
    return guarded;
  }

  /** Resilience4j, completed after it was returned. */
  @Benchmark
  public CompletionStage<String> resilience4j_later() {
    CompletableFuture<String> later = new CompletableFuture<>();
    CompletionStage<String> guarded = count.executeCompletionStage(() -> later);
    later.complete("fine");
    return guarded;
  }
}
