package io.fleetbreaker.fleet;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.OverrideView;
import io.fleetbreaker.Subscription;
import io.fleetbreaker.Ticker;
import io.fleetbreaker.breaker.Gate;
import io.fleetbreaker.redis.FleetStore;
import io.fleetbreaker.redis.Lane;
import io.fleetbreaker.redis.Rehearsal;
import io.fleetbreaker.redis.StoreException;
import io.fleetbreaker.redis.StoredState;
import io.fleetbreaker.redis.SyncHealth;
import io.fleetbreaker.redis.WorkerBeat;
import io.fleetbreaker.redis.WorkerBeat.ProviderBeat;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.concurrent.ExecutionContext;

/**
 * What a worker does for those who operate the fleet: it tells that it is there, and reads who else
 * is and what has happened. Thread-safe.
 *
 * <p>All of it together takes one thread of the dispatcher for Redis at a time, so that neither
 * commits nor probes wait for it.
 */
final class FleetOperations {
  private static final Logger LOG = LoggerFactory.getLogger(FleetOperations.class);
  private static final int MOST_PAGES = 64;

  /** Each may read all of the history, and the heartbeats wait for the same thread. */
  private static final int MOST_LOOKUPS = 16;

  private static final int LONGEST_ADDRESS = 256;

  /** More than fit into a heartbeat; the views of 100,000 would cost too much to make. */
  private static final int MOST_PROVIDERS = 1_000;

  private final String workerId;
  private final FleetStore store;
  private final Collection<Gate> gates;
  private final SyncHealth health;
  private final Supplier<SyncStatus> sync;
  private final ActorSystem<?> system;
  private final Executor reads;
  private final FleetView view;
  private final HistoryFeed feed;
  private final Heartbeats heartbeats;
  private final Cancellable reconciling;
  private final Semaphore pages = new Semaphore(MOST_PAGES);
  private final Semaphore lookups = new Semaphore(MOST_LOOKUPS);
  private final String version;

  /** Set by whoever advertises, read when a heartbeat is made. */
  private volatile String address = "";

  FleetOperations(
      String workerId,
      FleetSettings settings,
      FleetStore store,
      Collection<Gate> gates,
      SyncHealth health,
      ActorSystem<?> system,
      Supplier<SyncStatus> sync,
      Joining joining) {
    this.workerId = workerId;
    this.store = store;
    this.gates = List.copyOf(gates);
    this.health = health;
    this.sync = sync;
    this.system = system;
    this.version =
        Objects.requireNonNullElse(
            FleetOperations.class.getPackage().getImplementationVersion(), "development");
    this.reads =
        new Lane(
            system
                .dispatchers()
                .lookup(DispatcherSelector.fromConfig("fleetbreaker.redis-dispatcher")),
            1);
    this.view = new FleetView(store, reads, Ticker.system());
    this.feed = new HistoryFeed(store, reads, this::mayAsk, this::after);
    this.heartbeats =
        new Heartbeats(
            store,
            reads,
            this::heartbeat,
            this::mayAsk,
            settings.heartbeatInterval(),
            this::after,
            new Heartbeats.Listener() {
              @Override
              public void tried() {
                joining.hasWritten();
                tryAgain(joining);
              }

              @Override
              public boolean mayLog(String refusal) {
                return health.mayLogRefusal(refusal).isPresent();
              }
            });
    Duration interval = settings.sync().reconcileInterval();
    // On the scheduler's own thread; it only says so.
    this.reconciling =
        system.scheduler().scheduleWithFixedDelay(interval, interval, feed::wake, here());
    heartbeats.start();
  }

  private static ExecutionContext here() {
    return ExecutionContext.fromExecutor(Runnable::run);
  }

  private void after(Duration time, Runnable task) {
    try {
      system.scheduler().scheduleOnce(time, task, here());
    } catch (IllegalStateException e) {
      LOG.debug("the actor system has ended", e);
    }
  }

  private boolean mayAsk() {
    return health.contact().storeUp();
  }

  private CompletableFuture<Void> askable() {
    return mayAsk()
        ? CompletableFuture.completedFuture(null)
        : CompletableFuture.failedFuture(
            new StoreException("Redis cannot be asked: " + health.contact().problem()));
  }

