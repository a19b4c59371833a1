package io.fleetbreaker.redis;

import io.fleetbreaker.State;
import io.fleetbreaker.redis.FleetStore.ProbeAnswer;
import io.fleetbreaker.redis.FleetStore.ProbeAsk;
import io.fleetbreaker.redis.FleetStore.Renewal;
import io.fleetbreaker.redis.FleetStore.Settlement;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import io.fleetbreaker.sync.SyncPort;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One worker's asks for probes, and the leases it holds, of all its providers (R6). Like {@link
 * WorkerSync}, which owns it, it has no clock, no thread and does no I/O. Not thread-safe.
 *
 * <p>A lease counts as held from the moment it was asked for, not from the answer: so this worker
 * takes it for expired no later than the store does.
 */
final class LeaseDesk {
  /** When what stands in the way of an ask is likely to be over. */
  private static final Duration SOON = Duration.ofMillis(20);

  private static final Duration LATER = Duration.ofMillis(100);
  private static final Duration MUCH_LATER = Duration.ofSeconds(1);

  /** The store cuts its clock to milliseconds, and so may end a lease by as much earlier. */
  private static final Duration SERVER_GRAIN = Duration.ofMillis(1);

  /** So many renewals fit into one lease: one may fail, and the lease is still held. */
  private static final int RENEWALS_PER_LEASE = 3;

  private final String worker;
  private final Commits commits;
  private final SyncSettings settings;
  private final RandomGenerator random;
  private final WorkerSync.Outside outside;
  private final ServerClock serverClock;

  /** In nanoseconds. */
  private final long heldFor;

  private final Map<String, Asked> asked = new HashMap<>();
  private final Map<String, Map<String, Revision>> leases = new HashMap<>();
  private final Set<String> renewing = new HashSet<>();
  private final TreeSet<String> recoveringAlone = new TreeSet<>();
  private int settlements;
  private long minted;
  private boolean leaving;

  private record Asked(ProbeAsk ask, long atNanos) {}

  LeaseDesk(
      String worker,
      Commits commits,
      SyncSettings settings,
      RandomGenerator random,
      WorkerSync.Outside outside,
      ServerClock serverClock) {
    this.worker = worker;
    this.commits = commits;
    this.settings = settings;
    this.random = random;
    this.outside = outside;
    this.serverClock = serverClock;
    this.heldFor = settings.probeLease().minus(SERVER_GRAIN).toNanos();
  }

  /**
   * A breaker wants to make a probe.
   *
   * @param known what this worker knows of the provider
   * @param storeUp whether the store has answered what it was asked last
   * @param storeAway whether it has not answered for so long that recovery goes on without it
   */
  void onAsk(
      SyncPort.AskProbe want,
      ProviderSync known,
      boolean storeUp,
      boolean storeAway,
      long nowNanos) {
    String provider = want.provider();
    if (asked.containsKey(provider)) {
      return;
    }
    Revision held = known.held();
    boolean ofThisWorkerOnly = held == null || held.state() == State.CLOSED;
    boolean overridden = known.override(nowNanos) != null;
    boolean ready = storeUp && serverClock.isSeen() && !leaving;
    if (storeAway || (ofThisWorkerOnly && known.isSettled())) {
      recoverAlone(provider);
    } else if (!ready || held == null || !known.isSettled() || !held.id().equals(want.basedOn())) {
      // What the breaker stands on is being committed, or read, or not yet told to it.
      refuse(provider, LATER);
    } else if (overridden || !Commits.canFollow(held.id())) {
      // An override that is put aside here is still in the others' way to a round of probes.
      refuse(provider, MUCH_LATER);
    } else if (held.state() == State.OPEN && !known.heldRemaining(nowNanos).isZero()) {
      refuse(provider, known.heldRemaining(nowNanos));
    } else {
      ask(want, held, nowNanos);
    }
  }

  private void ask(SyncPort.AskProbe want, Revision held, long nowNanos) {
    String provider = want.provider();
    ProbeAsk ask =
        new ProbeAsk(
            provider,
            held.id(),
            commits.halfOpen(provider, held, serverClock.millis(nowNanos)),
            newLease(),
            want.maxCalls(),
            want.successThreshold(),
            settings.probeLease());
    asked.put(provider, new Asked(ask, nowNanos));
    outside.askProbe(ask);
  }

  private String newLease() {
    minted++;
    return worker + "/" + minted + "." + Long.toHexString(random.nextLong());
  }

  /** Whether this answer is to an ask of this incarnation, and the first. */
  boolean awaits(ProbeAsk ask) {
    Asked open = asked.get(ask.provider());
    return open != null && open.ask().equals(ask);
  }

  /** What the store said to an ask that is {@link #awaits awaited}. */
  void onAnswer(ProbeAsk ask, ProbeAnswer answer, boolean storeAway, long nowNanos) {
    Asked open = asked.remove(ask.provider());
    if (open == null) {
      return;
    }
    String provider = ask.provider();
    if (answer instanceof ProbeAnswer.Granted granted) {
      onGranted(ask, granted.round(), open.atNanos(), nowNanos);
    } else if (answer instanceof ProbeAnswer.Busy busy) {
      refuse(provider, busy.again());
    } else if (answer instanceof ProbeAnswer.CloseDue due) {
      outside.tell(provider, new SyncPort.CloseDue(due.round()));
    } else if (answer instanceof ProbeAnswer.Conflict conflict) {
      refuse(provider, isAsKnown(conflict, ask) ? MUCH_LATER : SOON);
    } else if (storeAway) {
      recoverAlone(provider);
    } else {
      // It has answered something else meanwhile, or will soon be asked again.
      refuse(provider, LATER);
    }
  }

