package io.fleetbreaker.fleet;

import io.fleetbreaker.BreakerEvents;
import io.fleetbreaker.CircuitBreaker;
import io.fleetbreaker.Failover;
import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.ProviderName;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.Subscription;
import io.fleetbreaker.Ticker;
import io.fleetbreaker.breaker.FleetClock;
import io.fleetbreaker.breaker.Gate;
import io.fleetbreaker.breaker.GateEvents;
import io.fleetbreaker.breaker.ProviderBreaker;
import io.fleetbreaker.redis.FleetStore;
import io.fleetbreaker.redis.RedisStore;
import io.fleetbreaker.redis.RedisSyncActor;
import io.fleetbreaker.redis.SyncHealth;
import io.fleetbreaker.redis.SyncMetrics;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.pekko.Done;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.concurrent.ExecutionContext;

/**
 * One worker's membership in a fleet: its breakers, and their link to the other workers.
 * Thread-safe.
 *
 * <pre>{@code
 * Config config = ConfigFactory.parseString("fleetbreaker.providers { openai {}, anthropic {} }");
 * FleetSettings settings = FleetSettings.from(config.withFallback(ConfigFactory.load()));
 * try (Fleet worker = Fleet.start(settings)) {
 *   String answer = worker.breaker("openai").call(() -> "an answer");
 *   assert worker.breaker("openai").view().counts().successful() == 1;
 * }
 * }</pre>
 */
