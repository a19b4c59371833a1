package io.fleetbreaker.http;

import java.util.Locale;

/** What a caller may do; each role may do all that those before it may. */
public enum Role {
  /** Reads. */
  VIEWER,
  /** Acts on providers. */
  OPERATOR,
  /** Takes a fleet's protection away for good, and makes failures on purpose. */
  ADMIN;

  /** Whether this role may do what {@code needed} may. */
  public boolean allows(Role needed) {
    return compareTo(needed) >= 0;
  }

  /** The name in settings and answers: {@code viewer} and so on. */
  public String settingName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
