package io.fleetbreaker.http;

/** A port could not be bound. The message names address and port, and says what to do. */
public final class HttpBindException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  HttpBindException(String message) {
    super(message);
  }

  HttpBindException(String message, Throwable cause) {
    super(message, cause);
  }
}
