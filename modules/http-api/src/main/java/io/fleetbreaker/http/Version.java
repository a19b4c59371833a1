package io.fleetbreaker.http;

import java.util.Optional;

/** Which version of Fleetbreaker this is. */
final class Version {
  /** As in the jar's manifest; {@code development} if there is no jar. */
  static final String TEXT =
      Optional.ofNullable(Version.class.getPackage().getImplementationVersion())
          .orElse("development");

  private Version() {}
}
