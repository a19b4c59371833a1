package io.fleetbreaker.embedded;

/** No Redis server could be started. The message lists what was tried and what to do. */
public final class EmbeddedRedisException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says what failed and what to do. */
  public EmbeddedRedisException(String message) {
    super(message);
  }
}
