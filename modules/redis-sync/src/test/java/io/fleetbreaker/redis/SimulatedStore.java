package io.fleetbreaker.redis;

import io.fleetbreaker.State;
import io.fleetbreaker.redis.FleetStore.Changes;
import io.fleetbreaker.redis.FleetStore.CommitRequest;
import io.fleetbreaker.redis.FleetStore.CommitResult;
import io.fleetbreaker.redis.FleetStore.FleetSnapshot;
import io.fleetbreaker.redis.FleetStore.Position;
import io.fleetbreaker.redis.FleetStore.ProbeAnswer;
import io.fleetbreaker.redis.FleetStore.ProbeAsk;
import io.fleetbreaker.redis.FleetStore.Renewal;
import io.fleetbreaker.redis.FleetStore.Settlement;
import io.fleetbreaker.redis.FleetStore.StoreSnapshot;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import io.fleetbreaker.sync.SyncPort;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What Redis holds, as the two round trips of a commit see it, in one thread: the same rules as
 * commit.lua, and a watch on what no commit may do.
 */
final class SimulatedStore {
  private static final long LOCK_MILLIS = 2_000;

  /** So long whoever is told to close is given the time to do so. */
  private static final long DUE_MILLIS = 200;

  private final LongSupplier serverMillis;
  private final BiConsumer<String, Revision> publish;
  private final Map<String, Lock> locks = new HashMap<>();
  private final Consumer<String> greeting;
  private final OperatorWatch operators = new OperatorWatch();
  private Contents contents = new Contents();
  private Contents replica = new Contents();

  /** Every revision that was ever committed: what anybody adopts must be one of them. */
  private final Set<String> committed = new HashSet<>();

  /** Every proposal that was committed since the store last lost something. */
  private final Set<String> proposals = new HashSet<>();

  private record Lock(String token, long takenMillis, long untilMillis) {}

  /** What came of asking for a lock; {@code decided} if the lock is not needed any more. */
  record LockAnswer(boolean taken, long serverMillis, Optional<CommitResult> decided) {}

  /**
   * What the simulation knows of a commit beyond the request.
   *
   * @param worker in one of its lives
   * @param proposal null for a re-assertion
   * @param operators what an operator wants; null for what the protocol does by itself
   * @param holderSaysOver whether the override of the revision that is written over is over by the
   *     worker's own clock
   * @param onOwn whether the expected revision is the proposal's base, or the same worker's commit
   *     on top of it
   */
  record Intent(
      String worker,
      @Nullable Proposal proposal,
      boolean onOwn,
      @Nullable OperatorRequest operators,
      boolean holderSaysOver) {}

  /**
   * Empty and without a mark.
   *
   * @param publish tells the subscribers of a commit
   * @param greeting tells them that a worker has found no mark
   */
  SimulatedStore(
      LongSupplier serverMillis, BiConsumer<String, Revision> publish, Consumer<String> greeting) {
    this.serverMillis = serverMillis;
    this.publish = publish;
    this.greeting = greeting;
  }

  /** What is replicated, and can be lost. */
  private static final class Contents {
    private final Map<String, Revision> states = new TreeMap<>();
    private final Map<String, Round> rounds = new TreeMap<>();
    private final List<Change> history = new ArrayList<>();
    private String mark = "";

    Contents copy() {
      Contents copy = new Contents();
      copy.states.putAll(states);
      rounds.forEach((provider, round) -> copy.rounds.put(provider, round.copy()));
      copy.history.addAll(history);
      copy.mark = mark;
      return copy;
    }
  }

  private record Change(String provider, String op) {}

  /** A round of probes: leases with the server time of their expiry, and successes. */
  private static final class Round {
    private final RevisionId id;
    private final Map<String, Long> leases = new TreeMap<>();
    private int successes;
    private long dueSince;

    Round(RevisionId id) {
      this.id = id;
    }

    Round copy() {
      Round copy = new Round(id);
      copy.leases.putAll(leases);
      copy.successes = successes;
      copy.dueSince = dueSince;
      return copy;
    }
  }

  LockAnswer tryLock(CommitRequest request, String token) {
    long now = serverMillis.getAsLong();
    Lock held = locks.get(request.provider());
    if (held != null && held.untilMillis > now && held.untilMillis <= now + LOCK_MILLIS) {
      return new LockAnswer(false, now, decided(request, now));
    }
    locks.put(request.provider(), new Lock(token, now, now + LOCK_MILLIS));
    return new LockAnswer(true, now, Optional.empty());
  }

