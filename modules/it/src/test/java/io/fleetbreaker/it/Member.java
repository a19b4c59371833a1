package io.fleetbreaker.it;

import java.util.List;

/** A worker that a test watches, be it a JVM of its own or a fleet in the test's JVM. */
interface Member extends AutoCloseable {
  /** {@code <state> <revision> <shared or local> <remaining ms> <reason>}. */
  String view(String provider);

  /** {@code <from> <to> <revision> <reason>} of each transition since the worker joined. */
  List<String> transitions(String provider);

  /** What a failed test shows of it. */
  String describe();

  @Override
  void close();

  default String state(String provider) {
    return word(provider, 0);
  }

  default String revision(String provider) {
    return word(provider, 1);
  }

  default boolean isShared(String provider) {
    return word(provider, 2).equals("shared");
  }

  private String word(String provider, int index) {
    return view(provider).split(" ", -1)[index];
  }
}
