package io.fleetbreaker.cli.check;

import io.fleetbreaker.cli.api.ApiSettings;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * What to check.
 *
 * @param urls of the fleet's balancer, or of every worker where there is none
 * @param workers how many the fleet is expected to have
 * @param provider to trip; the fleet's first if empty
 * @param timeout for each of the steps: finding the workers, the trip, the reset
 * @param resetFirst whether a provider that is not closed is reset before the check
 * @param token the bearer token that requests carry; empty for none
 * @param tls what to trust for https; empty for what Java trusts
 */
public record CheckSettings(
    List<URI> urls,
    int workers,
    Optional<String> provider,
    Duration timeout,
    boolean resetFirst,
    Optional<String> token,
    Optional<SSLContext> tls) {

  /** A check of a fleet that asks for no tokens. */
  public CheckSettings(
      List<URI> urls,
      int workers,
      Optional<String> provider,
      Duration timeout,
      boolean resetFirst) {
    this(urls, workers, provider, timeout, resetFirst, Optional.empty(), Optional.empty());
  }

  public CheckSettings {
    urls = List.copyOf(urls);
    if (urls.isEmpty()) {
      throw new IllegalArgumentException("a check needs at least one url");
    }
    if (workers < 1) {
      throw new IllegalArgumentException("workers must be at least 1, was " + workers);
    }
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("timeout must be longer than 0, was " + timeout);
    }
    token.ifPresent(ApiSettings::requireToken);
  }

  /** Everything but the token. */
  @Override
  public String toString() {
    return "CheckSettings[" + urls + ", " + workers + ", " + provider + ", " + timeout + "]";
  }
}