  private Optional<CommitResult> decided(CommitRequest request, long now) {
    Revision current = contents.states.get(request.provider());
    if (current == null || current.id().equals(request.expected())) {
      return Optional.empty();
    }
    return Optional.of(
        current.ops().contains(request.op())
            ? new CommitResult.Committed(current, now)
            : new CommitResult.Conflict(Optional.of(StoredState.of(current)), now));
  }

  CommitResult commit(CommitRequest request, Revision revision, String token, Intent intent) {
    long now = serverMillis.getAsLong();
    String provider = request.provider();
    Revision current = contents.states.get(provider);
    if (current != null && current.ops().contains(request.op())) {
      release(provider, token);
      return new CommitResult.Committed(current, now);
    }
    Lock held = locks.get(provider);
    if (held == null || !held.token.equals(token) || held.untilMillis <= now) {
      return new CommitResult.LockBusy();
    }
    boolean asExpected =
        current == null
            ? request.expected().op().isEmpty()
            : current.id().equals(request.expected());
    if (!asExpected) {
      release(provider, token);
      return new CommitResult.Conflict(Optional.ofNullable(current).map(StoredState::of), now);
    }
    operators.require(provider, current, revision, intent, held.takenMillis);
    require(provider, current, revision, intent);
    write(provider, revision);
    operators.committed(provider, revision, intent);
    release(provider, token);
    return new CommitResult.Committed(revision, now);
  }

  private void write(String provider, Revision revision) {
    contents.states.put(provider, revision);
    contents.rounds.remove(provider);
    contents.history.add(new Change(provider, revision.id().op()));
    committed.add(provider + "@" + revision.id());
    publish.accept(provider, revision);
  }

  ProbeAnswer askProbe(ProbeAsk ask) {
    long now = serverMillis.getAsLong();
    String provider = ask.provider();
    Revision current = contents.states.get(provider);
    if (current != null && current.state() == State.OPEN && current.id().equals(ask.base())) {
      if (!ask.halfOpen().id().isAfter(current.id())) {
        throw new Violation("R2: " + provider + " would half-open under " + ask.halfOpen().id());
      }
      operators.requireNoneInForce(provider, current, now);
      current = ask.halfOpen();
      write(provider, current);
    }
    if (current == null || current.state() != State.HALF_OPEN) {
      return new ProbeAnswer.Conflict(Optional.ofNullable(current).map(StoredState::of), now);
    }
    Revision round = current;
    Round probes = contents.rounds.get(provider);
    if (probes == null || !probes.id.equals(round.id())) {
      probes = new Round(round.id());
      contents.rounds.put(provider, probes);
    }
    long until = now + ask.leaseFor().toMillis();
    probes.leases.values().removeIf(expiry -> expiry <= now);
    probes.leases.replaceAll((lease, expiry) -> Math.min(expiry, until));
    if (probes.successes >= ask.successThreshold()) {
      boolean late = now - probes.dueSince >= DUE_MILLIS || now < probes.dueSince;
      probes.dueSince = late ? now : probes.dueSince;
      return late
          ? new ProbeAnswer.CloseDue(round, now)
          : new ProbeAnswer.Busy(round, Duration.ofMillis(DUE_MILLIS), now);
    }
    if (probes.leases.size() >= ask.maxCalls()) {
      return new ProbeAnswer.Busy(round, Duration.ofMillis(100), now);
    }
    probes.leases.put(ask.lease(), until);
    return new ProbeAnswer.Granted(round, now);
  }

  Settlement settleProbe(SyncPort.SettleProbe settled) {
    long now = serverMillis.getAsLong();
    Round probes = contents.rounds.get(settled.provider());
    if (probes == null || !probes.id.equals(settled.round())) {
      return new Settlement.Late();
    }
    Long until = probes.leases.remove(settled.lease());
    if (until == null || until <= now) {
      return new Settlement.Late();
    }
    if (settled.result() != SyncPort.ProbeResult.SUCCEEDED) {
      return new Settlement.Settled();
    }
    probes.successes++;
    if (probes.successes < settled.successThreshold()) {
      return new Settlement.Settled();
    }
    probes.dueSince = now;
    return new Settlement.CloseDue();
  }

