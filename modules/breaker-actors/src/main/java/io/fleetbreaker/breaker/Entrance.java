package io.fleetbreaker.breaker;

import io.fleetbreaker.CallNotPermittedException;
import io.fleetbreaker.Permit;
import org.jspecify.annotations.Nullable;

/**
 * How a call gets in at a gate that does not admit every call: as a probe, in a place that is free
 * or that the fleet lends while the call waits.
 *
 * @param permit the call may be made
 * @param waiter the fleet has been asked, and the call should look again when it has answered; both
 *     null if the call is refused
 */
record Entrance(@Nullable Permit permit, Probes.@Nullable Waiter waiter) {
  private static final Entrance SHUT = new Entrance(null, null);

  /** Without waiting. A call that finds no place has the fleet asked for one, for the next call. */
  static @Nullable Permit enter(Gate gate) {
    Era current = gate.era();
    Permit permit = take(gate, current);
    if (permit == null) {
      ask(gate, current);
      gate.refused();
    }
    return permit;
  }

  /**
   * Waits for a place while the fleet is asked for one, up to the provider's longest wait.
   *
   * @throws CallNotPermittedException if there is none, or the thread is interrupted, which it
   *     stays
   */
  static Permit await(Gate gate) {
    long longest = gate.settings().probeWait().toNanos();
    long begun = gate.clock().nanos();
    Entrance found = look(gate);
    Probes.Waiter waiter = found.waiter();
    while (waiter != null) {
      boolean again = waiter.await(longest - (gate.clock().nanos() - begun));
      waiter.leave();
      found = again ? look(gate) : SHUT;
      waiter = found.waiter();
    }
    Permit permit = found.permit();
    if (permit == null) {
      gate.refused();
      throw gate.refusal();
    }
    return permit;
  }

  /** Looks for a place, asks for one if there is none, and joins those who wait for the answer. */
  static Entrance look(Gate gate) {
    while (true) {
      Era current = gate.era();
      Permit permit = take(gate, current);
      Probes probes = current.probes();
      if (permit != null || probes == null) {
        return new Entrance(permit, null);
      }
      ask(gate, current);
      if (probes.isAsking()) {
        Probes.Waiter waiter = gate.settings().probeWait().isZero() ? null : probes.join();
        if (waiter == null) {
          return SHUT;
        }
        // Whoever answers, or gives a place back, from here on finds the waiter.
        if (gate.era() == current && probes.isAsking() && !probes.hasFree()) {
          return new Entrance(null, waiter);
        }
        waiter.leave();
      } else if (gate.era() == current) {
        // The answer may have come since this call looked, and its place before it.
        return new Entrance(take(gate, current), null);
      }
    }
  }

  private static @Nullable Permit take(Gate gate, Era current) {
    if (current.admitsAll()) {
      return gate.permit(current);
    }
    Probes probes = current.probes();
    Lease lease = probes == null ? null : probes.take();
    return probes == null || lease == null
        ? null
        : new ProbePermit(gate, current, probes, lease, gate.begin());
  }

  private static void ask(Gate gate, Era current) {
    Probes probes = current.probes();
    if (probes != null && probes.ask()) {
      gate.signals().probeWanted(current.generation());
    }
  }
}
