package io.fleetbreaker.streams;

import io.fleetbreaker.CallNotPermittedException;
import io.fleetbreaker.CircuitBreaker;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Flow;
import org.jspecify.annotations.Nullable;

/**
 * Stages of a Pekko stream that make one guarded call for each element. The results keep the order
 * of the elements.
 *
 * <p>A call is counted when its stage completes, as by {@link CircuitBreaker#callAsync}. A stream
 * that is cancelled or fails does not cancel the calls that are in flight; they are counted when
 * they end, so that no permit is lost.
 *
 * <pre>{@code
 * var system = org.apache.pekko.actor.ActorSystem.create();
 * var asked = org.apache.pekko.stream.javadsl.Source.from(List.of(1, 2, 3))
 *     .via(BreakerFlow.tryMapAsync(2, breaker, i -> CompletableFuture.completedFuture(i * i)))
 *     .runWith(org.apache.pekko.stream.javadsl.Sink.seq(), system);
 * assert asked.toCompletableFuture().get().contains(new BreakerFlow.Served<>(3, 9));
 * system.terminate();
 * }</pre>
 */
public final class BreakerFlow {
  private BreakerFlow() {}

  /**
   * What became of one element.
   *
   * @param <I> an element
   * @param <O> what the call makes of it
   */
  public sealed interface Result<I, O> {
    /** The element. */
    I in();
  }

  /** The call has returned {@code out}, however the breaker counts that. */
  public record Served<I, O>(I in, O out) implements Result<I, O> {}

  /** The breaker refused, and no call was made. */
  public record Refused<I, O>(I in, CallNotPermittedException refusal) implements Result<I, O> {}

  /** The call failed with {@code error}, however the breaker counts that. */
  public record Failed<I, O>(I in, Throwable error) implements Result<I, O> {}

  /**
   * Calls, and passes on what the calls return. An element that the breaker refuses, or whose call
   * fails, fails the stream with that exception, unless the stream's supervision strategy resumes:
   * then it is dropped. As everywhere in Pekko Streams, a call that returns null is dropped.
   *
   * @param parallelism calls in flight at once; at least 1
   * @param call what it throws counts and fails as its stage would
   */
  public static <I, O> Flow<I, O, NotUsed> mapAsync(
      int parallelism,
      CircuitBreaker breaker,
      Function<? super I, ? extends CompletionStage<O>> call) {
    return Flow.<I>create().mapAsync(parallelism, in -> breaker.<O>callAsync(() -> call.apply(in)));
  }

  /**
   * Calls, and passes on what became of each element; neither a refusal nor a failure ends the
   * stream. While the breaker refuses, elements pass through as fast as they come: who wants to
   * wait instead puts a throttle or a retry behind it.
   *
   * @param parallelism calls in flight at once; at least 1
   * @param call what it throws counts and fails as its stage would
   */
  public static <I, O> Flow<I, Result<I, O>, NotUsed> tryMapAsync(
      int parallelism,
      CircuitBreaker breaker,
      Function<? super I, ? extends CompletionStage<O>> call) {
    return Flow.<I>create()
        .mapAsync(
            parallelism,
            in ->
                breaker
                    .<O>callAsync(() -> call.apply(in))
                    .<Result<I, O>>handle((out, error) -> result(breaker, in, out, error)));
  }

  private static <I, O> Result<I, O> result(
      CircuitBreaker breaker, I in, O out, @Nullable Throwable thrown) {
    if (thrown == null) {
      return new Served<>(in, out);
    }
    Throwable error =
        thrown instanceof CompletionException && thrown.getCause() != null
            ? thrown.getCause()
            : thrown;
    // The call may have met another provider's breaker: that is its failure.
    return error instanceof CallNotPermittedException refusal
            && refusal.provider().equals(breaker.provider())
        ? new Refused<>(in, refusal)
        : new Failed<>(in, error);
  }
}
