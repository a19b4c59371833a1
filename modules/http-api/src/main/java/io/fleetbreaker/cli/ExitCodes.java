package io.fleetbreaker.cli;

/** What the commands exit with. */
final class ExitCodes {
  /** Done. */
  static final int DONE = 0;

  /** A check failed, or the work could not be done. */
  static final int FAILED = 1;

  /** The command line or the configuration is wrong; trying again will not help. */
  static final int USAGE = 2;

  /** Nobody answers. {@code CheckResult.Verdict} gives it. */
  static final int UNREACHABLE = 3;

  private ExitCodes() {}
}
