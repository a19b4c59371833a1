package io.fleetbreaker.it.child;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.Permit;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.fleet.Fleet;
import io.fleetbreaker.fleet.FleetSettings;
import io.fleetbreaker.redis.SyncSettings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A member of a fleet: {@code fail} lets three calls to openai fail and answers how many of them
 * were admitted, {@code view} answers {@code <state> <revision> <shared or local> <failures>},
 * {@code reset} resets it.
 */
public final class FleetMember {
  /** Who starts is to wait for the fleet's state, however busy the machine is. */
  private static final Duration START_WAIT = Duration.ofSeconds(30);

  private FleetMember() {}

  public static void main(String[] args) throws InterruptedException {
    Parent parent = Parent.listen();
    try (Fleet fleet =
        Fleet.start(
            new FleetSettings(
                List.of(
                    ProviderSettings.builder("openai")
                        .priority(1)
                        .failureThreshold(3)
                        .openDuration(Duration.ofMinutes(5))
                        .halfOpenMaxCalls(1)
                        .successThreshold(1)
                        .halfOpenMaxDuration(Duration.ofMinutes(1))
                        .build()),
                Parent.redis(),
                true,
                START_WAIT,
                SyncSettings.DEFAULTS))) {
      parent.say("joined " + view(fleet));
      while (true) {
        switch (parent.nextCommand()[0]) {
          case "fail" -> parent.answer(String.valueOf(fail(fleet)));
          case "view" -> parent.answer(view(fleet));
          case "reset" ->
              parent.answer(
                  String.valueOf(fleet.reset("openai", "by a test").toCompletableFuture().join()));
          default -> parent.answer("what?");
        }
      }
    }
  }

  private static int fail(Fleet fleet) {
    int failed = 0;
    for (int i = 0; i < 3; i++) {
      Optional<Permit> permit = fleet.breaker("openai").tryAcquire();
      if (permit.isPresent()) {
        permit.get().failure();
        failed++;
      }
    }
    return failed;
  }

  private static String view(Fleet fleet) {
    BreakerView view = fleet.breaker("openai").view();
    return String.join(
        " ",
        view.state().wireName(),
        view.revision().toString(),
        view.shared() ? "shared" : "local",
        String.valueOf(view.failureCount()));
  }
}
