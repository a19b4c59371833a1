package io.fleetbreaker;

/**
 * A call that can be made to any of several providers. It may run more than once, one provider
 * after the other, so it should have no effect on a provider that fails which must not happen again
 * on the next.
 *
 * <pre>{@code
 * Map<String, String> hosts = Map.of("openai", "api.openai.com", "anthropic", "api.anthropic.com");
 * ProviderCall<String> call = provider -> "asked " + hosts.get(provider);
 *
 * assert fleet.failover().call(call).result().equals("asked api.openai.com");
 * }</pre>
 *
 * @param <T> what a provider answers
 */
@FunctionalInterface
public interface ProviderCall<T> {
  /**
   * Makes the call.
   *
   * @param provider the name of the provider to ask
   * @throws Exception if it failed; the provider's {@link OutcomeClassifier} says how that counts
   */
  T call(String provider) throws Exception;
}
