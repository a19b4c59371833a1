package io.fleetbreaker.cli.check;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What to check.
 *
 * @param urls of the fleet's balancer, or of every worker where there is none
 * @param workers how many the fleet is expected to have
 * @param provider to trip; the fleet's first if empty
 * @param timeout for each of the steps: finding the workers, the trip, the reset
 * @param resetFirst whether a provider that is not closed is reset before the check
 */
public record CheckSettings(
    List<URI> urls, int workers, Optional<String> provider, Duration timeout, boolean resetFirst) {

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
  }
}
