package io.fleetbreaker.redis;

/** Something read from Redis is not what the wire format says. The message is fit for a log. */
final class WireException extends Exception {
  private static final long serialVersionUID = 1L;

  WireException(String reason) {
    super(reason);
  }

  /** The reason alone: what is wrong, without who said so. */
  String reason() {
    return String.valueOf(getMessage());
  }
}
