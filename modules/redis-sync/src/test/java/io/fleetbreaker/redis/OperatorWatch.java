package io.fleetbreaker.redis;

import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.redis.SimulatedStore.Intent;
import io.fleetbreaker.redis.SimulatedStore.Violation;
import io.fleetbreaker.sync.FleetOverride;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Watches what becomes of operators' words in a {@link Simulation}: R13, at the store, where each
 * commit is made, and where each answer is given.
 */
final class OperatorWatch {
  private final Set<String> committed = new HashSet<>();
  private final Set<String> denied = new HashSet<>();

  /**
   * By provider, what has no end and may be in force in the end, where empty stands for nothing of
   * the kind: one element, unless the store has lost something.
   */
  private final Map<String, Set<Optional<FleetOverride>>> possible = new HashMap<>();

  private final Map<String, Integer> answers = new HashMap<>();

  /** A commit is about to be made; its revision was built when the lock was taken. */
  void require(
      String provider,
      @Nullable Revision current,
      Revision revision,
      Intent intent,
      long builtMillis) {
    OperatorRequest wish = intent.operators();
    // It ends by the worker's clock, too: the server's may have stepped back.
    FleetOverride before = intent.holderSaysOver() ? null : inForce(current, builtMillis);
    FleetOverride after = revision.override();
    if (after != null && !after.isInForce(builtMillis)) {
      throw new Violation("R13: an override of " + provider + " that is over is carried on");
    }
    if (denied.contains(revision.id().op())) {
      throw new Violation(
          "R13: " + provider + ": what was said not to be committed is: " + revision.id());
    }
    boolean decides =
        wish != null
            && (wish.wish() == OperatorRequest.Wish.OVERRIDE
                || wish.wish() == OperatorRequest.Wish.ENABLE);
    if (before != null && !decides && !isCarried(before, after)) {
      throw new Violation(
          "R13: " + provider + " loses its " + before.mode() + " by " + revision.id());
    }
    if (wish != null) {
      requireAllowed(provider, wish, current, before);
    }
  }

  /** Another one only if it was set later, which a store that lost it did not know. */
  private static boolean isCarried(FleetOverride before, @Nullable FleetOverride after) {
    return after != null
        && (after.op().equals(before.op()) || after.sinceMillis() >= before.sinceMillis());
  }

  private static void requireAllowed(
      String provider,
      OperatorRequest wish,
      @Nullable Revision current,
      @Nullable FleetOverride before) {
    boolean resets = wish.wish() == OperatorRequest.Wish.RESET;
    boolean trips = wish.wish() == OperatorRequest.Wish.TRIP;
    if (before != null && (trips || (resets && before.mode() == OverrideMode.FORCED_OPEN))) {
      throw new Violation(
          "R13: a " + wish.wish() + " of " + provider + " that is " + before.mode());
    }
    RevisionId stands = current == null ? RevisionId.NONE : current.id();
    if (wish.ifRevision().filter(only -> !only.equals(stands)).isPresent()) {
      throw new Violation(
          "R13: " + wish.wish() + " for " + wish.ifRevision().get() + " is made over " + stands);
    }
  }

  /** Probes are not for what an operator has overridden. */
  void requireNoneInForce(String provider, Revision base, long serverMillis) {
    FleetOverride override = base.override();
    // The asker's clock and the server's differ by what a message takes.
    if (override != null && override.isEndless()) {
      throw new Violation("R13: a probe of " + provider + " lifts its " + override.mode());
    }
  }

  void committed(String provider, Revision revision, Intent intent) {
    committed.add(revision.id().op());
    if (intent.operators() != null) {
      possible.put(provider, Set.of(withoutEnd(Optional.ofNullable(revision.override()))));
    }
  }

  /** A worker has said this about an operation. */
  void answered(OperatorRequest request, OperatorAnswer answer) {
    answers.merge(answer.getClass().getSimpleName(), 1, Integer::sum);
    boolean done = committed.contains(request.op());
    if (answer instanceof OperatorAnswer.Committed) {
      if (!done) {
        throw new Violation("R13: said to be committed, and was not: " + request);
      }
    } else if (!(answer instanceof OperatorAnswer.Unknown)) {
      denied.add(request.op());
      if (done) {
        throw new Violation("R13: said not to be committed, and was: " + request);
      }
    }
  }

  /**
   * Something is lost: the store's last changes, or a worker with what it knew. What operators want
   * wins if a worker still holds it, unless another override seems to have been set later, by a
   * clock that was stepped. Else one that is older may win, as the safer mistake (R11); but none
   * that nobody knows.
   *
   * @param stored what the store has by now
   * @param held what the workers hold that are left
   */
  void lost(String provider, Optional<FleetOverride> stored, Collection<FleetOverride> held) {
    Set<Optional<FleetOverride>> before = possible(provider);
    List<FleetOverride> known = new ArrayList<>(held);
    stored.ifPresent(known::add);
    Optional<FleetOverride> wanted =
        before.size() == 1 ? before.iterator().next() : Optional.empty();
    boolean wins =
        wanted.isPresent()
            && held.contains(wanted.get())
            && known.stream().allMatch(o -> o.sinceMillis() <= wanted.get().sinceMillis());
    if (!wins) {
      Set<Optional<FleetOverride>> after = new HashSet<>(before);
      after.add(Optional.empty());
      known.forEach(override -> after.add(withoutEnd(Optional.of(override))));
      possible.put(provider, after);
    }
  }

  /** In the end the store says what has no end by itself. */
  void requireKept(String provider, Optional<Revision> current) {
    Optional<FleetOverride> stands = withoutEnd(current.map(Revision::override));
    if (!possible(provider).contains(stands)) {
      throw new Violation(
          "R13: "
              + provider
              + " should be under "
              + possible(provider)
              + " and is under "
              + stands);
    }
  }

  private Set<Optional<FleetOverride>> possible(String provider) {
    return possible.getOrDefault(provider, Set.of(Optional.empty()));
  }

  private static Optional<FleetOverride> withoutEnd(Optional<FleetOverride> override) {
    return override.filter(FleetOverride::isEndless);
  }

  /** How often each kind of answer was given. */
  Map<String, Integer> answers() {
    return Map.copyOf(answers);
  }

  static @Nullable FleetOverride inForce(@Nullable Revision revision, long serverMillis) {
    FleetOverride override = revision == null ? null : revision.override();
    return override != null && override.isInForce(serverMillis) ? override : null;
  }
}
