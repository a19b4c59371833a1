package io.fleetbreaker.redis;

import io.fleetbreaker.Ticker;
import io.fleetbreaker.redis.FleetStore.CommitResult;
import io.fleetbreaker.redis.FleetStore.StoreSnapshot;
import io.fleetbreaker.redis.ProviderSync.Flight;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.SyncPort;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
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
 * <p>It only carries: what to do about a message is decided by {@link SyncCore}; what blocks runs
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

  private static final Duration RETRY_MOST = Duration.ofMillis(200);
  private static final Duration SLOW_RETRY_MOST = Duration.ofSeconds(2);
  private static final Duration ASK_AGAIN_MOST = Duration.ofSeconds(1);

  private final String workerId;
  private final FleetStore store;
  private final StoreLink link;
  private final Ticker ticker;
  private final Duration reconcileInterval;
  private final Executor blocking;
  private final TimerScheduler<SyncPort.Message> timers;
  private final Commits commits;
  private final Bridge bridge;
  private final FleetStore.Subscription subscription;

  private final Map<String, ActorRef<SyncPort.Answer>> breakers = new HashMap<>();
  private final Map<String, ProviderSync> providers = new HashMap<>();
  private final List<ActorRef<Done>> drainWaiters = new ArrayList<>();
  private final Set<String> unanswered = new HashSet<>();
  private boolean snapshotUnderWay;
  private boolean snapshotAgain;

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
    this.link = new StoreLink(health, ticker, context.getLog());
    this.ticker = ticker;
    this.reconcileInterval = reconcileInterval;
    this.timers = timers;
    this.blocking =
        context
            .getSystem()
            .dispatchers()
            .lookup(DispatcherSelector.fromConfig("fleetbreaker.redis-dispatcher"));
    this.commits = new Commits(workerId, () -> UUID.randomUUID().toString());
    context
        .getSystem()
        .eventStream()
        .tell(new EventStream.Publish<>(new SyncPort.Started(context.getSelf())));
    this.bridge = new Bridge(store.database(), health, new TellingWakeups(context.getSelf()));
    this.subscription = store.subscribe(bridge);
    scheduleReconcile();
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
    unanswered.add(register.provider());
    // Before the subscription stands, its snapshot answers: what it reads cannot be out of date.
    if (link.mayRead()) {
      requestSnapshot();
    }
    return this;
  }

  private Behavior<SyncPort.Message> onPropose(SyncPort.Propose propose) {
    SyncCore core = core(propose.provider());
    perform(
        propose.provider(),
        core.onProposal(
            known(propose.provider()), propose.proposal(), link.mayAsk(), ticker.nanos()));
    return this;
  }

  private Behavior<SyncPort.Message> onEventsWaiting(EventsWaiting message) {
    HintBuffer.Drained drained = bridge.drain();
    if (drained.overflowed()) {
      requestSnapshot();
    }
    for (BreakerEvent event : drained.events()) {
      String provider = event.provider();
      Optional<Revision> told = Bridge.toldBy(event);
      if (told.isPresent() && breakers.containsKey(provider)) {
        perform(provider, core(provider).onHint(known(provider), told.get(), ticker.nanos()));
      }
    }
    return this;
  }

  private Behavior<SyncPort.Message> onSubscribed(Subscribed message) {
    link.subscribed();
    requestSnapshot();
    return this;
  }

  private Behavior<SyncPort.Message> onDisconnected(Disconnected message) {
    link.disconnected(message.cause());
    // What is true of the channel need not be true of the keys.
    requestSnapshot();
    return this;
  }

  private Behavior<SyncPort.Message> onReconcileDue(ReconcileDue message) {
    requestSnapshot();
    scheduleReconcile();
    return this;
  }

  private Behavior<SyncPort.Message> onSnapshotRead(SnapshotRead read) {
    snapshotUnderWay = false;
    link.answered();
    for (String provider : read.asked()) {
      perform(
          provider,
          core(provider)
              .onSnapshot(
                  known(provider),
                  Optional.ofNullable(read.snapshot().states().get(provider)),
                  read.snapshot().serverMillis(),
                  ticker.nanos()));
    }
    answerRegistrations(read.asked());
    if (snapshotAgain) {
      snapshotAgain = false;
      requestSnapshot();
    }
    return this;
  }

  private Behavior<SyncPort.Message> onSnapshotFailed(SnapshotFailed failed) {
    snapshotUnderWay = false;
    snapshotAgain = false;
    storeUnanswered(failed.cause());
    return this;
  }

  private Behavior<SyncPort.Message> onStateRead(StateRead read) {
    link.answered();
    perform(
        read.provider(),
        core(read.provider())
            .onRead(
                known(read.provider()),
                Optional.ofNullable(read.snapshot().states().get(read.provider())),
                read.snapshot().serverMillis(),
                ticker.nanos()));
    return this;
  }

  private Behavior<SyncPort.Message> onStateReadFailed(StateReadFailed failed) {
    storeUnanswered(failed.cause());
    perform(failed.provider(), core(failed.provider()).onReadFailed(known(failed.provider())));
    return this;
  }

  private Behavior<SyncPort.Message> onCommitDone(CommitDone done) {
    CommitResult result = done.result();
    if (result instanceof CommitResult.Unreachable failure) {
      storeUnanswered(failure.cause());
    } else if (result instanceof CommitResult.Unknown failure) {
      storeUnanswered(failure.cause());
    } else if (result instanceof CommitResult.Refused refusal) {
      link.refused(done.provider(), refusal.cause());
    } else {
      link.answered();
    }
    perform(
        done.provider(),
        core(done.provider())
            .onCommitResult(known(done.provider()), done.flight(), result, ticker.nanos()));
    return this;
  }

  private Behavior<SyncPort.Message> onAskAgainDue(AskAgainDue message) {
    requestSnapshot();
    return this;
  }

  private Behavior<SyncPort.Message> onRetryDue(RetryDue retry) {
    if (link.mayAsk()) {
      perform(
          retry.provider(), core(retry.provider()).pursue(known(retry.provider()), ticker.nanos()));
    }
    return this;
  }

  private Behavior<SyncPort.Message> onDrain(Drain drain) {
    drainWaiters.add(drain.replyTo());
    answerDrains();
    return this;
  }

  private void perform(String provider, SyncCore.Step step) {
    providers.put(provider, step.next());
    step.effects().forEach(effect -> perform(provider, effect));
    answerDrains();
  }

  private void perform(String provider, SyncEffect effect) {
    if (effect instanceof SyncEffect.Tell tell) {
      ActorRef<SyncPort.Answer> breaker = breakers.get(provider);
      if (breaker != null) {
        breaker.tell(tell.answer());
      }
    } else if (effect instanceof SyncEffect.Commit commit) {
      onBlocking(
          () -> store.commit(commit.request()),
          result -> new CommitDone(provider, commit.flight(), result),
          cause -> new CommitDone(provider, commit.flight(), new CommitResult.Unknown(cause)));
    } else if (effect instanceof SyncEffect.Read) {
      onBlocking(
          () -> store.read(List.of(provider)),
          snapshot -> new StateRead(provider, snapshot),
          cause -> new StateReadFailed(provider, cause));
    } else if (effect instanceof SyncEffect.TryLater later) {
      Duration most = later.slowly() ? SLOW_RETRY_MOST : RETRY_MOST;
      long millis = ThreadLocalRandom.current().nextLong(most.toMillis() / 4, most.toMillis());
      timers.startSingleTimer(
          "retry-" + provider, new RetryDue(provider), Duration.ofMillis(millis));
    }
  }

  private void requestSnapshot() {
    if (snapshotUnderWay) {
      snapshotAgain = true;
      return;
    }
    snapshotUnderWay = true;
    Set<String> asked = Set.copyOf(breakers.keySet());
    boolean first = !link.everAnswered();
    onBlocking(
        () -> {
          if (first) {
            Rehearsal.run(store, workerId);
          }
          return store.read(asked);
        },
        snapshot -> new SnapshotRead(asked, snapshot),
        SnapshotFailed::new);
  }

  private <T> void onBlocking(
      Supplier<T> operation,
      java.util.function.Function<T, Command> done,
      java.util.function.Function<String, Command> failed) {
    getContext()
        .pipeToSelf(
            CompletableFuture.supplyAsync(operation, blocking),
            (result, error) ->
                error == null ? done.apply(result) : failed.apply(Causes.describe(error)));
  }

  private void scheduleReconcile() {
    double share = ThreadLocalRandom.current().nextDouble(0.5, 1.0);
    timers.startSingleTimer(
        ReconcileDue.class,
        new ReconcileDue(),
        Duration.ofNanos((long) (reconcileInterval.toNanos() * share)));
  }

  /** Tells those of {@code providers} who registered what they start with. */
  private void answerRegistrations(Set<String> asked) {
    for (String provider : asked) {
      if (unanswered.remove(provider)) {
        ProviderSync p = known(provider);
        SyncPort.Answer answer =
            p.held() == null
                ? new SyncPort.NothingShared()
                : new SyncPort.Adopt(p.held(), p.heldRemaining(ticker.nanos()));
        perform(provider, new SyncEffect.Tell(answer));
      }
    }
  }

  private void answerDrains() {
    if (drainWaiters.isEmpty()) {
      return;
    }
    boolean settled =
        providers.values().stream()
            .allMatch(link.mayAsk() ? ProviderSync::isSettled : p -> p.flight() == null);
    if (settled) {
      drainWaiters.forEach(waiter -> waiter.tell(Done.getInstance()));
      drainWaiters.clear();
    }
  }

  private void storeUnanswered(String cause) {
    link.unanswered(cause);
    long millis = ThreadLocalRandom.current().nextLong(1, ASK_AGAIN_MOST.toMillis());
    timers.startSingleTimer(AskAgainDue.class, new AskAgainDue(), Duration.ofMillis(millis));
  }

  private ProviderSync known(String provider) {
    return providers.getOrDefault(provider, ProviderSync.UNKNOWN);
  }

  private SyncCore core(String provider) {
    return new SyncCore(provider, commits);
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
