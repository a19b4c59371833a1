package io.fleetbreaker;

import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Says how the answer of an HTTP provider counts, whatever client it came through.
 *
 * <table>
 *   <caption>Statuses and how they count</caption>
 *   <tr><th>status</th><th>outcome</th></tr>
 *   <tr><td>408, 429, 5xx</td><td>a failure, {@code HTTP 503}</td></tr>
 *   <tr><td>401, 403</td><td>a failure, {@code misconfigured: HTTP 401}</td></tr>
 *   <tr><td>all others</td><td>a success</td></tr>
 * </table>
 *
 * <p>The other 4xx are the caller's fault and show that the provider is there and works, so they
 * are successes and not ignored: a probe that meets a 404 has found what it was sent for, and in a
 * rate they are calls that the provider has served.
 *
 * <p>A {@code Retry-After} (RFC 9110, 10.2.3: seconds or a date) on a failure is its {@link
 * Outcome#retryAfter()}; {@link OpenTime#clamp} bounds what the breaker makes of it. One that
 * cannot be read is none, one in the past is zero, one beyond a year is a year. Nothing here throws
 * because of what a provider sent.
 *
 * <pre>{@code
 * Permit permit = breaker.tryAcquire().orElseThrow(breaker::refusal);
 * permit.settle(HttpOutcomes.ofStatus(429, "120", Instant.now()));
 *
 * Outcome gone = HttpOutcomes.ofStatus(404);
 * assert breaker.view().failureCount() == 1 && gone.kind() == Outcome.Kind.SUCCESS;
 * }</pre>
 */
public final class HttpOutcomes {
  private HttpOutcomes() {}

  /** How an answer with this status counts. */
  public static Outcome ofStatus(int status) {
    if (status == 401 || status == 403) {
      return Outcome.misconfigured("HTTP " + status);
    }
    boolean failed = status == 408 || status == 429 || (status >= 500 && status <= 599);
    return failed ? Outcome.failure("HTTP " + status) : Outcome.success();
  }

  /**
   * How an answer with this status counts, and when the provider wants to be asked again.
   *
   * @param retryAfter the value of the header of this name; null if there is none
   * @param now what a date in {@code retryAfter} is compared to
   */
  public static Outcome ofStatus(int status, @Nullable String retryAfter, Instant now) {
    Outcome outcome = ofStatus(status);
    if (outcome.kind() != Outcome.Kind.FAILURE || retryAfter == null) {
      return outcome;
    }
    return RetryAfter.parse(retryAfter, now).map(outcome::retryAfter).orElse(outcome);
  }

  /**
   * As {@link #ofStatus(int, String, Instant)}, with the headers at hand: a date in {@code
   * Retry-After} is compared to the provider's own {@code Date}, so that a clock that is wrong here
   * does no harm.
   *
   * @param header the first value of the header with this name, as {@code HttpHeaders::firstValue}
   * @param now used if the provider sent no {@code Date} that can be read
   */
  public static Outcome ofResponse(
      int status, Function<? super String, Optional<String>> header, Instant now) {
    Optional<String> retryAfter = header.apply("Retry-After");
    if (retryAfter.isEmpty()) {
      return ofStatus(status);
    }
    Instant sent = header.apply("Date").flatMap(date -> HttpDate.parse(date, now)).orElse(now);
    return ofStatus(status, retryAfter.get(), sent);
  }
}