public final class Fleet implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Fleet.class);
  private static final Duration START_ANSWER = Duration.ofMinutes(2);

  /** A little less than the 5 s that are promised. */
  private static final Duration BREAKER_WAIT = Duration.ofMillis(4_900);

  private static final Duration DRAIN_WAIT = Duration.ofSeconds(2);
  private static final Duration STOP_WAIT = Duration.ofSeconds(5);
  private static final Duration SHORTEST_OVERRIDE = Duration.ofMillis(1);
  private static final Duration LONGEST_OVERRIDE = Duration.ofDays(365);

  private final String workerId = WorkerId.create();
  private final long startedNanos = System.nanoTime();
  private final Ticker ticker = Ticker.system();
  private final FleetClock clock = FleetClock.system();
  private final SyncHealth health = new SyncHealth();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Map<String, Gate> gates = new LinkedHashMap<>();
  private final FleetStore store;
  private final ActorSystem<?> system;
  private final ActorRef<FleetGuardian.Command> guardian;
  private final boolean ownSystem;
  private final Cancellable ticking;
  private final GateEvents events;
  private final FleetOperations operations;
  private final Asks asks;
  private final Operations commands;

  /** What the subscriber's thread runs, from before there is anybody to tell. */
  private volatile Runnable historyGrows = () -> {};

  private final Joining joining;

  private Fleet(FleetSettings settings, Optional<ActorSystem<?>> given) {
    for (ProviderSettings provider : settings.providers()) {
      gates.put(provider.name(), new Gate(provider, clock));
    }
    joining = new Joining(settings.redis().channel());
    store = open(settings);
    ownSystem = given.isEmpty();
    try {
      Behavior<FleetGuardian.Command> behavior =
          FleetGuardian.create(
              RedisSyncActor.create(
                  workerId,
                  store,
                  health,
                  ticker,
                  settings.sync(),
                  legacyOpenFor(settings),
                  () -> historyGrows.run()),
              gates.values(),
              clock);
      if (given.isPresent()) {
        system = given.get();
        String name = "fleetbreaker-" + workerId.substring(workerId.lastIndexOf(':') + 1);
        guardian = system.systemActorOf(behavior, name, Props.empty());
      } else {
        ActorSystem<FleetGuardian.Command> own =
            ActorSystem.create(behavior, "fleetbreaker", OwnSystem.config());
        system = own;
        guardian = own;
      }
    } catch (RuntimeException e) {
      store.close();
      throw e;
    }
    events = new GateEvents(gates.values());
    operations =
        new FleetOperations(
            workerId, settings, store, gates.values(), health, system, this::sync, joining);
    historyGrows = operations::historyGrows;
    asks = new Asks(guardian, system.scheduler());
    commands = new Operations(asks);
    // On the scheduler's own thread, which no blocked dispatcher can hold up; a tick is short.
    ticking =
        system
            .scheduler()
            .scheduleWithFixedDelay(
                FleetClock.TICK,
                FleetClock.TICK,
                clock::tick,
                ExecutionContext.fromExecutor(Runnable::run));
    system.getWhenTerminated().thenRun(this::leaveUnattended);
  }

  private static Map<String, Duration> legacyOpenFor(FleetSettings settings) {
    Map<String, Duration> openFor = new LinkedHashMap<>();
    if (settings.flexiAiInterop()) {
      settings.providers().forEach(p -> openFor.put(p.name(), p.openDuration()));
    }
    return openFor;
  }

  private static FleetStore open(FleetSettings settings) {
    try {
      return RedisStore.open(settings.redis());
    } catch (IllegalArgumentException e) {
      SettingsException refused = new SettingsException("fleetbreaker.redis: " + e.getMessage());
      refused.initCause(e);
      throw refused;
    }
  }

  /** Nobody is left to open a breaker again, so none may stay shut. */
  private void leaveUnattended() {
    if (!closed.get()) {
      LOG.error(
          "the actor system has ended under the fleet of worker {}: its breakers admit every call"
              + " from now on",
          workerId);
    }
    gates.values().forEach(Gate::leaveUnattended);
  }

  /**
   * Starts on an actor system of its own, which {@link #close} ends. Returns when the breakers hold
   * the fleet's state, or when {@code start-wait} has passed without Redis.
   *
   * @throws IllegalStateException if Redis is away and {@code start-without-redis} is false, or if
   *     the calling thread is interrupted
   */
  public static Fleet start(FleetSettings settings) {
    return new Fleet(settings, Optional.empty()).await(settings);
  }

  /**
   * As {@link #start(FleetSettings)}, inside an actor system that {@link #close} leaves running.
   */
  public static Fleet start(FleetSettings settings, ActorSystem<?> system) {
    return new Fleet(settings, Optional.of(system)).await(settings);
  }

  private Fleet await(FleetSettings settings) {
    List<CompletableFuture<ProviderBreaker.Started>> starts =
        gates.keySet().stream().map(this::awaitStart).toList();
    followStarts(starts);
    boolean interrupted = Waits.upTo(settings.startWait(), starts);
    boolean inTime = starts.stream().allMatch(CompletableFuture::isDone);
    if (interrupted || (!inTime && !settings.startWithoutRedis())) {
      String problem = interrupted ? "the thread was interrupted" : health.contact().problem();
      close();
      throw new IllegalStateException(
          interrupted
              ? "not started: " + problem
              : "not started, because start-without-redis is false: " + problem);
    }
    return this;
  }

  /** Asks again when nobody has answered for long, for as long as there is anybody to ask. */
  private void followStarts(List<CompletableFuture<ProviderBreaker.Started>> starts) {
    var unused =
        CompletableFuture.allOf(starts.toArray(new CompletableFuture<?>[0]))
            .thenRun(this::snapshotTaken)
            .exceptionallyAsync(
                unanswered -> {
                  if (!closed.get() && !system.getWhenTerminated().toCompletableFuture().isDone()) {
                    followStarts(gates.keySet().stream().map(this::awaitStart).toList());
                  }
                  return null;
                },
                CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS));
  }

  private void snapshotTaken() {
    joining.snapshotTaken();
    operations.greet();
  }

  private CompletableFuture<ProviderBreaker.Started> awaitStart(String provider) {
    return asks.breaker(provider, ProviderBreaker.AwaitStart::new, START_ANSWER);
  }

  /** {@code host:pid:startMillis:nonce}: no two workers share one. */
  public String workerId() {
    return workerId;
  }

  /** All breakers, by priority, then name. */
  public List<CircuitBreaker> breakers() {
    return List.copyOf(gates.values());
  }

  /** The breaker of a configured provider, or empty if there is none of that name. */
  public Optional<CircuitBreaker> findBreaker(String provider) {
    return Optional.ofNullable(gates.get(provider));
  }

  /**
   * The breaker of a configured provider.
   *
   * @throws IllegalArgumentException naming those there are, if there is none of that name
   */
  public CircuitBreaker breaker(String provider) {
    return findBreaker(provider)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no provider '"
                        + ProviderName.shown(provider)
                        + "' is configured; there are "
                        + String.join(", ", gates.keySet())));
  }

  /**
   * Failover over these providers, or over all if none is named. Make it once and keep it.
   *
   * @throws IllegalArgumentException naming those there are, if there is none of a given name; or
   *     if one is named twice
   */
  public Failover failover(String... providers) {
    return Failover.of(
        providers.length == 0 ? breakers() : Stream.of(providers).map(this::breaker).toList());
  }

  /**
   * Closes the provider's breaker here at once, and in the fleet if Redis can be asked. Completes
   * with {@link ResetOutcome#UNKNOWN} at the latest after 5 s.
   *
   * @param reason who wants it and why; goes to the other workers and their logs
   * @throws IllegalArgumentException if the provider is not configured
   * @throws IllegalStateException if this fleet has been closed
   */
  public CompletionStage<ResetOutcome> reset(String provider, String reason) {
    requireOpen(provider);
    Objects.requireNonNull(reason, "reason");
    return asks.<ProviderBreaker.ResetReply>breaker(
            provider, replyTo -> new ProviderBreaker.Reset(reason, replyTo), BREAKER_WAIT)
        .handle(
            (reply, error) -> {
              if (error != null) {
                return ResetOutcome.UNKNOWN;
              }
              return switch (reply) {
                case COMMITTED -> ResetOutcome.COMMITTED;
                case NOT_COMMITTED -> ResetOutcome.LOCAL_ONLY;
                case FORCED_OPEN -> ResetOutcome.FORCED_OPEN;
              };
            });
  }

  /**
   * Puts the provider's breaker on this worker under an override, until {@link #clearOverride};
   * other workers are not told. It takes the place of one that is there already.
   *
   * @param reason who wants it and why; goes to the log
   * @return completes when the override is in force; fails with a {@link
   *     java.util.concurrent.TimeoutException} after 5 s if the actor system has ended
   * @throws IllegalArgumentException if the provider is not configured
   * @throws IllegalStateException if this fleet has been closed
   */
  public CompletionStage<Done> override(String provider, OverrideMode mode, String reason) {
    return setOverride(provider, mode, reason, null);
  }

  /**
   * As {@link #override(String, OverrideMode, String)}, for a time.
   *
   * @param lasting after which it ends by itself; 1 ms to 365 days
   * @throws IllegalArgumentException also if {@code lasting} is out of its bounds
   */
  public CompletionStage<Done> override(
      String provider, OverrideMode mode, String reason, Duration lasting) {
    if (lasting.compareTo(SHORTEST_OVERRIDE) < 0 || lasting.compareTo(LONGEST_OVERRIDE) > 0) {
      throw new IllegalArgumentException(
          "an override must last 1 ms to 365 days, was " + lasting + " (" + provider + ")");
    }
    return setOverride(provider, mode, reason, lasting);
  }

  private CompletionStage<Done> setOverride(
      String provider, OverrideMode mode, String reason, @Nullable Duration lasting) {
    Objects.requireNonNull(mode, "mode");
    Objects.requireNonNull(reason, "reason");
    return askBreaker(
        provider, replyTo -> new ProviderBreaker.SetOverride(mode, reason, lasting, replyTo));
  }

  /**
   * Ends the override of the provider's breaker on this worker, if there is one.
   *
   * @return completes when calls meet the breaker's own state again; fails with a {@link
   *     java.util.concurrent.TimeoutException} after 5 s if the actor system has ended
   * @throws IllegalArgumentException if the provider is not configured
   * @throws IllegalStateException if this fleet has been closed
   */
  public CompletionStage<Done> clearOverride(String provider) {
    return askBreaker(provider, ProviderBreaker.ClearOverride::new);
  }

  private CompletionStage<Done> askBreaker(
      String provider, Function<ActorRef<Done>, ProviderBreaker.Command> command) {
    requireOpen(provider);
    return asks.breaker(provider, command, BREAKER_WAIT);
  }

  /**
   * Does what an operator wants, in the whole fleet. Completes within 5 s.
   *
   * @throws IllegalArgumentException if the provider is not configured or the command is not legal
   * @throws IllegalStateException if this fleet has been closed
   */
  public CompletionStage<OperatorOutcome> execute(OperatorCommand command) {
    requireOpen(command.provider());
    return commands.execute(command, breaker(command.provider()).settings());
  }

  /**
   * What became of an operation, asked of Redis. Fails with a {@link
   * io.fleetbreaker.redis.StoreException} if Redis cannot be asked, or if 16 operations are being
   * looked for already.
   *
   * @throws IllegalArgumentException if the provider is not configured
   * @throws IllegalStateException if this fleet has been closed
   */
  public CompletionStage<OperationStatus> operation(String provider, String operation) {
    requireOpen(provider);
    return operations.operation(provider, operation);
  }

  /**
   * A part of the history, asked of Redis. Fails with a {@link
   * io.fleetbreaker.redis.StoreException} if Redis cannot be asked, or if 64 pages are being read
   * already.
   *
   * @throws IllegalStateException if this fleet has been closed
   */
  public CompletionStage<HistoryPage> history(HistoryQuery query) {
    requireOpen();
    return operations.history(query);
  }

  /**
   * Tells {@code listener} what the history gains, until the answer or this fleet is closed. Never
   * throws for want of Redis: it goes on where it was when Redis is back. Each listener has a
   * thread of its own.
   *
   * @param after id of the last entry known, {@code 0-0} for all that is kept; empty for only what
   *     is new, from when Redis has been asked where the history ends, which is a moment later
   * @throws IllegalArgumentException if {@code after} is no id
   * @throws IllegalStateException if this fleet has been closed, or 1,000 follow already
   */
  public Subscription follow(Optional<String> after, HistoryListener listener) {
    Objects.requireNonNull(listener, "listener");
    requireOpen();
    return operations.follow(after, listener);
  }

  /**
   * What all workers have told of themselves, at most a second old. Fails with a {@link
   * io.fleetbreaker.redis.StoreException} if Redis cannot be asked.
   *
   * @throws IllegalStateException if this fleet has been closed
   */
  public CompletionStage<FleetReport> workers() {
    requireOpen();
    return operations.workers();
  }

  /**
   * Says where this worker serves HTTP, for the other workers' reports of it.
   *
   * @param address such as {@code http://127.0.0.1:8001}; at most 256 characters
   * @throws IllegalArgumentException if it is no such address
   */
  public void advertise(String address) {
    operations.advertise(address);
  }

  /** Whether {@link #close} has been called: what needs the fleet is refused from then on. */
  public boolean isClosed() {
    return closed.get();
  }

  private void requireOpen(String provider) {
    breaker(provider);
    requireOpen();
  }

  private void requireOpen() {
    if (closed.get()) {
      throw new IllegalStateException("this worker has left its fleet");
    }
  }

  /** Tells listeners of all breakers' transitions, rejections and outcomes, until this closes. */
  public BreakerEvents events() {
    return events;
  }

  /** How this worker is connected to its fleet. Asks nobody. */
  public SyncStatus sync() {
    SyncHealth.Contact contact = health.contact();
    OptionalLong last = contact.lastContactNanos();
    String refusal = store.refusal();
    return new SyncStatus(
        contact.isOk() && refusal.isEmpty() ? SyncStatus.Mode.OK : SyncStatus.Mode.DEGRADED,
        contact.storeUp(),
        contact.subscribed(),
        last.isPresent()
            ? Optional.of(Duration.ofNanos(Math.max(0, ticker.nanos() - last.getAsLong())))
            : Optional.empty(),
        contact.problem().isEmpty() ? refusal : contact.problem(),
        health.eventsReceived(),
        health.messagesDropped(),
        refusal);
  }

  /** What the link to the fleet has amounted to since the start. Asks nobody. */
  public SyncMetrics syncMetrics() {
    return health.metrics();
  }

  /** Whether this worker has joined its fleet, and what is missing if not. Asks nobody. */
  public Readiness readiness() {
    return joining.given(sync());
  }

  /**
   * The store this worker shares with its fleet, for what the breakers do not do. {@link #close}
   * closes it; do not close it yourself.
   */
  public FleetStore store() {
    return store;
  }

  /** How long this worker has been running. */
  public Duration uptime() {
    return Duration.ofNanos(System.nanoTime() - startedNanos);
  }

  /**
   * Commits what is still to be committed, for at most 2 s, and leaves the fleet. Its breakers
   * admit every call from then on, since nobody would open them again. Idempotent.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    // Each breaker first passes on what its callers have seen: a trip of a moment ago counts.
    List<CompletableFuture<Done>> flushed = gates.keySet().stream().map(this::flush).toList();
    Waits.upTo(DRAIN_WAIT, flushed);
    Waits.upTo(DRAIN_WAIT, List.of(drain()));
    Waits.upTo(DRAIN_WAIT, List.of(operations.leave()));
    ticking.cancel();
    guardian.tell(new FleetGuardian.Stop());
    if (ownSystem) {
      Waits.upTo(STOP_WAIT, List.of(system.getWhenTerminated().toCompletableFuture()));
    }
    leaveUnattended();
    events.close();
    gates.values().forEach(Gate::endEvents);
    store.close();
  }

  private CompletableFuture<Done> flush(String provider) {
    return asks.breaker(provider, ProviderBreaker.Flush::new, DRAIN_WAIT);
  }

  private CompletableFuture<Done> drain() {
    return asks.sync(RedisSyncActor.Drain::new, DRAIN_WAIT);
  }
}
