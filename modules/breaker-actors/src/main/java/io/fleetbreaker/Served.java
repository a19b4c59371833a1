package io.fleetbreaker;

import java.util.List;

/**
 * The answer to a call that was made through a {@link Failover}, and who gave it. Immutable.
 *
 * <pre>{@code
 * Served<String> served = fleet.failover().call(provider -> "Hello from " + provider);
 *
 * assert served.provider().equals("openai");
 * assert served.result().equals("Hello from openai");
 * assert served.accepted() && served.tried().isEmpty();
 * }</pre>
 *
 * @param provider who gave it
 * @param result what the call returned
 * @param accepted false if the result counts as a failure of its provider, and is here because no
 *     other provider gave a better one
 * @param tried the other providers that were asked, in that order, and what happened
 * @param <T> what a provider answers
 */
public record Served<T>(String provider, T result, boolean accepted, List<Attempt> tried) {
  /** Copies the list. */
  public Served {
    tried = List.copyOf(tried);
  }
}
