package io.fleetbreaker.breaker;

import io.fleetbreaker.Permit;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The stage of an asynchronous call that waits for a place as a probe, and is then made. It blocks
 * no thread: the answer, or an alarm when the wait is over, has it look again on the default
 * executor of {@link CompletableFuture}.
 */
final class ProbeStage<T> extends CompletableFuture<T> {
  private final Gate gate;
  private final Supplier<? extends CompletionStage<T>> call;

  private volatile Probes.@Nullable Waiter waiter;

  /** Written by whoever makes the call, read by who ends this stage early. */
  private volatile @Nullable CompletableFuture<T> guarded;

  private volatile boolean timeIsUp;

  private ProbeStage(Gate gate, Supplier<? extends CompletionStage<T>> call) {
    this.gate = gate;
    this.call = call;
  }

  static <T> CompletionStage<T> of(Gate gate, Supplier<? extends CompletionStage<T>> call) {
    Entrance found = Entrance.look(gate);
    Permit permit = found.permit();
    if (permit != null) {
      return GuardedStage.of(call, permit);
    }
    Probes.Waiter waiter = found.waiter();
    if (waiter == null) {
      gate.refused();
      return GuardedStage.refused(gate.refusal());
    }
    ProbeStage<T> stage = new ProbeStage<>(gate, call);
    FleetClock clock = gate.clock();
    FleetClock.Alarm alarm =
        clock.alarm(clock.nanos() + gate.settings().probeWait().toNanos(), stage::endWait);
    stage.await(waiter);
    CompletionStage<T> ending = stage;
    ending.whenComplete(
        (result, error) -> {
          clock.cancel(alarm);
          // Whoever has ended it: it must not keep the place of one that still waits.
          stage.wake();
        });
    return stage;
  }

  private void await(Probes.Waiter next) {
    waiter = next;
    if (timeIsUp || isDone()) {
      next.wake();
    }
    CompletionStage<Boolean> answer = next;
    answer.whenCompleteAsync((again, error) -> look(next));
  }

  private void endWait() {
    timeIsUp = true;
    wake();
  }

  private void wake() {
    Probes.Waiter current = waiter;
    if (current != null) {
      current.wake();
    }
  }

  private void look(Probes.Waiter last) {
    last.leave();
    if (isDone()) {
      return;
    }
    Entrance found = timeIsUp ? new Entrance(null, null) : Entrance.look(gate);
    Permit permit = found.permit();
    Probes.Waiter next = found.waiter();
    if (permit != null) {
      make(permit);
    } else if (next != null) {
      await(next);
    } else {
      gate.refused();
      super.completeExceptionally(gate.refusal());
    }
  }

  private void make(Permit permit) {
    if (isDone()) {
      permit.ignore();
      return;
    }
    CompletionStage<T> stage = GuardedStage.of(call, permit);
    CompletableFuture<T> made = stage.toCompletableFuture();
    guarded = made;
    if (isDone()) {
      // Ended while the call began: counts as if it had been a moment later.
      CompletionStage<T> early = this;
      early.whenComplete((result, error) -> end(made, error));
    }
    stage.whenComplete(this::ended);
  }

  private void end(CompletableFuture<T> made, @Nullable Throwable error) {
    if (error == null || isCancelled()) {
      made.cancel(true);
    } else {
      made.completeExceptionally(error);
    }
  }

  private void ended(T result, @Nullable Throwable error) {
    if (error == null) {
      complete(result);
    } else {
      super.completeExceptionally(error);
    }
  }

  @Override
  public boolean completeExceptionally(Throwable error) {
    CompletableFuture<T> made = guarded;
    if (made != null) {
      made.completeExceptionally(error);
    }
    return super.completeExceptionally(error);
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    boolean cancelled = super.cancel(mayInterruptIfRunning);
    CompletableFuture<T> made = guarded;
    if (made != null) {
      made.cancel(mayInterruptIfRunning);
    }
    return cancelled;
  }
}
