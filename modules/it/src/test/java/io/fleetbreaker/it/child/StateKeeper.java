package io.fleetbreaker.it.child;

import io.fleetbreaker.State;
import io.fleetbreaker.redis.FleetStore;
import io.fleetbreaker.redis.StoredState;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/**
 * Reads and writes states: {@code set <provider> <state> <failures>} answers whether it was
 * written, {@code get <provider>} answers {@code <state> <failures>} or {@code none}.
 */
public final class StateKeeper {
  private StateKeeper() {}

  public static void main(String[] args) throws InterruptedException {
    Parent parent = Parent.listen();
    try (FleetStore store = Parent.store()) {
      parent.say("ready " + store.health().reachable());
      while (true) {
        String[] command = parent.nextCommand();
        parent.answer(command[0].equals("set") ? set(store, command) : get(store, command[1]));
      }
    }
  }

  private static String set(FleetStore store, String[] command) {
    State state = State.valueOf(command[2].toUpperCase(Locale.ROOT));
    int failures = Integer.parseInt(command[3]);
    StoredState stored = StoredState.legacy(state, failures, 0, Instant.now());
    return String.valueOf(store.setState(command[1], stored, Duration.ofMinutes(1)));
  }

  private static String get(FleetStore store, String provider) {
    return store
        .getState(provider)
        .map(state -> state.state().wireName() + " " + state.failureCount())
        .orElse("none");
  }
}
