package io.fleetbreaker.http;

/**
 * Who makes a request.
 *
 * @param name the token's name, or {@code anonymous}
 * @param role what the caller may do
 * @param authenticated whether a token says so; false where no tokens are configured
 */
record Caller(String name, Role role, boolean authenticated) {
  /** Everybody, where no tokens are configured. */
  static final Caller ANYBODY = new Caller("anonymous", Role.ADMIN, false);
}
