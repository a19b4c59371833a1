package io.fleetbreaker.redis;

import io.fleetbreaker.redis.FleetStore.CommitResult;
import io.fleetbreaker.redis.FleetStore.StoreSnapshot;
import io.fleetbreaker.sync.FleetOverride;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What operators want of one worker's fleet, each as one operation: read, build the next revision,
 * commit it, go on over what has come between, and say honestly what came of it (R13). Like {@link
 * WorkerSync}, which owns it, it has no clock, no thread and does no I/O. Not thread-safe.
 *
 * <p>A commit that was not answered is made again as the same operation over the same revision: the
 * store knows the operation if it had got through, and refuses it if others have come between. That
 * a commit on its way can come to nothing any more is certain only then.
 */
final class OperatorDesk {
  /** Within this, whatever happens, there is an answer; who asked waits for a little longer. */
  static final Duration ANSWERED_WITHIN = Duration.ofSeconds(4);

  /** So often it goes on over what others have committed meanwhile. */
  private static final int MOST_REBASES = 20;

  private static final Duration RETRY_MOST = Duration.ofMillis(200);

  private final Commits commits;
  private final RandomGenerator random;
  private final WorkerSync.Outside outside;
  private final Function<String, ProviderSync> known;
  private final Map<String, Task> tasks = new LinkedHashMap<>();

  /** One request on its way. Mutable. */
  private static final class Task {
    private final OperatorRequest request;
    private boolean commitUnderWay;

    /** A commit that may have got through, and what it was to be written over. */
    private @Nullable RevisionId unresolvedOver;

    private String trouble = "Redis has not answered in time";
    private int rebases;
    private @Nullable Revision committed;

    Task(OperatorRequest request) {
      this.request = request;
    }
  }

  OperatorDesk(
      Commits commits,
      RandomGenerator random,
      WorkerSync.Outside outside,
      Function<String, ProviderSync> known) {
    this.commits = commits;
    this.random = random;
    this.outside = outside;
    this.known = known;
  }

  /** An operator wants this. Answered once, within {@link #ANSWERED_WITHIN}. */
  void onRequest(OperatorRequest request, boolean storeUp, String problem) {
    if (!storeUp) {
      outside.answer(request, new OperatorAnswer.NotCommitted(problem));
      return;
    }
    tasks.put(request.op(), new Task(request));
    outside.answerBy(request, ANSWERED_WITHIN);
    outside.readForOperator(request);
  }

  /** The key was read. */
  void onRead(OperatorRequest request, StoreSnapshot snapshot, long nowNanos) {
    Task task = tasks.get(request.op());
    if (task != null) {
      Optional<StoredState> found = Optional.ofNullable(snapshot.states().get(request.provider()));
      next(task, found, snapshot.serverMillis(), nowNanos);
    }
  }

  /** The key could not be read. */
  void onReadFailed(OperatorRequest request, String cause) {
    Task task = tasks.get(request.op());
    if (task == null) {
      return;
    }
    task.trouble = cause;
    if (task.unresolvedOver == null) {
      answer(task, new OperatorAnswer.NotCommitted(cause));
    } else {
      retry(task);
    }
  }

  /** It is time to look again. */
  void onRetryDue(OperatorRequest request) {
    Task task = tasks.get(request.op());
    if (task != null && !task.commitUnderWay && task.committed == null) {
      outside.readForOperator(request);
    }
  }

  /** What the store holds is known: answers, or commits over it. */
  private void next(Task task, Optional<StoredState> found, long serverMillis, long nowNanos) {
    OperatorRequest request = task.request;
    Revision current = found.flatMap(StoredState::revision).orElse(null);
    RevisionId stands = current == null ? RevisionId.NONE : current.id();
    if (current != null && current.ops().contains(request.op())) {
      committed(task, current);
      return;
    }
    RevisionId unresolved = task.unresolvedOver;
    if (unresolved != null && !unresolved.equals(stands) && !isRecent(unresolved, stands)) {
      // So much has come between that the store may have forgotten the operation.
      answer(task, new OperatorAnswer.Unknown(task.trouble));
      return;
    }
    // Over another revision the commit that was not answered is refused, if it is still on its way.
    Optional<RevisionId> wanted = request.ifRevision();
    if (wanted.isPresent() && !wanted.get().equals(stands)) {
      answer(task, new OperatorAnswer.RevisionChanged(stands));
      return;
    }
    if (found.isPresent() && found.get().schema() > StoredState.SCHEMA) {
      answer(
          task,
          new OperatorAnswer.NotCommitted(
              "a later version of Fleetbreaker has written the state of "
                  + request.provider()
                  + "; use that version"));
      return;
    }
    ProviderSync p = known.apply(request.provider());
    FleetOverride override = overrideInForce(p, current, serverMillis, nowNanos);
    Optional<String> refusal = request.refusedUnder(override);
    if (refusal.isPresent()) {
      answer(task, new OperatorAnswer.Refused(refusal.get()));
      return;
    }
    task.commitUnderWay = true;
    outside.commitForOperator(
        request,
        commits.operators(
            request, base(p, current, serverMillis, nowNanos), override, p.heldId(), current));
  }

