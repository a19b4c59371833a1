package io.fleetbreaker.redis;

import io.fleetbreaker.sync.RevisionId;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The places for probes that one simulated worker has been lent for one provider, as a gate keeps
 * them: each is free, or a call is made on it.
 */
final class SimulatedPlaces {
  private final Map<String, Place> places = new TreeMap<>();

  /** Whether an ask is unanswered. */
  private boolean asking;

  private long askAfterNanos;
  private boolean askedBefore;

  /**
   * One place.
   *
   * @param askedAt when, by the clock of the simulation: the store has granted it then or later
   * @param generation of the breaker when it was granted
   */
  record Place(
      String lease,
      RevisionId round,
      long askedAt,
      long validUntilNanos,
      long generation,
      boolean taken) {
    boolean isValid(long nowNanos) {
      return validUntilNanos - nowNanos > 0;
    }

    Place validUntil(long nanos) {
      return new Place(lease, round, askedAt, nanos, generation, taken);
    }

    Place takenByACall() {
      return new Place(lease, round, askedAt, validUntilNanos, generation, true);
    }
  }

  boolean mayAsk(long nowNanos) {
    return !asking && (!askedBefore || nowNanos - askAfterNanos >= 0);
  }

  void asks() {
    asking = true;
  }

  void answered(long againNanos) {
    asking = false;
    askedBefore = true;
    askAfterNanos = againNanos;
  }

  /** The sync actor that was asked is gone. */
  void isNotHeard() {
    asking = false;
  }

  void add(Place place) {
    places.put(place.lease(), place);
  }

  Optional<Place> find(String lease) {
    return Optional.ofNullable(places.get(lease));
  }

  Optional<Place> takeFree(long nowNanos) {
    Optional<Place> free =
        places.values().stream().filter(p -> !p.taken() && p.isValid(nowNanos)).findFirst();
    free.ifPresent(place -> places.put(place.lease(), place.takenByACall()));
    return free;
  }

  void replace(Place place) {
    places.put(place.lease(), place);
  }

  Optional<Place> remove(String lease) {
    return Optional.ofNullable(places.remove(lease));
  }

  /** Those that this worker believes to be its own, in this round. */
  long validIn(RevisionId round, long nowNanos, long askedSince) {
    return places.values().stream()
        .filter(p -> p.round().equals(round) && p.isValid(nowNanos) && p.askedAt() >= askedSince)
        .count();
  }
}
