package io.fleetbreaker.redis;

/** The store could not be asked, or its answer made no sense. Never names a password. */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says what failed and where. */
  public StoreException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Says what was wrong with the store's answer. */
  public StoreException(String message) {
    super(message);
  }
}
