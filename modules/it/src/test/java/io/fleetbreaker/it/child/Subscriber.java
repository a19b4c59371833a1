package io.fleetbreaker.it.child;

import io.fleetbreaker.redis.FleetStore;
import java.time.Duration;

/** Prints every event it receives as {@code event <worker> <failure count>}. */
public final class Subscriber {
  private Subscriber() {}

  public static void main(String[] args) throws InterruptedException {
    Parent parent = Parent.listen();
    try (FleetStore store = Parent.store();
        FleetStore.Subscription subscription =
            store.subscribe(
                FleetStore.EventListener.of(
                    event -> parent.say("event " + event.worker() + " " + event.failureCount())))) {
      parent.say("subscribed " + subscription.awaitSubscribed(Duration.ofSeconds(30)));
      parent.nextCommand();
    }
  }
}
