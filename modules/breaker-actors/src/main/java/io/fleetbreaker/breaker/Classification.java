package io.fleetbreaker.breaker;

import io.fleetbreaker.CallNotPermittedException;
import io.fleetbreaker.Outcome;
import io.fleetbreaker.OutcomeClassifier;
import io.fleetbreaker.ProviderSettings;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks a provider's classifier, and does without it when it throws, whatever it throws: the call
 * has ended, and its permit must be settled. Thread-safe.
 */
final class Classification {
  private static final Logger LOG = LoggerFactory.getLogger(Classification.class);

  private final String provider;
  private final OutcomeClassifier classifier;

  /** Set by whoever meets the first exception; a second log line of the same moment is harmless. */
  private volatile boolean complained;

  Classification(ProviderSettings settings) {
    this.provider = settings.name();
    this.classifier = settings.classifier();
  }

  boolean judgesResults() {
    return classifier.judgesResults();
  }

  Outcome ofException(Throwable thrown) {
    if (thrown instanceof CallNotPermittedException refusal
        && refusal.provider().equals(provider)) {
      complainOfGuardingTwice();
    }
    try {
      return classifier.ofException(thrown);
    } catch (Throwable e) {
      complain(e);
      return OutcomeClassifier.defaults().ofException(thrown);
    }
  }

  Outcome ofResult(@Nullable Object result) {
    try {
      return classifier.ofResult(result);
    } catch (Throwable e) {
      complain(e);
      return Outcome.success();
    }
  }

  /** With one probe to give, the outer guard takes it and the inner one is refused, for ever. */
  private void complainOfGuardingTwice() {
    if (!complained) {
      complained = true;
      LOG.error(
          "{}: a call that this breaker guards has asked the breaker again and was refused: guard"
              + " each call once, or the breaker cannot recover; this is said once",
          provider);
    }
  }

  private void complain(Throwable e) {
    if (!complained) {
      complained = true;
      LOG.error(
          "{}: the classifier throws, so calls count as without it; this is said once",
          provider,
          e);
    }
  }
}
