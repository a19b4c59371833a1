package io.fleetbreaker.http;

/** The process id as the seed interface shows it: a string. */
final class Pid {
  static final String TEXT = Long.toString(ProcessHandle.current().pid());

  private Pid() {}
}
