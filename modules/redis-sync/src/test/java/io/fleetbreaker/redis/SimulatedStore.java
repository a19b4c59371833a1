package io.fleetbreaker.redis;

import io.fleetbreaker.State;
import io.fleetbreaker.redis.FleetStore.CommitRequest;
import io.fleetbreaker.redis.FleetStore.CommitResult;
import io.fleetbreaker.redis.FleetStore.StoreSnapshot;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What Redis holds, as the two round trips of a commit see it, in one thread: the same rules as
 * commit.lua, and a watch on what no commit may do.
 */
final class SimulatedStore {
  private static final long LOCK_MILLIS = 2_000;

  private final LongSupplier serverMillis;
  private final BiConsumer<String, Revision> publish;
  private final Map<String, Lock> locks = new HashMap<>();
  private Map<String, Revision> states = new TreeMap<>();
  private Map<String, Revision> replica = new TreeMap<>();

  /** Every revision that was ever committed: what anybody adopts must be one of them. */
  private final Set<String> committed = new HashSet<>();

  /** Every proposal that was committed since the store last lost something. */
  private final Set<String> proposals = new HashSet<>();

  private record Lock(String token, long untilMillis) {}

  /** What came of asking for a lock; {@code decided} if the lock is not needed any more. */
  record LockAnswer(boolean taken, long serverMillis, Optional<CommitResult> decided) {}

  /**
   * What the simulation knows of a commit beyond the request.
   *
   * @param worker in one of its lives
   * @param proposal null for a re-assertion
   * @param onOwn whether the expected revision is the proposal's base, or the same worker's commit
   *     on top of it
   */
  record Intent(String worker, @Nullable Proposal proposal, boolean onOwn) {}

  SimulatedStore(LongSupplier serverMillis, BiConsumer<String, Revision> publish) {
    this.serverMillis = serverMillis;
    this.publish = publish;
  }

  LockAnswer tryLock(CommitRequest request, String token) {
    long now = serverMillis.getAsLong();
    Lock held = locks.get(request.provider());
    if (held != null && held.untilMillis > now && held.untilMillis <= now + LOCK_MILLIS) {
      return new LockAnswer(false, now, decided(request, now));
    }
    locks.put(request.provider(), new Lock(token, now + LOCK_MILLIS));
    return new LockAnswer(true, now, Optional.empty());
  }

  private Optional<CommitResult> decided(CommitRequest request, long now) {
    Revision current = states.get(request.provider());
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
    Revision current = states.get(provider);
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
    require(provider, current, revision, intent);
    states.put(provider, revision);
    committed.add(provider + "@" + revision.id());
    release(provider, token);
    publish.accept(provider, revision);
    return new CommitResult.Committed(revision, now);
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
    if (proposal == null) {
      if (revision.state() == State.CLOSED) {
        throw new Violation("R11: a plain CLOSED of " + provider + " was written again");
      }
    } else if (proposal.kind() == Proposal.Kind.CLOSE && !intent.onOwn()) {
      throw new Violation(
          "R5: a close of " + provider + " based on " + proposal.basedOn() + " over " + before);
    }
  }

  private void release(String provider, String token) {
    Lock held = locks.get(provider);
    if (held != null && held.token.equals(token)) {
      locks.remove(provider);
    }
  }

  StoreSnapshot read(Collection<String> providers) {
    Map<String, StoredState> found = new HashMap<>();
    for (String provider : providers) {
      Revision revision = states.get(provider);
      if (revision != null) {
        found.put(provider, StoredState.of(revision));
      }
    }
    return new StoreSnapshot(found, serverMillis.getAsLong());
  }

  Optional<Revision> current(String provider) {
    return Optional.ofNullable(states.get(provider));
  }

  boolean wasCommitted(String provider, RevisionId id) {
    return committed.contains(provider + "@" + id);
  }

  /** All data is gone. */
  void forget() {
    states.clear();
    locks.clear();
    proposals.clear();
  }

  /** The replica has everything up to now. */
  void replicate() {
    replica = new TreeMap<>(states);
  }

  /** The replica takes over, with what it has. */
  void failOver() {
    states = new TreeMap<>(replica);
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
