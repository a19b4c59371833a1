package io.fleetbreaker;

import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Says how the end of a call counts: as a success, as a failure, or not at all. Immutable and
 * thread-safe if the functions given to its builder are.
 *
 * <p>An exception is first freed of {@link CompletionException} and {@link ExecutionException}.
 * Then the first of these decides:
 *
 * <ol>
 *   <li>a cancellation, an interrupt and the refusal of another breaker are ignored: none of them
 *       comes from the provider;
 *   <li>what {@link Builder#exceptions} says of the exception or of one of its causes;
 *   <li>{@link Builder#ignore}: the exception or one of its causes is of such a class;
 *   <li>{@link Builder#failure}: if any were named, those count as failures and others are ignored;
 *   <li>an {@link Error} is ignored, any other exception is a failure.
 * </ol>
 *
 * <pre>{@code
 * OutcomeClassifier classifier =
 *     OutcomeClassifier.builder()
 *         .ignore(IllegalArgumentException.class)
 *         .failureIfResult(String.class, String::isEmpty)
 *         .build();
 * ProviderSettings settings = ProviderSettings.builder("openai").classifier(classifier).build();
 * assert classifier.ofException(new IllegalArgumentException()).kind() == Outcome.Kind.IGNORED;
 * assert classifier.ofResult("").kind() == Outcome.Kind.FAILURE;
 * }</pre>
 */
public final class OutcomeClassifier {
  /** A chain of causes longer than this is a cycle, or might as well be one. */
  private static final int LONGEST_CHAIN = 32;

  private static final OutcomeClassifier DEFAULTS = builder().build();

  private final List<Function<? super Throwable, @Nullable Outcome>> exceptions;
  private final List<Class<? extends Throwable>> ignored;
  private final List<Class<? extends Throwable>> failures;
  private final List<Function<@Nullable Object, @Nullable Outcome>> results;

  private OutcomeClassifier(Builder builder) {
    exceptions = List.copyOf(builder.exceptions);
    ignored = List.copyOf(builder.ignored);
    failures = List.copyOf(builder.failures);
    results = List.copyOf(builder.results);
  }

  /** Every exception but a cancellation is a failure, every result a success. */
  public static OutcomeClassifier defaults() {
    return DEFAULTS;
  }

  /** A classifier that begins as {@link #defaults}. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that begins as this classifier. */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.exceptions.addAll(exceptions);
    builder.ignored.addAll(ignored);
    builder.failures.addAll(failures);
    builder.results.addAll(results);
    return builder;
  }

  /** How a call counts that has thrown {@code thrown}, or whose stage has failed with it. */
  public Outcome ofException(Throwable thrown) {
    Throwable error = unwrapped(thrown);
    if (error instanceof CancellationException
        || error instanceof InterruptedException
        || error instanceof ClosedByInterruptException
        || error instanceof CallNotPermittedException) {
      return Outcome.ignored();
    }
    Outcome told = told(error);
    if (told != null) {
      return told;
    }
    if (!ignored.isEmpty() && isAny(error, ignored)) {
      return Outcome.ignored();
    }
    boolean counts = failures.isEmpty() ? !(error instanceof Error) : isAny(error, failures);
    return counts ? Outcome.failure() : Outcome.ignored();
  }

  /** How a call counts that has returned {@code result}. */
  public Outcome ofResult(@Nullable Object result) {
    for (Function<@Nullable Object, @Nullable Outcome> rule : results) {
      Outcome outcome = rule.apply(result);
      if (outcome != null) {
        return outcome;
      }
    }
    return Outcome.success();
  }

  /** Whether any result is not a success; if not, {@link #ofResult} need not be asked. */
  public boolean judgesResults() {
    return !results.isEmpty();
  }

  private @Nullable Outcome told(Throwable error) {
    if (exceptions.isEmpty()) {
      return null;
    }
    Throwable cause = error;
    for (int i = 0; cause != null && i < LONGEST_CHAIN; i++) {
      for (Function<? super Throwable, @Nullable Outcome> rule : exceptions) {
        Outcome outcome = rule.apply(cause);
        if (outcome != null) {
          return outcome;
        }
      }
      cause = cause.getCause();
    }
    return null;
  }

  private static boolean isAny(Throwable error, List<Class<? extends Throwable>> classes) {
    Throwable cause = error;
    for (int i = 0; cause != null && i < LONGEST_CHAIN; i++) {
      for (Class<? extends Throwable> type : classes) {
        if (type.isInstance(cause)) {
          return true;
        }
      }
      cause = cause.getCause();
    }
    return false;
  }

  private static Throwable unwrapped(Throwable thrown) {
    Throwable error = thrown;
    for (int i = 0; i < LONGEST_CHAIN && isWrapper(error) && error.getCause() != null; i++) {
      error = error.getCause();
    }
    return error;
  }

  private static boolean isWrapper(Throwable error) {
    return error instanceof CompletionException || error instanceof ExecutionException;
  }

  /** Collects rules. Not thread-safe. */
  public static final class Builder {
    private final List<Function<? super Throwable, @Nullable Outcome>> exceptions =
        new ArrayList<>();
    private final List<Class<? extends Throwable>> ignored = new ArrayList<>();
    private final List<Class<? extends Throwable>> failures = new ArrayList<>();
    private final List<Function<@Nullable Object, @Nullable Outcome>> results = new ArrayList<>();

    private Builder() {}

    /**
     * Asks {@code rule} about each exception and then about its causes, outermost first; null means
     * that it has nothing to say of this one. Rules are asked in the order they were added.
     */
    public Builder exceptions(Function<? super Throwable, @Nullable Outcome> rule) {
      exceptions.add(rule);
      return this;
    }

    /** An exception that is, or was caused by, one of this class is ignored. */
    public Builder ignore(Class<? extends Throwable> type) {
      ignored.add(type);
      return this;
    }

    /** An exception that matches, or one of whose causes does, is ignored. */
    public Builder ignoreIf(Predicate<? super Throwable> predicate) {
      return exceptions(e -> predicate.test(e) ? Outcome.ignored() : null);
    }

    /**
     * An exception that is, or was caused by, one of this class counts as a failure, and one that
     * matches no class named so is ignored.
     */
    public Builder failure(Class<? extends Throwable> type) {
      failures.add(type);
      return this;
    }

    /** An exception that matches, or one of whose causes does, counts as a failure. */
    public Builder failureIf(Predicate<? super Throwable> predicate) {
      return exceptions(e -> predicate.test(e) ? Outcome.failure() : null);
    }

    /** A result of this type counts as {@code rule} says; null means nothing to say. */
    public <T> Builder results(Class<T> type, Function<? super T, @Nullable Outcome> rule) {
      results.add(result -> type.isInstance(result) ? rule.apply(type.cast(result)) : null);
      return this;
    }

    /** A result of this type that matches counts as a failure. */
    public <T> Builder failureIfResult(Class<T> type, Predicate<? super T> predicate) {
      return results(type, result -> predicate.test(result) ? Outcome.failure() : null);
    }

    /** The classifier. */
    public OutcomeClassifier build() {
      return new OutcomeClassifier(this);
    }
  }
}
