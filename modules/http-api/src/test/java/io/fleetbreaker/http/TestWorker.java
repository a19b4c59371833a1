package io.fleetbreaker.http;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.Permit;
import io.fleetbreaker.State;
import io.fleetbreaker.fleet.ResetOutcome;
import io.fleetbreaker.fleet.SyncStatus;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A worker with breakers of its own and nothing behind them. */
final class TestWorker implements WorkerFacade {
  static final SyncStatus IN_SYNC =
      new SyncStatus(SyncStatus.Mode.OK, true, true, Optional.of(Duration.ZERO), "", 7, 2, "");
  static final SyncStatus ALONE =
      new SyncStatus(
          SyncStatus.Mode.DEGRADED,
          false,
          false,
          Optional.empty(),
          "redis refuses connections",
          0,
          0,
          "");

  private final String workerId;
  private final Map<String, TestBreaker> breakers = new LinkedHashMap<>();
  private final AtomicInteger resets = new AtomicInteger();
  private volatile SyncStatus sync = IN_SYNC;
  private volatile CompletionStage<ResetOutcome> resetOutcome =
      CompletableFuture.completedFuture(ResetOutcome.COMMITTED);
  private volatile @Nullable Supplier<RuntimeException> fault;

  private TestWorker(String workerId, List<TestBreaker> breakers) {
    this.workerId = workerId;
    breakers.forEach(breaker -> this.breakers.put(breaker.view().provider(), breaker));
  }

  /** The default fleet's two providers, given in the wrong order. */
  static TestWorker named(String workerId) {
    return new TestWorker(
        workerId, List.of(new TestBreaker("anthropic", 2, 5), new TestBreaker("openai", 1, 3)));
  }

  static TestWorker of(TestBreaker... breakers) {
    return new TestWorker("host-a:4711:1795313749263:abcd", List.of(breakers));
  }

  TestBreaker breaker(String provider) {
    TestBreaker breaker = breakers.get(provider);
    if (breaker == null) {
      throw new IllegalArgumentException("no breaker " + provider);
    }
    return breaker;
  }

  void become(SyncStatus status) {
    sync = status;
  }

  void answerResetsWith(CompletionStage<ResetOutcome> outcome) {
    resetOutcome = outcome;
  }

  void failWith(Supplier<RuntimeException> failure) {
    fault = failure;
  }

  int resets() {
    return resets.get();
  }

  @Override
  public String workerId() {
    return workerId;
  }

  @Override
  public List<BreakerView> views() {
    Supplier<RuntimeException> failure = fault;
    if (failure != null) {
      throw failure.get();
    }
    return breakers.values().stream().map(TestBreaker::view).toList();
  }

  @Override
  public Optional<BreakerView> view(String provider) {
    return Optional.ofNullable(breakers.get(provider)).map(TestBreaker::view);
  }

  @Override
  public Optional<Permit> tryAcquire(String provider) {
    return breaker(provider).tryAcquire();
  }

  @Override
  public CompletionStage<ResetOutcome> reset(String provider, String reason) {
    breaker(provider).become(State.CLOSED);
    resets.incrementAndGet();
    return resetOutcome;
  }

  @Override
  public SyncStatus sync() {
    return sync;
  }

  @Override
  public Duration uptime() {
    return Duration.ofMillis(12_345);
  }
}
