package io.fleetbreaker.http;

import java.util.concurrent.CompletionException;

/** Unwraps what a completion stage puts around a failure. */
final class Causes {
  private Causes() {}

  static Throwable of(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }
}
