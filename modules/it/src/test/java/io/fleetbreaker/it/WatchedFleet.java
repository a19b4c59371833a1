package io.fleetbreaker.it;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.CircuitBreaker;
import io.fleetbreaker.Permit;
import io.fleetbreaker.fleet.Fleet;
import io.fleetbreaker.fleet.FleetSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** A worker in the test's own JVM whose transitions are kept. */
final class WatchedFleet implements Member {
  private final String name;
  private final Fleet fleet;
  private final List<String[]> transitions = new CopyOnWriteArrayList<>();

  private WatchedFleet(String name, Fleet fleet) {
    this.name = name;
    this.fleet = fleet;
    fleet
        .events()
        .onTransition(
            t ->
                transitions.add(
                    new String[] {
                      t.provider(),
                      t.from().wireName()
                          + " "
                          + t.to().wireName()
                          + " "
                          + t.revision()
                          + " "
                          + t.reason()
                    }));
  }

  static WatchedFleet start(String name, FleetSettings settings) {
    return new WatchedFleet(name, Fleet.start(settings));
  }

  Fleet fleet() {
    return fleet;
  }

  CircuitBreaker breaker(String provider) {
    return fleet.breaker(provider);
  }

  /** Lets so many calls fail as open the breaker. */
  void trip(String provider) {
    for (int i = 0; i < breaker(provider).settings().tripPolicy().failuresThatOpen(); i++) {
      breaker(provider).tryAcquire().ifPresent(Permit::failure);
    }
  }

  /** Makes one call that succeeds, if it is admitted. */
  boolean succeed(String provider) {
    Optional<Permit> permit = breaker(provider).tryAcquire();
    permit.ifPresent(Permit::success);
    return permit.isPresent();
  }

  @Override
  public String view(String provider) {
    BreakerView view = breaker(provider).view();
    return String.join(
        " ",
        view.state().wireName(),
        view.revision().toString(),
        view.shared() ? "shared" : "local",
        String.valueOf(view.remaining().toMillis()),
        view.reason());
  }

  @Override
  public List<String> transitions(String provider) {
    return transitions.stream().filter(t -> t[0].equals(provider)).map(t -> t[1]).toList();
  }

  @Override
  public String describe() {
    List<String> lines = new ArrayList<>();
    fleet.breakers().forEach(b -> lines.add(b.provider() + ": " + view(b.provider())));
    transitions.forEach(t -> lines.add("transition " + String.join(" ", t)));
    return name
        + " ("
        + fleet.workerId()
        + "), "
        + fleet.sync()
        + ":\n    "
        + String.join("\n    ", lines);
  }

  @Override
  public void close() {
    fleet.close();
  }

  @Override
  public String toString() {
    return name;
  }
}
