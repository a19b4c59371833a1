package io.fleetbreaker;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a guarded call says about its provider's health. Immutable.
 *
 * <p>A failure may carry a reason for people and the provider's own word on when to come back; both
 * are those of the breaker's opening if this failure is the one that opens it.
 *
 * <pre>{@code
 * Permit permit = breaker.tryAcquire().orElseThrow(breaker::refusal);
 * permit.settle(Outcome.failure("HTTP 429").retryAfter(Duration.ofSeconds(20)));
 * breaker.tryAcquire().orElseThrow(breaker::refusal).settle(Outcome.ignored());
 * assert breaker.view().counts().failed() == 1 && breaker.view().counts().ignored() == 1;
 * }</pre>
 */
public final class Outcome {
  /** How an outcome counts. */
  public enum Kind {
    /** The provider did what it is there for. */
    SUCCESS,
    /** Counts against the provider. */
    FAILURE,
    /** Says nothing about the provider; a probe's permit goes back. */
    IGNORED
  }

  private static final Outcome SUCCESS = new Outcome(Kind.SUCCESS, "", null);
  private static final Outcome FAILURE = new Outcome(Kind.FAILURE, "", null);
  private static final Outcome IGNORED = new Outcome(Kind.IGNORED, "", null);

  private final Kind kind;
  private final String reason;
  private final @Nullable Duration retryAfter;

  private Outcome(Kind kind, String reason, @Nullable Duration retryAfter) {
    this.kind = kind;
    this.reason = reason;
    this.retryAfter = retryAfter;
  }

  /** The provider did what it is there for. */
  public static Outcome success() {
    return SUCCESS;
  }

  /** Counts against the provider. */
  public static Outcome failure() {
    return FAILURE;
  }

  /**
   * Counts against the provider; {@code reason}, if there is one, goes to logs and to the other
   * workers.
   */
  public static Outcome failure(@Nullable String reason) {
    return new Outcome(Kind.FAILURE, reason == null ? "" : reason, null);
  }

  /**
   * Counts against the provider, because it will refuse every call until somebody mends this
   * worker's configuration: an invalid API key. The breaker's reason contains {@code misconfigured}
   * if this failure opens it.
   */
  public static Outcome misconfigured(@Nullable String reason) {
    return failure(reason == null ? "misconfigured" : "misconfigured: " + reason);
  }

  /** Says nothing about the provider. */
  public static Outcome ignored() {
    return IGNORED;
  }

  /**
   * This failure, with the provider's word on when to come back. If it opens the breaker, that is
   * the open time, within the bounds of {@link OpenTime#clamp}.
   *
   * @throws IllegalStateException if this is no failure
   */
  public Outcome retryAfter(Duration wait) {
    if (kind != Kind.FAILURE) {
      throw new IllegalStateException("only a failure says when to retry, this is " + kind);
    }
    return new Outcome(kind, reason, wait);
  }

  /** How it counts. */
  public Kind kind() {
    return kind;
  }

  /** Why, for people; empty if nothing is known. */
  public String reason() {
    return reason;
  }

  /** How long the provider asked to be left alone. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }

  @Override
  public String toString() {
    return kind
        + (reason.isEmpty() ? "" : " (" + reason + ")")
        + (retryAfter == null ? "" : ", retry after " + retryAfter);
  }
}
