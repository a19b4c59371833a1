package io.fleetbreaker;

import static io.fleetbreaker.Outcome.Kind.FAILURE;
import static io.fleetbreaker.Outcome.Kind.IGNORED;
import static io.fleetbreaker.Outcome.Kind.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class OutcomeClassifierTest {
  private static Outcome.Kind kind(OutcomeClassifier classifier, Throwable thrown) {
    return classifier.ofException(thrown).kind();
  }

  @Test
  void byDefaultExceptionsFailAndErrorsCancellationsAndInterruptsAreIgnored() {
    OutcomeClassifier defaults = OutcomeClassifier.defaults();

    assertThat(kind(defaults, new IOException())).isEqualTo(FAILURE);
    assertThat(kind(defaults, new RuntimeException())).isEqualTo(FAILURE);
    assertThat(kind(defaults, new AssertionError())).isEqualTo(IGNORED);
    assertThat(kind(defaults, new CancellationException())).isEqualTo(IGNORED);
    assertThat(kind(defaults, new InterruptedException())).isEqualTo(IGNORED);
    assertThat(defaults.ofResult(null).kind()).isEqualTo(SUCCESS);
    assertThat(defaults.judgesResults()).isFalse();
  }

  @Test
  void theWrappersOfStagesAndFuturesAreTakenOffFirst() {
    OutcomeClassifier picky = OutcomeClassifier.builder().failure(IOException.class).build();

    assertThat(kind(picky, new CompletionException(new ExecutionException(new IOException()))))
        .isEqualTo(FAILURE);
    assertThat(kind(picky, new CompletionException(new CancellationException())))
        .isEqualTo(IGNORED);
    assertThat(kind(OutcomeClassifier.defaults(), new CompletionException("bare", null)))
        .isEqualTo(FAILURE);
    assertThat(
            kind(
                OutcomeClassifier.defaults(),
                new RuntimeException("ours", new CancellationException())))
        .as("only a cancellation itself, not something caused by one")
        .isEqualTo(FAILURE);
  }

  @Test
  void aCancellationIsIgnoredWhateverTheRulesSay() {
    OutcomeClassifier all = OutcomeClassifier.builder().failureIf(e -> true).build();

    assertThat(kind(all, new CancellationException())).isEqualTo(IGNORED);
    assertThat(kind(all, new AssertionError())).isEqualTo(FAILURE);
  }

  @Test
  void namedFailuresCountByClassOrCauseAndOthersAreIgnored() {
    OutcomeClassifier picky =
        OutcomeClassifier.builder()
            .failure(IOException.class)
            .failure(TimeoutException.class)
            .build();

    assertThat(kind(picky, new FileNotFoundException())).isEqualTo(FAILURE);
    assertThat(kind(picky, new TimeoutException())).isEqualTo(FAILURE);
    assertThat(kind(picky, new UncheckedIOException(new IOException()))).isEqualTo(FAILURE);
    assertThat(kind(picky, new IllegalStateException())).isEqualTo(IGNORED);
  }

  @Test
  void anIgnoredClassWinsOverANamedFailure() {
    OutcomeClassifier classifier =
        OutcomeClassifier.builder()
            .failure(IOException.class)
            .ignore(FileNotFoundException.class)
            .build();

    assertThat(kind(classifier, new FileNotFoundException())).isEqualTo(IGNORED);
    assertThat(kind(classifier, new IOException("x", new FileNotFoundException())))
        .isEqualTo(IGNORED);
    assertThat(kind(classifier, new IOException())).isEqualTo(FAILURE);
  }

  @Test
  void withOnlyIgnoredClassesAllOthersFail() {
    OutcomeClassifier classifier =
        OutcomeClassifier.builder().ignore(IllegalArgumentException.class).build();

    assertThat(kind(classifier, new IllegalArgumentException())).isEqualTo(IGNORED);
    assertThat(kind(classifier, new IllegalStateException())).isEqualTo(FAILURE);
    assertThat(kind(classifier, new AssertionError())).isEqualTo(IGNORED);
  }

  @Test
  void rulesAreAskedInOrderOutermostExceptionFirst() {
    List<String> asked = new ArrayList<>();
    OutcomeClassifier classifier =
        OutcomeClassifier.builder()
            .exceptions(
                e -> {
                  asked.add("first " + e.getMessage());
                  return null;
                })
            .exceptions(
                e -> {
                  asked.add("second " + e.getMessage());
                  return "inner".equals(e.getMessage()) ? Outcome.failure("told") : null;
                })
            .ignore(RuntimeException.class)
            .build();

    Outcome outcome =
        classifier.ofException(new RuntimeException("outer", new RuntimeException("inner")));

    assertThat(asked).containsExactly("first outer", "second outer", "first inner", "second inner");
    assertThat(outcome.reason()).as("a rule comes before an ignored class").isEqualTo("told");
  }

  @Test
  void predicatesWalkTheCausesToo() {
    OutcomeClassifier classifier =
        OutcomeClassifier.builder()
            .ignoreIf(e -> "fine".equals(e.getMessage()))
            .failureIf(e -> e instanceof AssertionError)
            .build();

    assertThat(kind(classifier, new RuntimeException(new RuntimeException("fine"))))
        .isEqualTo(IGNORED);
    assertThat(kind(classifier, new RuntimeException("bad"))).isEqualTo(FAILURE);
    assertThat(kind(classifier, new AssertionError("bad"))).isEqualTo(FAILURE);
  }

  @Test
  void aCycleOfCausesEnds() {
    Exception one = new Exception("one");
    Exception two = new Exception("two", one);
    one.initCause(two);
    CompletionException wrapper = new CompletionException("round", null) {};
    OutcomeClassifier classifier =
        OutcomeClassifier.builder().exceptions(e -> null).ignore(IOException.class).build();

    assertThat(kind(classifier, one)).isEqualTo(FAILURE);
    assertThat(kind(classifier, wrapper)).isEqualTo(FAILURE);
  }

  @Test
  void causesAreWalkedThirtyTwoDeep() {
    OutcomeClassifier byClass = OutcomeClassifier.builder().ignore(IOException.class).build();
    OutcomeClassifier byRule =
        OutcomeClassifier.builder().ignoreIf(IOException.class::isInstance).build();

    assertThat(kind(byClass, wrapped(new IOException(), 31))).isEqualTo(IGNORED);
    assertThat(kind(byClass, wrapped(new IOException(), 32))).isEqualTo(FAILURE);
    assertThat(kind(byRule, wrapped(new IOException(), 31))).isEqualTo(IGNORED);
    assertThat(kind(byRule, wrapped(new IOException(), 32))).isEqualTo(FAILURE);
  }

  @Test
  void wrappersAreTakenOffThirtyTwoDeep() {
    Throwable most = new CancellationException();
    for (int i = 0; i < 32; i++) {
      most = new CompletionException(most);
    }

    assertThat(kind(OutcomeClassifier.defaults(), most)).isEqualTo(IGNORED);
    assertThat(kind(OutcomeClassifier.defaults(), new CompletionException(most)))
        .isEqualTo(FAILURE);
  }

  private static Throwable wrapped(Throwable inner, int times) {
    Throwable outer = inner;
    for (int i = 0; i < times; i++) {
      outer = new RuntimeException(outer);
    }
    return outer;
  }

  @Test
  void resultsAreJudgedByTypeInOrder() {
    OutcomeClassifier classifier =
        OutcomeClassifier.builder()
            .results(Integer.class, code -> code == 429 ? Outcome.failure("busy") : null)
            .failureIfResult(Integer.class, code -> code >= 500)
            .results(String.class, text -> text.isEmpty() ? Outcome.ignored() : null)
            .build();

    assertThat(classifier.judgesResults()).isTrue();
    assertThat(classifier.ofResult(429).reason()).isEqualTo("busy");
    assertThat(classifier.ofResult(500).kind()).isEqualTo(FAILURE);
    assertThat(classifier.ofResult(499).kind()).isEqualTo(SUCCESS);
    assertThat(classifier.ofResult("").kind()).isEqualTo(IGNORED);
    assertThat(classifier.ofResult("text").kind()).isEqualTo(SUCCESS);
    assertThat(classifier.ofResult(null).kind()).isEqualTo(SUCCESS);
    assertThat(classifier.ofResult(500L).kind()).isEqualTo(SUCCESS);
  }

  @Test
  void aBuilderOfAClassifierKeepsEachOfItsRules() {
    OutcomeClassifier first =
        OutcomeClassifier.builder()
            .ignoreIf(e -> "fine".equals(e.getMessage()))
            .ignore(IllegalArgumentException.class)
            .failure(RuntimeException.class)
            .failureIfResult(Integer.class, code -> code == 1)
            .build();

    OutcomeClassifier second =
        first.toBuilder().failureIfResult(Integer.class, code -> code == 2).build();

    assertThat(kind(second, new RuntimeException("fine"))).isEqualTo(IGNORED);
    assertThat(kind(second, new IllegalArgumentException())).isEqualTo(IGNORED);
    assertThat(kind(second, new RuntimeException())).isEqualTo(FAILURE);
    assertThat(kind(second, new Exception())).isEqualTo(IGNORED);
    assertThat(second.ofResult(1).kind()).isEqualTo(FAILURE);
    assertThat(second.ofResult(2).kind()).isEqualTo(FAILURE);
    assertThat(first.ofResult(2).kind()).as("the first is as it was").isEqualTo(SUCCESS);
  }
}
