package io.fleetbreaker.redis;

import io.fleetbreaker.Ticker;
import io.fleetbreaker.redis.FleetStore.Changes;
import io.fleetbreaker.redis.FleetStore.CommitResult;
import io.fleetbreaker.redis.FleetStore.FleetSnapshot;
import io.fleetbreaker.redis.FleetStore.Position;
import io.fleetbreaker.redis.FleetStore.ProbeAnswer;
import io.fleetbreaker.redis.FleetStore.ProbeAsk;
import io.fleetbreaker.redis.FleetStore.Renewal;
import io.fleetbreaker.redis.FleetStore.Settlement;
import io.fleetbreaker.redis.FleetStore.StoreSnapshot;
import io.fleetbreaker.redis.ProviderSync.Flight;
import io.fleetbreaker.sync.RevisionId;
import io.fleetbreaker.sync.SyncPort;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.eventstream.EventStream;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * Bridges the Jedis subscriber thread and the breakers of one worker, and alone holds the locks for
 * state writes, each for the time of one {@link FleetStore#commit}.
 *
 * <p>It only carries: what to do about a message is decided by {@link WorkerSync}; what blocks runs
 * on the dispatcher {@code fleetbreaker.redis-dispatcher}, with at most one commit and one read
 * under way per provider; what comes back is a message again.
 */
public final class RedisSyncActor extends AbstractBehavior<SyncPort.Message> {

  /** What this actor tells itself, and what its owner tells it. */
  public sealed interface Command extends SyncPort.Message {}

  /** Asks to be told when nothing is left to commit, or when the store cannot be asked. */
  public record Drain(ActorRef<Done> replyTo) implements Command {}

  /**
   * An operator wants this of the fleet.
   *
   * @param replyTo told what came of it within 4 s, unless this actor restarts meanwhile
   */
  public record Operate(OperatorRequest request, ActorRef<OperatorAnswer> replyTo)
      implements Command {}

  private record Asker(ActorRef<OperatorAnswer> replyTo, long notAfterNanos) {}

  private record OperatorRetryDue(OperatorRequest request) implements Command {}

  private record OperatorAnswerDue(OperatorRequest request) implements Command {}

  /** The subscriber has put events into the buffer. */
  private record EventsWaiting() implements Command {}

  private record Subscribed() implements Command {}

  private record Disconnected(String cause) implements Command {}

  private record ReconcileDue() implements Command {}

  /** A worker has found the store without a mark. */
  private record Greeted() implements Command {}

  /**
   * A blocking operation has ended.
   *
   * @param begunNanos when it began, on the monotonic clock
   */
  private record Finished(long begunNanos, Outcome outcome) implements Command {}

  /** What came of a blocking operation. */
  private sealed interface Outcome {}

  private record SnapshotRead(Set<String> asked, FleetSnapshot snapshot) implements Outcome {}

  private record ChangesRead(Changes changes) implements Outcome {}

  private record ComparisonFailed(String cause) implements Outcome {}

  /** Whoever knows more than the store has had time to say so. */
  private record HoldersHeard() implements Command {}

  private record ProbeAnswered(ProbeAsk ask, ProbeAnswer answer) implements Outcome {}

  private record ProbeSettled(SyncPort.SettleProbe settled, Settlement result) implements Outcome {}

  private record ProbesRenewed(LeaseRenewal renewal, Renewal result) implements Outcome {}

  private record RenewDue(String provider) implements Command {}

  private record ReadDue(String provider) implements Command {}

  /** Nobody waits for what is done. */
  private record Ignored() implements Outcome {}

  private record StateRead(String provider, StoreSnapshot snapshot) implements Outcome {}

  private record StateReadFailed(String provider, String cause) implements Outcome {}

  private record ReadForOperator(OperatorRequest request, StoreSnapshot snapshot)
      implements Outcome {}

  private record ReadForOperatorFailed(OperatorRequest request, String cause) implements Outcome {}

  private record CommittedForOperator(
      OperatorRequest request, RevisionId expected, CommitResult result) implements Outcome {}

  /** No thread was free for the commit before it had to be answered. */
  private record TooLateForOperator(OperatorRequest request, RevisionId expected)
      implements Outcome {}

  private record CommitDone(String provider, Flight flight, CommitResult result)
      implements Outcome {}

  /** The store was away when last asked. */
  private record AskAgainDue() implements Command {}

  private record RetryDue(String provider) implements Command {}

  /**
   * So many threads at most commit and read single keys, of which there may be thousands at once;
   * the dispatcher has one more, so that neither a lease nor a recovery waits behind them.
   */
  private static final int BULK_THREADS = 3;

  private final String workerId;
  private final FleetStore store;
  private final SyncHealth health;
  private final Ticker ticker;
  private final SyncSettings settings;
  private final Executor blocking;
  private final Executor bulk;
  private final TimerScheduler<SyncPort.Message> timers;
  private final WorkerSync sync;
  private final Bridge bridge;
  private final FleetStore.Subscription subscription;

  private final Map<String, ActorRef<SyncPort.Answer>> breakers = new HashMap<>();
  private final Map<String, Asker> operators = new HashMap<>();
  private final List<ActorRef<Done>> drainWaiters = new ArrayList<>();

  /**
   * The behaviour of one worker's bridge to its fleet. Supervise it with a restart.
   *
   * @param store is used, and not closed
   * @param health is kept up to date
   */
  public static Behavior<SyncPort.Message> create(
      String workerId, FleetStore store, SyncHealth health, Ticker ticker, SyncSettings settings) {
    return create(workerId, store, health, ticker, settings, Map.of(), () -> {});
  }

  /**
   * As {@link #create(String, FleetStore, SyncHealth, Ticker, SyncSettings)}, in a fleet that
   * workers of FlexiAI 0.5 share.
   *
   * @param legacyOpenFor by provider, how long it stays OPEN when such a worker has opened it;
   *     empty if they are ignored
   * @param historyGrows told by the subscriber's thread that the history may have grown; must not
   *     block
   */
  public static Behavior<SyncPort.Message> create(
      String workerId,
      FleetStore store,
      SyncHealth health,
      Ticker ticker,
      SyncSettings settings,
      Map<String, Duration> legacyOpenFor,
      Runnable historyGrows) {
    SyncMemory memory = new SyncMemory();
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers ->
                    new RedisSyncActor(
                        context,
                        timers,
                        workerId,
                        store,
                        health,
                        ticker,
                        settings,
                        memory,
                        legacyOpenFor,
                        historyGrows)));
  }

  private RedisSyncActor(
      ActorContext<SyncPort.Message> context,
      TimerScheduler<SyncPort.Message> timers,
      String workerId,
      FleetStore store,
      SyncHealth health,
      Ticker ticker,
      SyncSettings settings,
      SyncMemory memory,
      Map<String, Duration> legacyOpenFor,
      Runnable historyGrows) {
    super(context);
    this.workerId = workerId;
    this.store = store;
    this.health = health;
    this.ticker = ticker;
    this.settings = settings;
    this.timers = timers;
    this.blocking =
        context
            .getSystem()
            .dispatchers()
            .lookup(DispatcherSelector.fromConfig("fleetbreaker.redis-dispatcher"));
    this.bulk = new Lane(blocking, BULK_THREADS);
    this.sync =
        new WorkerSync(
            workerId,
            new Commits(workerId, OperationIds.ofWorker(workerId)),
            new StoreLink(health, ticker, context.getLog()),
            settings,
            new SplittableRandom(),
            memory,
            new Outside(),
            legacyOpenFor);
    context
        .getSystem()
        .eventStream()
        .tell(new EventStream.Publish<>(new SyncPort.Started(context.getSelf())));
    this.bridge =
        new Bridge(
            store.database(),
            health,
            new TellingWakeups(context.getSelf()),
            !legacyOpenFor.isEmpty(),
            historyGrows);
    this.subscription = store.subscribe(bridge);
    sync.onStarted();
  }

  @Override
  public Receive<SyncPort.Message> createReceive() {
    return newReceiveBuilder()
        .onMessage(SyncPort.Register.class, this::onRegister)
        .onMessage(SyncPort.Propose.class, this::onPropose)
        .onMessage(EventsWaiting.class, this::onEventsWaiting)
        .onMessage(Subscribed.class, this::onSubscribed)
        .onMessage(Disconnected.class, this::onDisconnected)
        .onMessage(ReconcileDue.class, this::onReconcileDue)
        .onMessage(Greeted.class, this::onGreeted)
        .onMessage(HoldersHeard.class, this::onHoldersHeard)
        .onMessage(SyncPort.AskProbe.class, this::onAskProbe)
        .onMessage(SyncPort.SettleProbe.class, this::onSettleProbe)
        .onMessage(RenewDue.class, this::onRenewDue)
        .onMessage(ReadDue.class, this::onReadDue)
        .onMessage(Finished.class, this::onFinished)
        .onMessage(AskAgainDue.class, this::onAskAgainDue)
        .onMessage(RetryDue.class, this::onRetryDue)
        .onMessage(Operate.class, this::onOperate)
        .onMessage(OperatorRetryDue.class, this::onOperatorRetryDue)
        .onMessage(OperatorAnswerDue.class, this::onOperatorAnswerDue)
        .onMessage(Drain.class, this::onDrain)
        .onSignal(PreRestart.class, signal -> onEnd())
        .onSignal(PostStop.class, signal -> onEnd())
        .build();
  }

  private Behavior<SyncPort.Message> onEnd() {
    subscription.close();
    return this;
  }

  private Behavior<SyncPort.Message> onRegister(SyncPort.Register register) {
    breakers.put(register.provider(), register.breaker());
    sync.onRegister(register.provider());
    return this;
  }

  private Behavior<SyncPort.Message> onPropose(SyncPort.Propose propose) {
    sync.onPropose(propose.provider(), propose.proposal(), ticker.nanos());
    return answered();
  }

  private Behavior<SyncPort.Message> onEventsWaiting(EventsWaiting message) {
    sync.onEvents(bridge.drain(), ticker.nanos());
    sync.onLegacyEvents(bridge.drainLegacy(), ticker.nanos());
    return answered();
  }

  private Behavior<SyncPort.Message> onSubscribed(Subscribed message) {
    sync.onSubscribed();
    return this;
  }

  private Behavior<SyncPort.Message> onDisconnected(Disconnected message) {
    sync.onDisconnected(message.cause());
    return this;
  }

  private Behavior<SyncPort.Message> onReconcileDue(ReconcileDue message) {
    sync.onReconcileDue();
    return this;
  }

  private Behavior<SyncPort.Message> onFinished(Finished finished) {
    sync.onOperationBegan(finished.begunNanos());
    Outcome outcome = finished.outcome();
    if (outcome instanceof SnapshotRead read) {
      return onSnapshotRead(read);
    } else if (outcome instanceof ChangesRead read) {
      return onChangesRead(read);
    } else if (outcome instanceof ComparisonFailed failed) {
      return onComparisonFailed(failed);
    } else if (outcome instanceof StateRead read) {
      return onStateRead(read);
    } else if (outcome instanceof StateReadFailed failed) {
      return onStateReadFailed(failed);
    } else if (outcome instanceof CommitDone done) {
      return onCommitDone(done);
    } else if (outcome instanceof ReadForOperator read) {
      sync.onReadForOperator(read.request(), read.snapshot(), ticker.nanos());
      return answered();
    } else if (outcome instanceof ReadForOperatorFailed failed) {
      sync.onReadForOperatorFailed(failed.request(), failed.cause());
      return answered();
    } else if (outcome instanceof CommittedForOperator done) {
      sync.onCommittedForOperator(done.request(), done.expected(), done.result(), ticker.nanos());
      return answered();
    } else if (outcome instanceof TooLateForOperator late) {
      sync.onTooLateForOperator(late.request(), late.expected(), ticker.nanos());
      return answered();
    } else if (outcome instanceof ProbeAnswered answered) {
      return onProbeAnswered(answered);
    } else if (outcome instanceof ProbeSettled settled) {
      return onProbeSettled(settled);
    } else if (outcome instanceof ProbesRenewed renewed) {
      return onProbesRenewed(renewed);
    } else {
      return this;
    }
  }

  private Behavior<SyncPort.Message> onSnapshotRead(SnapshotRead read) {
    sync.onSnapshotRead(read.asked(), read.snapshot(), ticker.nanos());
    return answered();
  }

  private Behavior<SyncPort.Message> onChangesRead(ChangesRead read) {
    sync.onChangesRead(read.changes(), ticker.nanos());
    return answered();
  }

  private Behavior<SyncPort.Message> onComparisonFailed(ComparisonFailed failed) {
    sync.onComparisonFailed(failed.cause());
    return answered();
  }

  private Behavior<SyncPort.Message> onHoldersHeard(HoldersHeard message) {
    sync.onHoldersHeard();
    return this;
  }

  private Behavior<SyncPort.Message> onGreeted(Greeted message) {
    bridge.greetingTaken();
    sync.onGreeted(ticker.nanos());
    return this;
  }

  private Behavior<SyncPort.Message> onAskProbe(SyncPort.AskProbe ask) {
    sync.onAskProbe(ask, ticker.nanos());
    return this;
  }

  private Behavior<SyncPort.Message> onProbeAnswered(ProbeAnswered answered) {
    sync.onProbeAnswered(answered.ask(), answered.answer(), ticker.nanos());
    return answered();
  }

  private Behavior<SyncPort.Message> onSettleProbe(SyncPort.SettleProbe settled) {
    sync.onSettleProbe(settled);
    return this;
  }

  private Behavior<SyncPort.Message> onProbeSettled(ProbeSettled settled) {
    sync.onProbeSettled(settled.settled(), settled.result());
    return answered();
  }

  private Behavior<SyncPort.Message> onRenewDue(RenewDue due) {
    sync.onRenewDue(due.provider(), ticker.nanos());
    return this;
  }

  private Behavior<SyncPort.Message> onProbesRenewed(ProbesRenewed renewed) {
    sync.onProbesRenewed(renewed.renewal(), renewed.result());
    return answered();
  }

  private Behavior<SyncPort.Message> onReadDue(ReadDue due) {
    readOne(due.provider());
    return this;
  }

  private Behavior<SyncPort.Message> onStateRead(StateRead read) {
    sync.onStateRead(read.provider(), read.snapshot(), ticker.nanos());
    return answered();
  }

  private Behavior<SyncPort.Message> onStateReadFailed(StateReadFailed failed) {
    sync.onStateReadFailed(failed.provider(), failed.cause());
    return answered();
  }

  private Behavior<SyncPort.Message> onCommitDone(CommitDone done) {
    sync.onCommitDone(done.provider(), done.flight(), done.result(), ticker.nanos());
    return answered();
  }

  private Behavior<SyncPort.Message> onAskAgainDue(AskAgainDue message) {
    sync.onAskAgainDue();
    return this;
  }

  private Behavior<SyncPort.Message> onRetryDue(RetryDue retry) {
    sync.onRetryDue(retry.provider(), ticker.nanos());
    return answered();
  }

  private Behavior<SyncPort.Message> onOperate(Operate operate) {
    long notAfter = ticker.nanos() + OperatorDesk.ANSWERED_WITHIN.toNanos();
    operators.put(operate.request().op(), new Asker(operate.replyTo(), notAfter));
    sync.onOperatorRequest(operate.request());
    return this;
  }

  private Behavior<SyncPort.Message> onOperatorRetryDue(OperatorRetryDue due) {
    sync.onOperatorRetryDue(due.request());
    return this;
  }

  private Behavior<SyncPort.Message> onOperatorAnswerDue(OperatorAnswerDue due) {
    sync.onOperatorAnswerDue(due.request());
    return answered();
  }

  private Behavior<SyncPort.Message> onDrain(Drain drain) {
    sync.onLeaving();
    drainWaiters.add(drain.replyTo());
    return answered();
  }

  /** Answers whoever waits for there being nothing left to do. */
  private Behavior<SyncPort.Message> answered() {
    if (!drainWaiters.isEmpty() && sync.isDrained()) {
      drainWaiters.forEach(waiter -> waiter.tell(Done.getInstance()));
      drainWaiters.clear();
    }
    return this;
  }

  private void readOne(String provider) {
    onBlocking(
        bulk,
        () -> {
          if (isAway()) {
            throw new StoreException(problem());
          }
          return store.read(List.of(provider));
        },
        snapshot -> new StateRead(provider, snapshot),
        cause -> new StateReadFailed(provider, cause));
  }

  /**
   * Whether the store has not answered since an operation was asked for. Then that is not tried:
   * thousands that have waited for a thread would else wait for as many time-outs, and a comparison
   * tells soon enough that it is back. Any thread may ask.
   */
  private boolean isAway() {
    return !health.contact().storeUp();
  }

  private String problem() {
    return health.contact().problem();
  }

  private <T> void onBlocking(
      Supplier<T> operation, Function<T, Outcome> done, Function<String, Outcome> failed) {
    onBlocking(blocking, operation, done, failed);
  }

  private <T> void onBlocking(
      Executor threads,
      Supplier<T> operation,
      Function<T, Outcome> done,
      Function<String, Outcome> failed) {
    // Not when it was asked for: much may have been answered while it waited for a thread.
    AtomicLong begun = new AtomicLong(ticker.nanos());
    Supplier<T> timed =
        () -> {
          begun.set(ticker.nanos());
          return operation.get();
        };
    getContext()
        .pipeToSelf(
            CompletableFuture.supplyAsync(timed, threads),
            (result, error) ->
                new Finished(
                    begun.get(),
                    error == null ? done.apply(result) : failed.apply(Causes.describe(error))));
  }

  /** What the protocol wants done, as messages, timers and blocking calls. For this actor only. */
  private final class Outside implements WorkerSync.Outside {
    @Override
    public void tell(String provider, SyncPort.Answer answer) {
      ActorRef<SyncPort.Answer> breaker = breakers.get(provider);
      if (breaker != null) {
        breaker.tell(answer);
      }
    }

    @Override
    public void commit(String provider, SyncEffect.Commit commit) {
      onBlocking(
          bulk,
          () -> tryCommit(commit.request()),
          result -> new CommitDone(provider, commit.flight(), result),
          cause -> new CommitDone(provider, commit.flight(), new CommitResult.Unknown(cause)));
    }

    private CommitResult tryCommit(FleetStore.CommitRequest request) {
      if (isAway()) {
        return new CommitResult.Unreachable(problem());
      }
      try {
        return store.commit(request);
      } catch (IllegalArgumentException e) {
        // What stands there leaves no place in the order after it, or cannot be written again.
        return new CommitResult.Refused(Causes.describe(e));
      }
    }

    @Override
    public void read(String provider) {
      readOne(provider);
    }

    @Override
    public void readAfter(String provider, Duration after) {
      timers.startSingleTimer("read-" + provider, new ReadDue(provider), after);
    }

    @Override
    public void readAll(Set<String> providers) {
      boolean first = !sync.everAnswered();
      onBlocking(
          () -> {
            if (first) {
              Rehearsal.run(store, workerId);
            }
            return store.snapshot(providers);
          },
          snapshot -> new SnapshotRead(providers, snapshot),
          ComparisonFailed::new);
    }

    @Override
    public void readChanges(Position since) {
      onBlocking(() -> store.changesSince(since), ChangesRead::new, ComparisonFailed::new);
    }

    @Override
    public void greet() {
      onBlocking(
          () -> store.markAndGreet(workerId), marked -> new Ignored(), cause -> new Ignored());
    }

    @Override
    public void awaitHolders(Duration after) {
      timers.startSingleTimer(HoldersHeard.class, new HoldersHeard(), after);
    }

    @Override
    public void askProbe(ProbeAsk ask) {
      onBlocking(
          () -> isAway() ? new ProbeAnswer.Failed(problem()) : store.askProbe(ask),
          answer -> new ProbeAnswered(ask, answer),
          cause -> new ProbeAnswered(ask, new ProbeAnswer.Failed(cause)));
    }

    @Override
    public void settleProbe(SyncPort.SettleProbe settled) {
      boolean succeeded = settled.result() == SyncPort.ProbeResult.SUCCEEDED;
      onBlocking(
          () ->
              isAway()
                  ? new Settlement.Failed(problem())
                  : store.settleProbe(
                      settled.provider(),
                      settled.round(),
                      settled.lease(),
                      succeeded,
                      settled.successThreshold()),
          result -> new ProbeSettled(settled, result),
          cause -> new ProbeSettled(settled, new Settlement.Failed(cause)));
    }

    @Override
    public void renewProbes(LeaseRenewal renewal) {
      onBlocking(
          () ->
              isAway()
                  ? new Renewal.Failed(problem())
                  : store.renewProbes(
                      renewal.provider(), renewal.round(), renewal.leases(), settings.probeLease()),
          result -> new ProbesRenewed(renewal, result),
          cause -> new ProbesRenewed(renewal, new Renewal.Failed(cause)));
    }

    @Override
    public void renewLater(String provider, Duration after) {
      timers.startSingleTimer("renew-" + provider, new RenewDue(provider), after);
    }

    @Override
    public void retry(String provider, Duration after) {
      timers.startSingleTimer("retry-" + provider, new RetryDue(provider), after);
    }

    @Override
    public void askAgain(Duration after) {
      timers.startSingleTimer(AskAgainDue.class, new AskAgainDue(), after);
    }

    @Override
    public void reconcile(Duration after) {
      timers.startSingleTimer(ReconcileDue.class, new ReconcileDue(), after);
    }

    @Override
    public void readForOperator(OperatorRequest request) {
      // Not behind what may be thousands of commits and reads: somebody waits for it.
      onBlocking(
          () -> store.read(List.of(request.provider())),
          snapshot -> new ReadForOperator(request, snapshot),
          cause -> new ReadForOperatorFailed(request, cause));
    }

    @Override
    public void commitForOperator(OperatorRequest request, FleetStore.CommitRequest commit) {
      Asker asker = operators.get(request.op());
      // What has not begun when the answer is given must not begin any more.
      onBlocking(
          () ->
              asker == null || ticker.nanos() - asker.notAfterNanos() > 0
                  ? Optional.<CommitResult>empty()
                  : Optional.of(tryCommit(commit)),
          result ->
              result.isPresent()
                  ? new CommittedForOperator(request, commit.expected(), result.get())
                  : new TooLateForOperator(request, commit.expected()),
          cause ->
              new CommittedForOperator(
                  request, commit.expected(), new CommitResult.Unknown(cause)));
    }

    @Override
    public void retryForOperator(OperatorRequest request, Duration after) {
      timers.startSingleTimer(
          "operator-retry-" + request.op(), new OperatorRetryDue(request), after);
    }

    @Override
    public void answerBy(OperatorRequest request, Duration after) {
      timers.startSingleTimer(answerTimer(request), new OperatorAnswerDue(request), after);
    }

    @Override
    public void answer(OperatorRequest request, OperatorAnswer answer) {
      timers.cancel(answerTimer(request));
      Asker asker = operators.remove(request.op());
      if (asker != null) {
        asker.replyTo().tell(answer);
      }
    }

    private String answerTimer(OperatorRequest request) {
      return "operator-answer-" + request.op();
    }
  }

  /** Turns what the subscriber thread sees into messages. */
  private record TellingWakeups(ActorRef<SyncPort.Message> self) implements Bridge.Wakeups {
    @Override
    public void eventsWaiting() {
      self.tell(new EventsWaiting());
    }

    @Override
    public void subscribed() {
      self.tell(new Subscribed());
    }

    @Override
    public void disconnected(String cause) {
      self.tell(new Disconnected(cause));
    }

    @Override
    public void greeted() {
      self.tell(new Greeted());
    }
  }
}
