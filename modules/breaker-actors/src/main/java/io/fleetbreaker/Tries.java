package io.fleetbreaker;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The books of one call over the providers: who comes next, and what happened so far. For one
 * thread at a time.
 */
final class Tries<T> {
  private final List<CircuitBreaker> breakers;

  /** Most calls are served by the first provider and need no list. */
  private List<Attempt> attempts = List.of();

  private int next;

  /** Has a turn out of its order, since it ended a wait. */
  private @Nullable CircuitBreaker first;

  /** The last result that counts as a failure, and its place among the attempts. */
  private @Nullable Served<T> answer;

  private int answerAt;

  Tries(List<CircuitBreaker> breakers) {
    this.breakers = breakers;
  }

  /** The next provider that admits the call; null if there is none left. */
  @Nullable Admission next() {
    while (next < breakers.size()) {
      CircuitBreaker breaker = breakers.get(next++);
      if (breaker != first) {
        Admission admission = Admission.of(breaker);
        if (admission != null) {
          return admission;
        }
        add(new Attempt.Refused(breaker.refusal()));
      }
    }
    return null;
  }

  /** All have refused; now, after a wait, one admits the call, and the others may do so again. */
  void restart(Admission admission) {
    attempts = List.of();
    next = 0;
    first = admission.breaker();
  }

  /** All have refused and still do after a wait. */
  void refusedAgain() {
    attempts = List.of();
    breakers.forEach(breaker -> add(new Attempt.Refused(breaker.refusal())));
  }

  /**
   * Settles a call that has thrown.
   *
   * @return whether that counts against the provider, so that the next one should be asked
   */
  boolean failed(Admission admission, Throwable thrown) {
    Outcome outcome = outcome(admission, thrown);
    admission.permit().settle(outcome);
    if (outcome.kind() != Outcome.Kind.FAILURE) {
      return false;
    }
    add(new Attempt.Failed(admission.provider(), unwrapped(thrown)));
    return true;
  }

  /**
   * Settles a call that has returned.
   *
   * @return the answer, or null if it counts against the provider
   */
  @Nullable Served<T> answered(Admission admission, T result) {
    Outcome outcome = outcome(admission, result);
    admission.permit().settle(outcome);
    if (outcome.kind() != Outcome.Kind.FAILURE) {
      return new Served<>(admission.provider(), result, true, attempts);
    }
    answer = new Served<>(admission.provider(), result, false, List.of());
    answerAt = attempts.size();
    add(new Attempt.Unaccepted(admission.provider(), outcome.reason()));
    return null;
  }

  /**
   * What is left to say when no provider is left to ask: the last answer, though it counts as a
   * failure.
   *
   * @throws AllProvidersFailedException if there was none
   */
  Served<T> conclusion() {
    if (answer == null) {
      throw new AllProvidersFailedException(attempts);
    }
    List<Attempt> others = new ArrayList<>(attempts);
    others.remove(answerAt);
    return new Served<>(answer.provider(), answer.result(), false, others);
  }

  /** {@code thrown} without the wrapper that stages put around it. */
  static Throwable unwrapped(Throwable thrown) {
    boolean wrapper = thrown instanceof CompletionException || thrown instanceof ExecutionException;
    Throwable cause = thrown.getCause();
    return wrapper && cause != null ? cause : thrown;
  }

  private void add(Attempt attempt) {
    if (attempts.isEmpty()) {
      attempts = new ArrayList<>();
    }
    attempts.add(attempt);
  }

  private static Outcome outcome(Admission admission, Throwable thrown) {
    try {
      return admission.breaker().settings().classifier().ofException(thrown);
    } catch (Throwable e) {
      // The breaker meets the same exception, complains of it, and counts as without a classifier.
      admission.permit().error(thrown);
      return OutcomeClassifier.defaults().ofException(thrown);
    }
  }

  private static Outcome outcome(Admission admission, @Nullable Object result) {
    try {
      return admission.breaker().settings().classifier().ofResult(result);
    } catch (Throwable e) {
      admission.permit().result(result);
      return Outcome.success();
    }
  }
}
