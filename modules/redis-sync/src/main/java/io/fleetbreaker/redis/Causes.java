package io.fleetbreaker.redis;

import java.util.concurrent.CompletionException;

/** Says in one line what an exception means, for logs and status. */
final class Causes {
  private Causes() {}

  static String describe(Throwable error) {
    Throwable cause =
        error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
    String message = cause.getMessage();
    return message == null || message.isBlank() ? cause.getClass().getSimpleName() : message;
  }
}
