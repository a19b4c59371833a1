package io.fleetbreaker;

import java.io.Serializable;

/**
 * What happened at one provider that did not serve a call made through a {@link Failover}.
 * Immutable. {@code toString} says it in words.
 *
 * <pre>{@code
 * ProviderCall<String> call = provider -> {
 *   if (provider.equals("openai")) throw new java.io.IOException("connection reset");
 *   return "Hello from " + provider;
 * };
 * List<Attempt> tried = fleet.failover().call(call).tried();
 *
 * assert tried.get(0) instanceof Attempt.Failed;
 * assert tried.toString().equals("[openai failed with java.io.IOException: connection reset]");
 * }</pre>
 */
public sealed interface Attempt extends Serializable {
  /** Which provider. */
  String provider();

  /**
   * Its breaker did not admit the call, which was not made.
   *
   * @param refusal says in which state, and for how long
   */
  record Refused(CallNotPermittedException refusal) implements Attempt {
    @Override
    public String provider() {
      return refusal.provider();
    }

    /** {@code openai is OPEN for another 1200 ms}. */
    @Override
    public String toString() {
      long millis = refusal.remaining().toMillis();
      return provider()
          + " is "
          + refusal.override().<Object>map(mode -> mode).orElse(refusal.state())
          + (refusal.remaining().isZero() ? "" : " for another " + millis + " ms");
    }
  }

  /**
   * The call was made and failed in a way that counts against the provider.
   *
   * @param error without the wrapper that stages put around it
   */
  record Failed(String provider, Throwable error) implements Attempt {
    /** {@code openai failed with java.net.ConnectException: refused}. */
    @Override
    public String toString() {
      return provider + " failed with " + error;
    }
  }

  /**
   * The call was made and its result counts as a failure. The result is not kept.
   *
   * @param reason what the provider's {@link OutcomeClassifier} says of it; may be empty
   */
  record Unaccepted(String provider, String reason) implements Attempt {
    /** {@code openai gave a result that counts as a failure: HTTP 503}. */
    @Override
    public String toString() {
      return provider
          + " gave a result that counts as a failure"
          + (reason.isEmpty() ? "" : ": " + reason);
    }
  }
}