  /** Whether there is nothing to learn: a later version of this library has the say. */
  private static boolean isAsKnown(ProbeAnswer.Conflict conflict, ProbeAsk ask) {
    return conflict
        .current()
        .flatMap(StoredState::revision)
        .filter(revision -> revision.id().equals(ask.base()))
        .isPresent();
  }

  private void onGranted(ProbeAsk ask, Revision round, long askedNanos, long nowNanos) {
    String provider = ask.provider();
    long validUntil = askedNanos + heldFor;
    if (leaving || validUntil - nowNanos <= 0) {
      giveBack(provider, round.id(), ask.lease());
      refuse(provider, SOON);
      return;
    }
    leases.computeIfAbsent(provider, p -> new LinkedHashMap<>()).put(ask.lease(), round);
    renewLater(provider);
    outside.tell(provider, new SyncPort.ProbeGranted(round, ask.lease(), validUntil));
  }

  /** What became of a lease. */
  void onSettle(SyncPort.SettleProbe settled, boolean storeUp) {
    String provider = settled.provider();
    boolean known = forget(provider, settled.lease());
    switch (settled.result()) {
      case FAILED -> {
        // The place stays taken until the trip is committed, or until it is not renewed any more.
      }
      case RETURNED -> {
        if (known && storeUp) {
          giveBack(provider, settled.round(), settled.lease());
        }
      }
      case SUCCEEDED -> {
        if (storeUp) {
          settlements++;
          outside.settleProbe(settled);
        } else {
          outside.tell(provider, new SyncPort.SettledLocally(settled.lease()));
        }
      }
    }
  }

  /**
   * The store has counted a success, or has not.
   *
   * @param known what this worker knows of the provider
   */
  void onSettled(SyncPort.SettleProbe settled, Settlement result, ProviderSync known) {
    // One of an actor that has restarted since was not counted here.
    settlements = Math.max(0, settlements - 1);
    Revision held = known.held();
    if (result instanceof Settlement.CloseDue
        && held != null
        && held.id().equals(settled.round())) {
      outside.tell(settled.provider(), new SyncPort.CloseDue(held));
    } else if (result instanceof Settlement.Failed
        && settled.result() == SyncPort.ProbeResult.SUCCEEDED) {
      outside.tell(settled.provider(), new SyncPort.SettledLocally(settled.lease()));
    }
  }

  /** It is time to renew this provider's leases. */
  void onRenewDue(String provider, boolean storeUp, long nowNanos) {
    renewing.remove(provider);
    Map<String, Revision> held = leases.getOrDefault(provider, Map.of());
    if (held.isEmpty()) {
      return;
    }
    if (storeUp) {
      Map<RevisionId, Set<String>> byRound = new LinkedHashMap<>();
      held.forEach(
          (lease, round) -> byRound.computeIfAbsent(round.id(), id -> new TreeSet<>()).add(lease));
      byRound.forEach(
          (round, some) ->
              outside.renewProbes(new LeaseRenewal(provider, round, Set.copyOf(some), nowNanos)));
    }
    renewLater(provider);
  }

  /** The store has renewed leases, or has not. */
  void onRenewed(LeaseRenewal asked, Renewal result) {
    if (!(result instanceof Renewal.Renewed renewed)) {
      return;
    }
    String provider = asked.provider();
    long validUntil = asked.atNanos() + heldFor;
    for (String lease : new TreeSet<>(asked.leases())) {
      if (renewed.alive().contains(lease)) {
        outside.tell(provider, new SyncPort.ProbeRenewed(lease, validUntil, renewed.wanted()));
      } else if (forget(provider, lease)) {
        outside.tell(provider, new SyncPort.ProbeLost(lease));
      }
    }
  }

  /** The store can be asked again. */
  void onStoreUp() {
    recoveringAlone.forEach(provider -> outside.tell(provider, new SyncPort.ProbesShared()));
    recoveringAlone.clear();
  }

  /** Gives all leases back, and takes no other: this worker is leaving. */
  void giveAllBack() {
    leaving = true;
    leases.forEach(
        (provider, held) ->
            new LinkedHashMap<>(held)
                .forEach((lease, round) -> giveBack(provider, round.id(), lease)));
    leases.clear();
  }

  /** Whether nothing is on its way to the store. */
  boolean isIdle() {
    return settlements == 0 && (!leaving || asked.isEmpty());
  }

  private void giveBack(String provider, RevisionId round, String lease) {
    settlements++;
    outside.settleProbe(
        new SyncPort.SettleProbe(provider, round, lease, SyncPort.ProbeResult.RETURNED, 1));
  }

  private boolean forget(String provider, String lease) {
    Map<String, Revision> held = leases.get(provider);
    @Nullable Revision round = held == null ? null : held.remove(lease);
    if (held != null && held.isEmpty()) {
      leases.remove(provider);
    }
    return round != null;
  }

  private void recoverAlone(String provider) {
    if (settings.probesWithoutRedis()) {
      recoveringAlone.add(provider);
      outside.tell(provider, new SyncPort.ProbesLocal());
    } else {
      refuse(provider, LATER);
    }
  }

  private void refuse(String provider, Duration again) {
    outside.tell(provider, new SyncPort.ProbeRefused(again));
  }

  private void renewLater(String provider) {
    if (renewing.add(provider)) {
      outside.renewLater(provider, settings.probeLease().dividedBy(RENEWALS_PER_LEASE));
    }
  }
}