  /** The store has answered a commit, or has not. */
  void onCommitDone(
      OperatorRequest request, RevisionId expected, CommitResult result, long nowNanos) {
    Task task = tasks.get(request.op());
    if (task == null) {
      return;
    }
    task.commitUnderWay = false;
    if (result instanceof CommitResult.Committed done) {
      committed(task, done.revision());
    } else if (result instanceof CommitResult.Conflict conflict) {
      task.rebases++;
      if (task.rebases > MOST_REBASES) {
        failed(task, "others commit all the time");
      } else {
        next(task, conflict.current(), conflict.serverMillis(), nowNanos);
      }
    } else if (result instanceof CommitResult.LockBusy) {
      task.trouble = "others hold the lock of " + request.provider();
      retry(task);
    } else if (result instanceof CommitResult.Unreachable away) {
      failed(task, away.cause());
    } else if (result instanceof CommitResult.Refused refused) {
      failed(task, refused.cause());
    } else if (result instanceof CommitResult.Unknown unknown) {
      task.trouble = unknown.cause();
      task.unresolvedOver = expected;
      retry(task);
    }
  }

  /** A commit has certainly not been made; whether an earlier one was is another question. */
  private void failed(Task task, String cause) {
    if (task.unresolvedOver == null) {
      answer(task, new OperatorAnswer.NotCommitted(cause));
    } else {
      task.trouble = cause;
      retry(task);
    }
  }

  /** This worker holds another revision. */
  void onHeld(String provider) {
    if (tasks.isEmpty()) {
      return;
    }
    for (Task task : List.copyOf(tasks.values())) {
      Revision committed = task.committed;
      if (committed != null && task.request.provider().equals(provider)) {
        answerOnceHeld(task, committed);
      }
    }
  }

  /** The time is up. */
  void onAnswerDue(OperatorRequest request) {
    Task task = tasks.get(request.op());
    if (task == null) {
      return;
    }
    if (task.committed != null) {
      answer(task, new OperatorAnswer.Committed(task.committed.id()));
    } else if (task.commitUnderWay || task.unresolvedOver != null) {
      answer(task, new OperatorAnswer.Unknown(task.trouble));
    } else {
      answer(task, new OperatorAnswer.NotCommitted(task.trouble));
    }
  }

  /** Whether nothing is on its way. */
  boolean isIdle() {
    return tasks.isEmpty();
  }

  /** Says so once this worker's breaker has been told. */
  private void committed(Task task, Revision stands) {
    task.committed = stands;
    answerOnceHeld(task, stands);
  }

  private void answerOnceHeld(Task task, Revision committed) {
    if (!committed.id().isAfter(known.apply(task.request.provider()).heldId())) {
      answer(task, new OperatorAnswer.Committed(committed.id()));
    }
  }

  private void answer(Task task, OperatorAnswer answer) {
    tasks.remove(task.request.op());
    outside.answer(task.request, answer);
  }

  private void retry(Task task) {
    long most = RETRY_MOST.toMillis();
    outside.retryForOperator(task.request, Duration.ofMillis(random.nextLong(most / 4, most)));
  }

  /** Whether the store still knows what was written over {@code base} by now. */
  private static boolean isRecent(RevisionId base, RevisionId now) {
    return now.epoch() == base.epoch()
        && now.version() > base.version()
        && now.version() - base.version() < Revision.KEPT_OPS;
  }

  /** A store that has lost something may hold less than this worker. */
  private static boolean isLost(ProviderSync p, @Nullable Revision current) {
    RevisionId stands = current == null ? RevisionId.NONE : current.id();
    return !stands.equals(p.heldId()) && !stands.isAfter(p.heldId());
  }

  private static @Nullable FleetOverride overrideInForce(
      ProviderSync p, @Nullable Revision current, long serverMillis, long nowNanos) {
    FleetOverride held = p.override(nowNanos);
    if (current != null && current.id().equals(p.heldId())) {
      return Commits.carried(held, null, serverMillis);
    }
    FleetOverride stands = current == null ? null : current.override();
    return Commits.carried(isLost(p, current) ? held : null, stands, serverMillis);
  }

  private static @Nullable Revision base(
      ProviderSync p, @Nullable Revision current, long serverMillis, long nowNanos) {
    Revision held = p.held();
    return held != null && isLost(p, current)
        ? SyncCore.stricter(held, p.heldRemaining(nowNanos), current, serverMillis)
        : current;
  }
}