  Renewal renewProbes(LeaseRenewal renewal, Duration leaseFor) {
    long now = serverMillis.getAsLong();
    Round probes = contents.rounds.get(renewal.provider());
    Set<String> alive = new HashSet<>();
    if (probes != null && probes.id.equals(renewal.round())) {
      for (String lease : renewal.leases()) {
        Long until = probes.leases.get(lease);
        if (until != null && until > now) {
          probes.leases.put(lease, now + leaseFor.toMillis());
          alive.add(lease);
        }
      }
    }
    return new Renewal.Renewed(alive, true);
  }

  /** R2, R5, R8 and R11 at the only place where the fleet's state changes. */
  private void require(
      String provider, @Nullable Revision current, Revision revision, Intent intent) {
    RevisionId before = current == null ? RevisionId.NONE : current.id();
    if (!revision.id().isAfter(before)) {
      throw new Violation("R2: " + provider + " went from " + before + " to " + revision.id());
    }
    Proposal proposal = intent.proposal();
    if (proposal != null
        && !proposals.add(intent.worker() + " " + provider + " " + proposal.sequence())) {
      throw new Violation(
          "R8: "
              + intent.worker()
              + " commits its "
              + proposal.kind()
              + " of "
              + provider
              + " twice");
    }
    if (intent.operators() != null) {
      return;
    }
    if (proposal == null) {
      if (revision.state() == State.CLOSED && revision.override() == null) {
        throw new Violation("R11: a plain CLOSED of " + provider + " was written again");
      }
    } else if (proposal.kind() == Proposal.Kind.CLOSE && !intent.onOwn()) {
      throw new Violation(
          "R5: a close of " + provider + " based on " + proposal.basedOn() + " over " + before);
    }
  }

  /** Gives a lock up, if it is the owner's. */
  void release(String provider, String token) {
    Lock before = locks.get(provider);
    unlock(provider, token);
    boolean others = before != null && !before.token.equals(token);
    if (others && !locks.containsKey(provider)) {
      throw new Violation("R7: the lock of " + provider + " was released by a stranger");
    }
  }

  private void unlock(String provider, String token) {
    Lock held = locks.get(provider);
    if (held != null && held.token.equals(token)) {
      locks.remove(provider);
    }
  }

  StoreSnapshot read(Collection<String> providers) {
    Map<String, StoredState> found = new HashMap<>();
    for (String provider : providers) {
      Revision revision = contents.states.get(provider);
      if (revision != null) {
        found.put(provider, StoredState.of(revision));
      }
    }
    return new StoreSnapshot(found, serverMillis.getAsLong());
  }

  FleetSnapshot snapshot(Collection<String> providers) {
    return new FleetSnapshot(read(providers), contents.mark, position(), Set.of());
  }

  private Position position() {
    int last = contents.history.size();
    return last == 0
        ? Position.START
        : new Position(Integer.toString(last), contents.history.get(last - 1).op());
  }

  Changes changesSince(Position position) {
    int known = position.id().isEmpty() ? 0 : Integer.parseInt(position.id());
    boolean complete =
        known == 0
            || (known <= contents.history.size()
                && contents.history.get(known - 1).op().equals(position.op()));
    Set<String> changed = new HashSet<>();
    if (complete) {
      contents.history.stream().skip(known).forEach(change -> changed.add(change.provider()));
    }
    return new Changes(complete, changed, contents.mark, position());
  }

  void markAndGreet(String worker, String random) {
    if (contents.mark.isEmpty()) {
      contents.mark = StoreMark.made(serverMillis.getAsLong(), random);
      greeting.accept(worker);
    }
  }

  OperatorWatch operators() {
    return operators;
  }

  Optional<Revision> current(String provider) {
    return Optional.ofNullable(contents.states.get(provider));
  }

  boolean wasCommitted(String provider, RevisionId id) {
    return committed.contains(provider + "@" + id);
  }

  /** All data is gone. */
  void forget() {
    contents = new Contents();
    locks.clear();
    proposals.clear();
  }

  /** The replica has everything up to now. */
  void replicate() {
    replica = contents.copy();
  }

  /** The replica takes over, with what it has. */
  void failOver() {
    contents = replica.copy();
    locks.clear();
    proposals.clear();
  }

  /** A rule was broken. */
  static final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Violation(String what) {
      super(what);
    }
  }
}