  /** A worker that could not join because of a missing right notices when it is given. */
  private void tryAgain(Joining joining) {
    if (!store.refusal().isEmpty() && !joining.given(sync.get()).isReady()) {
      try {
        Rehearsal.run(store, workerId);
      } catch (RuntimeException e) {
        LOG.debug("it still cannot write", e);
      }
    }
  }

  /** Tells the fleet at once that this worker is there. */
  void greet() {
    heartbeats.tellSoon();
  }

  /** {@link Fleet#history}. */
  CompletionStage<HistoryPage> history(HistoryQuery query) {
    return limited(
        pages,
        MOST_PAGES + " pages of the history are being read",
        () -> askable().thenApplyAsync(ready -> HistoryPages.read(store, query), reads));
  }

  /** {@link Fleet#operation}. */
  CompletionStage<OperationStatus> operation(String provider, String operation) {
    // Again once it has its turn: those before it may have waited for as many time-outs.
    return limited(
        lookups,
        MOST_LOOKUPS + " operations are being looked for",
        () ->
            askable()
                .thenComposeAsync(
                    ready -> askable().thenApply(still -> look(provider, operation)), reads));
  }

  /** Who asks for more at once than can be answered soon is told so, instead of waiting. */
  private static <T> CompletionStage<T> limited(
      Semaphore places, String taken, Supplier<CompletionStage<T>> question) {
    if (!places.tryAcquire()) {
      return CompletableFuture.failedFuture(
          new StoreException(taken + " already: ask again later"));
    }
    return question.get().whenComplete((answer, error) -> places.release());
  }

  private OperationStatus look(String provider, String operation) {
    boolean known =
        store
            .getState(provider)
            .flatMap(StoredState::revision)
            .filter(revision -> revision.ops().contains(operation))
            .isPresent();
    // Also if the state knows it: who asks wants to know what came of it.
    Optional<HistoryEntry> entry =
        store
            .findInHistory(provider, operation)
            .flatMap(item -> item.told().map(told -> HistoryPages.entry(item.id(), told)));
    return new OperationStatus(
        operation,
        provider,
        known || entry.isPresent()
            ? OperationStatus.Fate.COMMITTED
            : OperationStatus.Fate.NOT_FOUND,
        entry);
  }

  /** {@link Fleet#follow}. */
  Subscription follow(Optional<String> after, HistoryListener listener) {
    return feed.follow(after.map(id -> HistoryQuery.requireId("after", id)), listener);
  }

  /** An event has come. Any thread may say so. */
  void historyGrows() {
    feed.wake();
  }

  /** {@link Fleet#workers}. */
  CompletionStage<FleetReport> workers() {
    return view.ask(this::askable);
  }

  /** {@link Fleet#advertise}. */
  void advertise(String wanted) {
    if (wanted.length() > LONGEST_ADDRESS || !isHttp(wanted)) {
      throw new IllegalArgumentException(
          "an address must be such as http://127.0.0.1:8001, of at most "
              + LONGEST_ADDRESS
              + " characters, was "
              + io.fleetbreaker.ProviderName.shown(wanted));
    }
    address = wanted;
    heartbeats.tellSoon();
  }

  private static boolean isHttp(String text) {
    try {
      URI uri = new URI(text);
      return ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
          && uri.getHost() != null
          && uri.getUserInfo() == null;
    } catch (URISyntaxException e) {
      return false;
    }
  }

  /** Ends all of it, and tells the fleet that this worker has left. */
  CompletableFuture<Void> leave() {
    reconciling.cancel();
    feed.close();
    return heartbeats.leave(workerId);
  }

  private WorkerBeat heartbeat() {
    SyncStatus now = sync.get();
    return new WorkerBeat(
        workerId,
        address,
        version,
        WorkerId.startedAt(workerId).toEpochMilli(),
        now.mode() == SyncStatus.Mode.OK,
        now.lastContact().isPresent()
            ? OptionalLong.of(now.lastContact().get().toMillis())
            : OptionalLong.empty(),
        gates.stream().limit(MOST_PROVIDERS).map(gate -> provider(gate.view())).toList());
  }

  private static ProviderBeat provider(BreakerView view) {
    return new ProviderBeat(
        view.provider(),
        view.state(),
        view.override().map(OverrideView::mode),
        view.failureCount(),
        view.failureRate(),
        view.counts(),
        view.revision(),
        view.shared());
  }
}
