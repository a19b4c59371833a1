package io.fleetbreaker.redis;

/**
 * A user of Redis and its password. Immutable; {@link #toString} shows neither.
 *
 * @param user empty for Redis's {@code default} user
 * @param password empty for none
 */
public record RedisLogin(String user, String password) {
  /** Nobody in particular: connections do not authenticate. */
  public static final RedisLogin NONE = new RedisLogin("", "");

  /** Refuses a user without a password: Redis could not tell who that is. */
  public RedisLogin {
    if (password.isEmpty() && !user.isEmpty()) {
      throw new IllegalArgumentException("password must be set if user is (redis)");
    }
  }

  boolean isNone() {
    return password.isEmpty();
  }

  @Override
  public String toString() {
    return isNone() ? "RedisLogin[none]" : "RedisLogin[***]";
  }
}
