package io.fleetbreaker.it.child;

import io.fleetbreaker.redis.BreakerEvent;
import io.fleetbreaker.redis.FleetStore;
import java.time.Instant;
import java.util.Optional;

/** Publishes so many events, numbered from 1, when told to. Arguments: its name, how many. */
public final class Publisher {
  private Publisher() {}

  public static void main(String[] args) throws InterruptedException {
    Parent parent = Parent.listen();
    String name = args[0];
    int events = Integer.parseInt(args[1]);
    try (FleetStore store = Parent.store()) {
      parent.say("ready " + store.health().reachable());
      while (true) {
        parent.nextCommand();
        for (int number = 1; number <= events; number++) {
          store.publish(
              new BreakerEvent(
                  "openai",
                  BreakerEvent.Type.FAILURE,
                  name,
                  Instant.now(),
                  number,
                  0,
                  Optional.empty()));
        }
        parent.say("published");
      }
    }
  }
}
