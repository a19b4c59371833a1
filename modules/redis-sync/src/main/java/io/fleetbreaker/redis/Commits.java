package io.fleetbreaker.redis;

import io.fleetbreaker.State;
import io.fleetbreaker.redis.FleetStore.CommitRequest;
import io.fleetbreaker.redis.ProviderSync.Flight;
import io.fleetbreaker.sync.FleetOverride;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Makes the commits of one worker: which revision follows which, and what it says. Pure, given the
 * operation ids.
 */
final class Commits {
  /** Stands in the place of a proposal's number. */
  private static final long REASSERTION = 0;

  private final String worker;
  private final OperationIds ids;

  /**
   * Makes commits in the name of {@code worker}.
   *
   * @param ids names its operations
   */
  Commits(String worker, OperationIds ids) {
    this.worker = worker;
    this.ids = ids;
  }

  /**
   * A local transition, to be written over {@code current}.
   *
   * @param held the newest revision this worker knows to have been committed
   * @param override the override of what is held, if it is in force; it goes on
   * @param current what the store holds, as far as known
   */
  SyncEffect.Commit transition(
      String provider,
      Proposal proposal,
      @Nullable Revision held,
      @Nullable FleetOverride override,
      @Nullable Revision current,
      long nowNanos) {
    String op = ids.of(provider, proposal.sequence());
    long age = TimeUnit.NANOSECONDS.toMillis(Math.max(0, nowNanos - proposal.atNanos()));
    long open = proposal.openFor().toMillis();
    RevisionId known = later(idOf(held), proposal.basedOn());
    // What is held may end earlier here than the server's clock says, if that has stepped back.
    FleetOverride other =
        current == null || current.id().equals(idOf(held)) ? null : current.override();
    return commit(
        provider,
        new Flight(op, proposal.sequence(), idOf(current), proposal.basedOn()),
        serverMillis ->
            new Revision(
                following(known, current, serverMillis, op),
                opsAfter(op, current, null),
                proposal.state(),
                serverMillis - age,
                open,
                open == 0 ? 0 : serverMillis - age + open,
                proposal.attempt(),
                proposal.reason(),
                worker,
                proposal.failureCount(),
                proposal.successCount(),
                proposal.lastFailureMillis(),
                "",
                carried(override, other, serverMillis)));
  }

  /**
   * A state written again in a new epoch, over a store that has lost it or holds it under a
   * revision that others would take for an old one (R11).
   *
   * @param kept what is written again
   * @param remainingMillis what is left of OPEN: since the server's clock may be another one by
   *     now, OPEN is dated anew
   * @param known the newest revision this worker knows to have been committed
   */
  SyncEffect.Commit reassertion(
      String provider,
      Revision kept,
      long remainingMillis,
      RevisionId known,
      @Nullable Revision current) {
    String op = ids.of(provider, REASSERTION);
    boolean open = kept.openMillis() > 0;
    return commit(
        provider,
        new Flight(op, REASSERTION, idOf(current), null),
        serverMillis ->
            new Revision(
                newEpoch(known, idOf(current), serverMillis, op),
                opsAfter(op, current, kept),
                kept.state(),
                kept.sinceMillis(),
                kept.openMillis(),
                open ? serverMillis + remainingMillis : 0,
                kept.attempt(),
                kept.reason(),
                kept.worker(),
                kept.failureCount(),
                kept.successCount(),
                kept.lastFailureMillis(),
                // No operator has done this, whoever has done what is kept.
                "",
                carried(kept.override(), null, serverMillis)));
  }

  /**
   * The round of probes that follows {@code held}, begun at {@code serverMillis}; not used if
   * {@code held} is such a round itself.
   */
  Revision halfOpen(String provider, Revision held, long serverMillis) {
    String op = ids.of(provider, REASSERTION);
    return new Revision(
        following(held.id(), held, serverMillis, op),
        opsAfter(op, held, null),
        State.HALF_OPEN,
        serverMillis,
        0,
        0,
        held.attempt(),
        "the open time has passed",
        worker,
        held.failureCount(),
        0,
        held.lastFailureMillis(),
        "",
        // Nobody asks for a probe under an override; one that has expired ends here.
        null);
  }

  /**
   * What an operator wants, to be written over {@code current}.
   *
   * @param wish builds the revision from what it is based on, at the server's time
   * @param base what the fleet's state is, whatever the store has lost of it; null if nobody knows
   *     of any
   * @param known the newest revision this worker knows to have been committed
   */
  CommitRequest operators(
      OperatorRequest wish,
      @Nullable Revision base,
      @Nullable FleetOverride override,
      RevisionId known,
      @Nullable Revision current) {
    return new CommitRequest(
        wish.provider(),
        idOf(current),
        wish.op(),
        serverMillis ->
            wish.revision(
                following(known, current, serverMillis, wish.op()),
                opsAfter(wish.op(), current, base),
                base,
                carried(override, null, serverMillis),
                worker,
                serverMillis));
  }

  /**
   * The override that goes on: of two that are in force the one that was set later, as the
   * operators' last word.
   */
  static @Nullable FleetOverride carried(
      @Nullable FleetOverride one, @Nullable FleetOverride other, long serverMillis) {
    FleetOverride first = one != null && one.isInForce(serverMillis) ? one : null;
    FleetOverride second = other != null && other.isInForce(serverMillis) ? other : null;
    if (first == null || second == null) {
      return first == null ? second : first;
    }
    return second.sinceMillis() > first.sinceMillis() ? second : first;
  }

  private static SyncEffect.Commit commit(
      String provider, Flight flight, LongFunction<Revision> revision) {
    return new SyncEffect.Commit(
        flight, new CommitRequest(provider, flight.expected(), flight.op(), revision));
  }

  /**
   * The next place in the order: the next version where the store is up to date, a new epoch where
   * it holds nothing or less than this worker knows.
   */
  private static RevisionId following(
      RevisionId known, @Nullable Revision current, long serverMillis, String op) {
    RevisionId base = idOf(current);
    boolean upToDate = current != null && (base.equals(known) || base.isAfter(known));
    return upToDate && base.version() + 1 < RevisionId.LIMIT
        ? new RevisionId(base.epoch(), base.version() + 1, op)
        : newEpoch(known, base, serverMillis, op);
  }

  /** Whether there is a place in the order after this one. */
  static boolean canFollow(RevisionId id) {
    return id.version() + 1 < RevisionId.LIMIT || id.epoch() + 1 < RevisionId.LIMIT;
  }

  private static RevisionId newEpoch(
      RevisionId known, RevisionId current, long serverMillis, String op) {
    long highest = Math.max(known.epoch(), current.epoch());
    return new RevisionId(Math.max(serverMillis, highest + 1), 1, op);
  }

  private static RevisionId idOf(@Nullable Revision revision) {
    return revision == null ? RevisionId.NONE : revision.id();
  }

  private static RevisionId later(RevisionId one, RevisionId other) {
    return other.isAfter(one) ? other : one;
  }

  /**
   * The last operations, newest first: also of what is written over, since whoever made one of
   * those may still ask for it.
   */
  private static List<String> opsAfter(
      String op, @Nullable Revision current, @Nullable Revision held) {
    Set<String> ops = new LinkedHashSet<>(List.of(op));
    if (current != null) {
      ops.addAll(current.ops());
    }
    if (held != null) {
      ops.addAll(held.ops());
    }
    List<String> newestFirst = List.copyOf(ops);
    return newestFirst.subList(0, Math.min(newestFirst.size(), Revision.KEPT_OPS));
  }
}
