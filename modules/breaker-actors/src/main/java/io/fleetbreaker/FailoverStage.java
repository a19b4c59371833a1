package io.fleetbreaker;

import io.fleetbreaker.WaitingRoom.Ticket;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The stage of one asynchronous call over the providers. Who ends it before it is served, by
 * cancelling it or with an exception, ends the moving on.
 */
final class FailoverStage<T> extends CompletableFuture<Served<T>> {
  private final Tries<T> tries;
  private final Function<? super String, ? extends CompletionStage<T>> call;

  private final AtomicInteger turns = new AtomicInteger();

  /** The admission that the next turn begins with; handed from turn to turn. */
  private @Nullable Admission given;

  /** Written by whoever goes on, read by who cancels. */
  private volatile @Nullable Running<T> running;

  private volatile @Nullable Ticket ticket;

  private record Running<T>(Permit permit, CompletionStage<T> stage) {}

  FailoverStage(Tries<T> tries, Function<? super String, ? extends CompletionStage<T>> call) {
    this.tries = tries;
    this.call = call;
  }

  /** Begins when the ticket ends. Not on the thread that ends it: {@code call} may take long. */
  void beginAfter(Ticket wait) {
    ticket = wait;
    CompletionStage<Optional<Admission>> end = wait;
    end.whenCompleteAsync(
        (admission, gone) -> {
          if (gone == null) {
            waited(admission);
          }
        });
  }

  private void waited(Optional<Admission> admission) {
    if (admission.isPresent()) {
      tries.restart(admission.get());
    } else {
      tries.refusedAgain();
    }
    begin(admission.orElse(null));
  }

  /** Makes the call where it is admitted first; null if nowhere. */
  void begin(@Nullable Admission first) {
    given = first;
    moveOn();
  }

  /**
   * Takes turns until a call is on its way. A stage that has failed at once comes here from within
   * the turn that has made it; its turn is left to the loop below, so that none is deeper in the
   * stack than the first.
   */
  private void moveOn() {
    if (turns.getAndIncrement() == 0) {
      do {
        turn();
      } while (turns.decrementAndGet() != 0);
    }
  }

  private void turn() {
    Admission admission = given;
    given = null;
    if (isDone()) {
      if (admission != null) {
        admission.permit().ignore();
      }
      return;
    }
    if (admission == null) {
      admission = tries.next();
    }
    if (admission == null) {
      conclude();
    } else {
      make(admission);
    }
  }

  private void make(Admission admission) {
    @Nullable CompletionStage<T> stage;
    try {
      stage = call.apply(admission.provider());
    } catch (Throwable e) {
      ended(admission, null, e);
      return;
    }
    if (stage == null) {
      admission.permit().ignore();
      fail(new NullPointerException("the call returned null instead of a stage"));
      return;
    }
    Running<T> now = new Running<>(admission.permit(), stage);
    running = now;
    if (isDone()) {
      stop(now);
    }
    stage.whenComplete((result, error) -> ended(admission, result, error));
  }

  private void ended(Admission admission, @Nullable T result, @Nullable Throwable error) {
    if (error != null) {
      if (tries.failed(admission, error)) {
        moveOn();
      } else {
        fail(Tries.unwrapped(error));
      }
      return;
    }
    @SuppressWarnings("NullAway") // A stage may complete with null, which then is a T.
    Served<T> served = tries.answered(admission, result);
    if (served == null) {
      moveOn();
    } else {
      complete(served);
    }
  }

  private void conclude() {
    try {
      complete(tries.conclusion());
    } catch (AllProvidersFailedException e) {
      fail(e);
    }
  }

  private void fail(Throwable error) {
    super.completeExceptionally(error);
  }

  /** From outside, such as by a time-out: the provider that has not answered is to blame. */
  @Override
  public boolean completeExceptionally(Throwable error) {
    Running<T> current = running;
    if (current != null) {
      current.permit().error(error);
    }
    boolean completed = super.completeExceptionally(error);
    leave();
    return completed;
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    Running<T> current = running;
    if (current != null) {
      current.permit().ignore();
    }
    boolean cancelled = super.cancel(mayInterruptIfRunning);
    // Not the one of before: it may just have failed and another one begun.
    Running<T> last = running;
    if (isCancelled() && last != null) {
      stop(last);
    }
    leave();
    return cancelled;
  }

  private void leave() {
    Ticket wait = ticket;
    if (wait != null) {
      wait.cancel(false);
    }
  }

  private static void stop(Running<?> call) {
    call.permit().ignore();
    try {
      call.stage().toCompletableFuture().cancel(true);
    } catch (UnsupportedOperationException e) {
      // A stage that cannot be cancelled goes on for nobody.
      return;
    }
  }
}
