package io.fleetbreaker.httpclient;

import io.fleetbreaker.HttpOutcomes;
import io.fleetbreaker.Outcome;
import io.fleetbreaker.OutcomeClassifier;
import java.net.http.HttpResponse;
import java.time.Instant;

/**
 * Says how an {@link HttpResponse} counts, by {@link HttpOutcomes}: for breakers whose calls return
 * one. {@link GuardedHttpClient} needs none of this.
 *
 * <pre>{@code
 * ProviderSettings settings =
 *     ProviderSettings.builder("openai").classifier(HttpResponses.classifier()).build();
 *
 * assert settings.classifier().judgesResults();
 * }</pre>
 */
public final class HttpResponses {
  private HttpResponses() {}

  /** How this response counts. A body, if there is one, is not looked at. */
  public static Outcome outcome(HttpResponse<?> response) {
    return HttpOutcomes.ofResponse(
        response.statusCode(), response.headers()::firstValue, Instant.now());
  }

  /** As {@link OutcomeClassifier#defaults}, and responses count as {@link #outcome} says. */
  public static OutcomeClassifier classifier() {
    return addTo(OutcomeClassifier.builder()).build();
  }

  /**
   * Has responses count as {@link #outcome} says, unless a rule that was added earlier decides.
   *
   * @return {@code builder}
   */
  public static OutcomeClassifier.Builder addTo(OutcomeClassifier.Builder builder) {
    return builder.results(HttpResponse.class, HttpResponses::outcome);
  }
}
