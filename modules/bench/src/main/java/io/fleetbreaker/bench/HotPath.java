package io.fleetbreaker.bench;

import com.alibaba.csp.sentinel.Entry;
import com.alibaba.csp.sentinel.SphU;
import com.alibaba.csp.sentinel.slots.block.BlockException;
import com.alibaba.csp.sentinel.slots.block.RuleConstant;
import com.alibaba.csp.sentinel.slots.block.degrade.DegradeRule;
import com.alibaba.csp.sentinel.slots.block.degrade.DegradeRuleManager;
import io.fleetbreaker.Permit;
import io.fleetbreaker.TripPolicy;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.apache.pekko.pattern.CircuitBreaker;
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
import org.openjdk.jmh.infra.Blackhole;

/** A guarded call that succeeds, on a closed breaker: one method per library. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
@Fork(
    value = 3,
    jvmArgsAppend = {"-Xms1g", "-Xmx1g", "-XX:+AlwaysPreTouch"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class HotPath {
  private static final Callable<String> CALL = () -> "fine";

  private final Worker byDefault = Breakers.fleetbreaker(TripPolicy.DEFAULT);
  private final Worker byRate = Breakers.fleetbreaker(Breakers.RATE);
  private final Worker timed = Breakers.fleetbreaker(Breakers.TIMED);
  private final io.github.resilience4j.circuitbreaker.CircuitBreaker count =
      Breakers.resilience4j(Breakers.resilience4jCount());
  private final io.github.resilience4j.circuitbreaker.CircuitBreaker time =
      Breakers.resilience4j(Breakers.resilience4jTime());
  private final dev.failsafe.CircuitBreaker<Object> failsafe = Breakers.failsafe();
  private final CircuitBreaker pekko = Breakers.pekko(byDefault, 5);
  private final LongAdder floor = new LongAdder();
  private volatile boolean open;

  /** Sentinel's rules are global to a JVM. */
  @Setup
  public void sentinelRules() {
    DegradeRuleManager.loadRules(
        List.of(
            new DegradeRule("bench")
                .setGrade(RuleConstant.DEGRADE_GRADE_EXCEPTION_COUNT)
                .setCount(5)
                .setTimeWindow(60)));
  }

  /** Ends the actors. */
  @TearDown
  public void close() {
    byDefault.close();
    byRate.close();
    timed.close();
  }

  /** The least it can cost: one volatile read and one striped increment. */
  @Benchmark
  public String floor_untimed() throws Exception {
    if (open) {
      throw new IllegalStateException();
    }
    String result = CALL.call();
    floor.increment();
    return result;
  }

  /** The same with the two clock readings that knowing a duration takes. */
  @Benchmark
  public String floor_timed(Blackhole blackhole) throws Exception {
    if (open) {
      throw new IllegalStateException();
    }
    long start = System.nanoTime();
    String result = CALL.call();
    blackhole.consume(System.nanoTime() - start);
    floor.increment();
    return result;
  }

  /** Ours: five consecutive failures would open it. */
  @Benchmark
  public String fleetbreaker_default() throws Exception {
    return byDefault.gate().call(CALL);
  }

  /** Ours: half of the calls of the last 10 seconds failing would open it. */
  @Benchmark
  public String fleetbreaker_rate() throws Exception {
    return byRate.gate().call(CALL);
  }

  /** Ours: half of the last 100 calls being slow would open it. */
  @Benchmark
  public String fleetbreaker_timed() throws Exception {
    return timed.gate().call(CALL);
  }

  /** Ours, with a permit. */
  @Benchmark
  public String fleetbreaker_permit() throws Exception {
    Permit permit = byDefault.gate().tryAcquire().orElseThrow();
    String result = CALL.call();
    permit.success();
    return result;
  }

  /** Resilience4j over the last 100 calls. */
  @Benchmark
  public String resilience4j_count() throws Exception {
    return count.executeCallable(CALL);
  }

  /** Resilience4j over the last 10 seconds. */
  @Benchmark
  public String resilience4j_time() throws Exception {
    return time.executeCallable(CALL);
  }

  /** Failsafe's permit and success. */
  @Benchmark
  public String failsafe_permit() throws Exception {
    if (!failsafe.tryAcquirePermit()) {
      throw new IllegalStateException();
    }
    String result = CALL.call();
    failsafe.recordSuccess();
    return result;
  }

  /** Pekko's breaker around a synchronous call. */
  @Benchmark
  public String pekko_sync() throws Exception {
    return pekko.callWithSyncCircuitBreaker(CALL);
  }

  /** Sentinel with a degrade rule for exceptions. */
  @Benchmark
  public String sentinel_exceptions() throws Exception {
    Entry entry = null;
    try {
      entry = SphU.entry("bench");
      return CALL.call();
    } catch (BlockException e) {
      throw new IllegalStateException(e);
    } finally {
      if (entry != null) {
        entry.exit();
      }
    }
  }
}
