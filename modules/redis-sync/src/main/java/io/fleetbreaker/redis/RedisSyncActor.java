package io.fleetbreaker.redis;

import io.fleetbreaker.Ticker;
import io.fleetbreaker.redis.FleetStore.CommitResult;
import io.fleetbreaker.redis.FleetStore.StoreSnapshot;
import io.fleetbreaker.redis.ProviderSync.Flight;
import io.fleetbreaker.sync.SyncPort;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
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

  /** The subscriber has put events into the buffer. */
  private record EventsWaiting() implements Command {}

  private record Subscribed() implements Command {}

  private record Disconnected(String cause) implements Command {}

  private record ReconcileDue() implements Command {}

  private record SnapshotRead(Set<String> asked, StoreSnapshot snapshot) implements Command {}

  private record SnapshotFailed(String cause) implements Command {}

  private record StateRead(String provider, StoreSnapshot snapshot) implements Command {}

  private record StateReadFailed(String provider, String cause) implements Command {}

  private record CommitDone(String provider, Flight flight, CommitResult result)
      implements Command {}

  /** The store was away when last asked. */
  private record AskAgainDue() implements Command {}

  private record RetryDue(String provider) implements Command {}

  private final String workerId;
  private final FleetStore store;
  private final Ticker ticker;
  private final Executor blocking;
  private final TimerScheduler<SyncPort.Message> timers;
  private final WorkerSync sync;
  private final Bridge bridge;
  private final FleetStore.Subscription subscription;

  private final Map<String, ActorRef<SyncPort.Answer>> breakers = new HashMap<>();
  private final List<ActorRef<Done>> drainWaiters = new ArrayList<>();

  /**
   * The behaviour of one worker's bridge to its fleet. Supervise it with a restart.
   *
   * @param store is used, and not closed
   * @param health is kept up to date
   * @param reconcileInterval how often to compare with the store
   */
  public static Behavior<SyncPort.Message> create(
      String workerId,
      FleetStore store,
      SyncHealth health,
      Ticker ticker,
      Duration reconcileInterval) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers ->
                    new RedisSyncActor(
                        context, timers, workerId, store, health, ticker, reconcileInterval)));
  }

  private RedisSyncActor(
      ActorContext<SyncPort.Message> context,
      TimerScheduler<SyncPort.Message> timers,
      String workerId,
      FleetStore store,
      SyncHealth health,
      Ticker ticker,
      Duration reconcileInterval) {
    super(context);
    this.workerId = workerId;
    this.store = store;
    this.ticker = ticker;
    this.timers = timers;
    this.blocking =
        context
            .getSystem()
            .dispatchers()
            .lookup(DispatcherSelector.fromConfig("fleetbreaker.redis-dispatcher"));
    this.sync =
        new WorkerSync(
            new Commits(workerId, OperationIds.ofWorker(workerId)),
            new StoreLink(health, ticker, context.getLog()),
            reconcileInterval,
            new SplittableRandom(),
            new Outside());
    context
        .getSystem()
        .eventStream()
        .tell(new EventStream.Publish<>(new SyncPort.Started(context.getSelf())));
    this.bridge = new Bridge(store.database(), health, new TellingWakeups(context.getSelf()));
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
        .onMessage(SnapshotRead.class, this::onSnapshotRead)
        .onMessage(SnapshotFailed.class, this::onSnapshotFailed)
        .onMessage(StateRead.class, this::onStateRead)
        .onMessage(StateReadFailed.class, this::onStateReadFailed)
        .onMessage(CommitDone.class, this::onCommitDone)
        .onMessage(AskAgainDue.class, this::onAskAgainDue)
        .onMessage(RetryDue.class, this::onRetryDue)
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

  private Behavior<SyncPort.Message> onSnapshotRead(SnapshotRead read) {
    sync.onSnapshotRead(read.asked(), read.snapshot(), ticker.nanos());
    return answered();
  }

  private Behavior<SyncPort.Message> onSnapshotFailed(SnapshotFailed failed) {
    sync.onSnapshotFailed(failed.cause());
    return answered();
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

  private Behavior<SyncPort.Message> onDrain(Drain drain) {
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

  private <T> void onBlocking(
      Supplier<T> operation, Function<T, Command> done, Function<String, Command> failed) {
    getContext()
        .pipeToSelf(
            CompletableFuture.supplyAsync(operation, blocking),
            (result, error) ->
                error == null ? done.apply(result) : failed.apply(Causes.describe(error)));
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
          () -> store.commit(commit.request()),
          result -> new CommitDone(provider, commit.flight(), result),
          cause -> new CommitDone(provider, commit.flight(), new CommitResult.Unknown(cause)));
    }

    @Override
    public void read(String provider) {
      onBlocking(
          () -> store.read(List.of(provider)),
          snapshot -> new StateRead(provider, snapshot),
          cause -> new StateReadFailed(provider, cause));
    }

    @Override
    public void readAll(Set<String> providers) {
      boolean first = !sync.everAnswered();
      onBlocking(
          () -> {
            if (first) {
              Rehearsal.run(store, workerId);
            }
            return store.read(providers);
          },
          snapshot -> new SnapshotRead(providers, snapshot),
          SnapshotFailed::new);
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
  }
}
