package io.fleetbreaker;

import io.fleetbreaker.WaitingRoom.Ticket;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes each call to the most preferred provider that admits it, and moves on to the next one when
 * it fails. Immutable and thread-safe; make it once and keep it.
 *
 * <p>Providers are asked by priority, then by name. What a provider's {@link OutcomeClassifier}
 * counts as a failure, be it an exception or a result, moves on. Every other exception is thrown at
 * once: a mistake of the caller's own would fail everywhere, and who was cancelled or interrupted
 * wants no more calls. Each call starts from the most preferred provider, so that one that has
 * recovered is used again by itself, at first by the few calls its breaker admits as probes.
 *
 * <p>If no provider serves, and at least one of them gave a result, the last such result is the
 * answer, as {@link CircuitBreaker#call} would have given it, with {@link Served#accepted} false.
 * Results that are passed over are dropped: let a call close what an unwanted result holds open, or
 * throw instead. If there was no result, the call fails with {@link AllProvidersFailedException}.
 *
 * <pre>{@code
 * Failover failover = fleet.failover("openai", "anthropic");
 * Served<String> served = failover.call(provider -> {
 *   if (provider.equals("openai")) throw new java.io.IOException("connection reset");
 *   return "Hello from " + provider;
 * });
 *
 * assert served.result().equals("Hello from anthropic");
 * }</pre>
 */
public final class Failover {
  private final List<CircuitBreaker> breakers;
  private final WaitingRoom room;
  private final @Nullable Duration longestWait;

  private Failover(
      List<CircuitBreaker> breakers, WaitingRoom room, @Nullable Duration longestWait) {
    this.breakers = breakers;
    this.room = room;
    this.longestWait = longestWait;
  }

  /**
   * Failover over these providers, in whatever order they are given.
   *
   * @throws IllegalArgumentException if there is none, or two have the same name
   */
  public static Failover of(Collection<? extends CircuitBreaker> breakers) {
    return of(breakers, WaitingRoom.Timer.system());
  }

  /**
   * As {@link #of(Collection)}.
   *
   * @throws IllegalArgumentException if there is none, or two have the same name
   */
  public static Failover of(CircuitBreaker... breakers) {
    return of(List.of(breakers));
  }

  static Failover of(Collection<? extends CircuitBreaker> breakers, WaitingRoom.Timer timer) {
    if (breakers.isEmpty()) {
      throw new IllegalArgumentException("failover needs at least one provider, was given none");
    }
    Set<String> names = new HashSet<>();
    for (CircuitBreaker breaker : breakers) {
      if (!names.add(breaker.provider())) {
        throw new IllegalArgumentException(
            "failover needs distinct providers, was given '" + breaker.provider() + "' twice");
      }
    }
    List<CircuitBreaker> sorted =
        breakers.stream()
            .<CircuitBreaker>map(breaker -> breaker)
            .sorted(
                Comparator.comparingInt((CircuitBreaker b) -> b.settings().priority())
                    .thenComparing(CircuitBreaker::provider))
            .toList();
    return new Failover(sorted, new WaitingRoom(sorted, timer), null);
  }

  /**
   * The same, but a call that all providers refuse waits until one admits it. Nothing polls: the
   * breaker that half-opens or closes hands its permits to those who wait, first come, first
   * served, each to one; the others go on waiting. A call waits once, before anything was tried: if
   * the provider it waited for fails, the others are asked once more, and then it fails. Whoever
   * derives from one failover waits in one queue; breakers know of it only while it is not empty.
   *
   * <p>{@link #call} waits on its thread. {@link #callAsync} blocks none, and starts the call on
   * the default executor of {@link java.util.concurrent.CompletableFuture} when its wait is over.
   *
   * <pre>{@code
   * Failover patient = fleet.failover().waitingUpTo(Duration.ofSeconds(2));
   * assert patient.call(provider -> "Hello from " + provider).provider().equals("openai");
   * }</pre>
   *
   * @param longest how long a call waits in total; 1 ms to 24 h
   * @throws IllegalArgumentException if {@code longest} is out of its bounds
   */
  public Failover waitingUpTo(Duration longest) {
    Bounds.duration("the longest wait of a failover", longest, Bounds.MILLI, Bounds.DAY);
    return new Failover(breakers, room, longest);
  }

  /** The names of the providers, most preferred first. */
  public List<String> providers() {
    return breakers.stream().map(CircuitBreaker::provider).toList();
  }

  /**
   * Makes the call to one provider after the other until one serves it. An interrupted thread asks
   * no further provider.
   *
   * @throws AllProvidersFailedException if each has refused the call or thrown an exception that
   *     counts against it
   * @throws InterruptedException if the thread is interrupted while it waits for a provider to
   *     admit the call
   * @throws Exception whatever the call throws that does not count against its provider
   */
  public <T> Served<T> call(ProviderCall<? extends T> call) throws Exception {
    Tries<T> tries = new Tries<>(breakers);
    Admission admission = tries.next();
    if (admission == null && longestWait != null) {
      admission = waitFor(tries, longestWait);
    }
    while (admission != null) {
      T result;
      try {
        result = call.call(admission.provider());
      } catch (Throwable e) {
        if (!tries.failed(admission, e) || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        admission = tries.next();
        continue;
      }
      Served<T> served = tries.answered(admission, result);
      if (served != null) {
        return served;
      }
      admission = Thread.currentThread().isInterrupted() ? null : tries.next();
    }
    return tries.conclusion();
  }

  private @Nullable Admission waitFor(Tries<?> tries, Duration longest)
      throws InterruptedException {
    Ticket ticket = room.enter(longest);
    Admission admission;
    try {
      admission = ticket.get().orElse(null);
    } catch (InterruptedException e) {
      ticket.leave();
      throw e;
    } catch (ExecutionException e) {
      throw new IllegalStateException("a wait ended with an exception", e);
    }
    if (admission == null) {
      tries.refusedAgain();
    } else {
      tries.restart(admission);
    }
    return admission;
  }

  /**
   * As {@link #call}, for calls that return a stage. Blocks nothing and throws nothing: the stage
   * returned fails with what {@link #call} would throw, and so does what {@code call} throws.
   * Further providers are asked on the thread that completes the stage of the one before.
   *
   * <p>Cancelling the stage returned cancels the current provider's stage, which is ignored, or
   * ends the wait; no further provider is asked. An {@code orTimeout} on it limits the whole, and
   * counts against the provider that has not answered by then.
   *
   * <pre>{@code
   * CompletionStage<Served<String>> served =
   *     fleet.failover().callAsync(provider -> CompletableFuture.supplyAsync(() -> "Hello"));
   * assert served.toCompletableFuture().join().provider().equals("openai");
   * }</pre>
   */
  public <T> CompletionStage<Served<T>> callAsync(
      Function<? super String, ? extends CompletionStage<T>> call) {
    Tries<T> tries = new Tries<>(breakers);
    FailoverStage<T> stage = new FailoverStage<>(tries, call);
    Admission admission = tries.next();
    if (admission == null && longestWait != null) {
      stage.beginAfter(room.enter(longestWait));
    } else {
      stage.begin(admission);
    }
    return stage;
  }

  /** How many calls wait now. */
  int waiting() {
    return room.waiting();
  }
}
