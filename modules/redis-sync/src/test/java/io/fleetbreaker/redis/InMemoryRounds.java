package io.fleetbreaker.redis;

import io.fleetbreaker.redis.FleetStore.Renewal;
import io.fleetbreaker.redis.FleetStore.Settlement;
import io.fleetbreaker.sync.RevisionId;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The twin of the probe scripts: one round of probes per provider. Not thread-safe: the store that
 * owns it guards it. Times are milliseconds of that store's clock.
 */
final class InMemoryRounds {
  private final Map<String, Round> rounds = new HashMap<>();

  /** What asking for a place gave; the wait is 0 unless it was refused. */
  record Answer(boolean granted, long waitMillis) {}

  void clear() {
    rounds.clear();
  }

  void remove(String provider) {
    rounds.remove(provider);
  }

  /** A place in the round of {@code id}, which stands in the store. */
  Answer ask(FleetStore.ProbeAsk ask, RevisionId id, long now, long untilMillis) {
    Round round = of(ask.provider(), id, now).orElseGet(() -> new Round(id));
    if (round.successes >= ask.successThreshold()) {
      return new Answer(false, round.claimClose(now));
    }
    if (round.leases.containsKey(ask.lease()) || round.leases.size() < ask.maxCalls()) {
      long length = ask.leaseFor().toMillis();
      round.leases.put(ask.lease(), new Lease(now + length, length));
      round.untilMillis = untilMillis;
      rounds.put(ask.provider(), round);
      return new Answer(true, 0);
    }
    round.wanted = true;
    long wait = 100;
    for (Lease lease : round.leases.values()) {
      wait = Math.min(wait, lease.endMillis - now);
    }
    return new Answer(false, Math.max(wait, 20));
  }

  Settlement settle(
      String provider,
      RevisionId id,
      String lease,
      boolean succeeded,
      int successThreshold,
      long now) {
    Round round = of(provider, id, now).orElse(null);
    if (round == null || round.leases.remove(lease) == null) {
      return new Settlement.Late();
    }
    if (!succeeded) {
      return new Settlement.Settled();
    }
    round.successes++;
    return round.successes >= successThreshold && round.claimClose(now) == 0
        ? new Settlement.CloseDue()
        : new Settlement.Settled();
  }

  Renewal renew(
      String provider,
      RevisionId id,
      Collection<String> leases,
      long lengthMillis,
      long now,
      long untilMillis) {
    Round round = of(provider, id, now).orElse(null);
    if (round == null) {
      return new Renewal.Renewed(Set.of(), false);
    }
    Set<String> alive = new HashSet<>();
    for (String lease : leases) {
      if (round.leases.containsKey(lease)) {
        round.leases.put(lease, new Lease(now + lengthMillis, lengthMillis));
        round.untilMillis = untilMillis;
        alive.add(lease);
      }
    }
    boolean wanted = round.wanted;
    round.wanted = false;
    return new Renewal.Renewed(alive, wanted);
  }

  /** Ends a lease as its time would. */
  void expire(String provider, String lease) {
    Round round = rounds.get(provider);
    if (round != null && round.leases.containsKey(lease)) {
      round.leases.put(lease, new Lease(1, 1));
    }
  }

  /** Makes it long ago that somebody was told that a close is due. */
  void expireDue(String provider) {
    Round round = rounds.get(provider);
    if (round != null && round.due.isPresent()) {
      round.due = OptionalLong.of(1);
    }
  }

  /**
   * The round as it is on now; one of another revision is over, and so is one not used for long.
   */
  private Optional<Round> of(String provider, RevisionId id, long now) {
    @Nullable Round round = rounds.get(provider);
    if (round == null || !round.id.equals(id) || round.untilMillis <= now) {
      rounds.remove(provider);
      return Optional.empty();
    }
    round.leases.values().removeIf(lease -> lease.endMillis <= now);
    round.leases.replaceAll((token, lease) -> lease.cut(now));
    return Optional.of(round);
  }

  private record Lease(long endMillis, long lengthMillis) {
    /** The clock has stepped back if this ends later than one of its length that begins now. */
    Lease cut(long now) {
      return new Lease(Math.min(endMillis, now + lengthMillis), lengthMillis);
    }
  }

  private static final class Round {
    private final RevisionId id;
    private final Map<String, Lease> leases = new HashMap<>();
    private int successes;
    private OptionalLong due = OptionalLong.empty();
    private boolean wanted;
    private long untilMillis;

    Round(RevisionId id) {
      this.id = id;
    }

    /** 0 if the caller is the one to close, else how long another may be about to. */
    long claimClose(long now) {
      if (due.isPresent()) {
        long since = now - due.getAsLong();
        if (since >= 0 && since < ProbeChecks.CLOSE_AGAIN_MILLIS) {
          return ProbeChecks.CLOSE_AGAIN_MILLIS - since;
        }
      }
      due = OptionalLong.of(now);
      return 0;
    }
  }
}
