package io.fleetbreaker.http;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.OverrideView;
import io.fleetbreaker.Permit;
import io.fleetbreaker.State;
import io.fleetbreaker.Subscription;
import io.fleetbreaker.Transition;
import io.fleetbreaker.fleet.FleetReport;
import io.fleetbreaker.fleet.HistoryEntry;
import io.fleetbreaker.fleet.HistoryListener;
import io.fleetbreaker.fleet.HistoryPage;
import io.fleetbreaker.fleet.HistoryQuery;
import io.fleetbreaker.fleet.OperationStatus;
import io.fleetbreaker.fleet.OperatorAction;
import io.fleetbreaker.fleet.OperatorCommand;
import io.fleetbreaker.fleet.OperatorOutcome;
import io.fleetbreaker.fleet.ProviderReport;
import io.fleetbreaker.fleet.Readiness;
import io.fleetbreaker.fleet.ResetOutcome;
import io.fleetbreaker.fleet.SyncStatus;
import io.fleetbreaker.fleet.WorkerReport;
import io.fleetbreaker.fleet.WorkerReport.Presence;
import io.fleetbreaker.redis.SyncHealth;
import io.fleetbreaker.redis.SyncMetrics;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A worker with breakers of its own and nothing behind them. */
final class TestWorker implements WorkerFacade {
  private static final long EPOCH = 1_795_313_749_000L;

  static final SyncStatus IN_SYNC =
      new SyncStatus(SyncStatus.Mode.OK, true, true, Optional.of(Duration.ZERO), "", 7, 2, "");
  static final SyncStatus ALONE =
      new SyncStatus(
          SyncStatus.Mode.DEGRADED,
          false,
          false,
          Optional.empty(),
          "redis refuses connections",
          0,
          0,
          "");

  private static final SyncMetrics LINK =
      new SyncMetrics(
          new SyncHealth().metrics().commits(),
          7,
          Map.of(
              SyncMetrics.Dropped.MALFORMED, 2L,
              SyncMetrics.Dropped.OTHER_DATABASE, 0L,
              SyncMetrics.Dropped.LEGACY, 1L),
          3,
          Duration.ofMillis(1_500),
          Optional.of(Duration.ofMillis(250)),
          Optional.of(Duration.ofSeconds(2)),
          new SyncMetrics.Ages(
              List.of(0L, 2L, 0L, 0L, 1L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 1L),
              Duration.ofMillis(70_000)));

  private final String workerId;
  private final Map<String, TestBreaker> breakers = new LinkedHashMap<>();
  private final AtomicInteger resets = new AtomicInteger();
  private volatile SyncStatus sync = IN_SYNC;
  private volatile Readiness readiness = Readiness.READY;
  private volatile CompletionStage<ResetOutcome> resetOutcome =
      CompletableFuture.completedFuture(ResetOutcome.COMMITTED);
  private volatile @Nullable Supplier<RuntimeException> fault;
  private final TestHistory history = new TestHistory();
  private final List<OperatorCommand> commands = new CopyOnWriteArrayList<>();
  private final List<Consumer<? super Transition>> listeners = new CopyOnWriteArrayList<>();
  private final AtomicInteger ops = new AtomicInteger();
  private final AtomicInteger readings = new AtomicInteger();
  private volatile Function<OperatorCommand, CompletionStage<OperatorOutcome>> executing =
      this::commit;
  private volatile @Nullable RuntimeException away;
  private volatile boolean left;
  private volatile FleetReport fleet = new FleetReport(List.of(), Duration.ZERO, true);

  private TestWorker(String workerId, List<TestBreaker> breakers) {
    this.workerId = workerId;
    breakers.forEach(breaker -> this.breakers.put(breaker.view().provider(), breaker));
    haveFleet(0, 0);
  }

  /** The default fleet's two providers, given in the wrong order. */
  static TestWorker named(String workerId) {
    return new TestWorker(
        workerId, List.of(new TestBreaker("anthropic", 2, 5), new TestBreaker("openai", 1, 3)));
  }

  static TestWorker of(TestBreaker... breakers) {
    return new TestWorker("host-a:4711:1795313749263:abcd", List.of(breakers));
  }

  @Override
  public CompletionStage<OperatorOutcome> execute(OperatorCommand command) {
    commands.add(command);
    return executing.apply(command);
  }

  /** Commits what is wanted, as a fleet would whose Redis is there. */
  CompletionStage<OperatorOutcome> commit(OperatorCommand command) {
    TestBreaker breaker = breaker(command.provider());
    synchronized (breaker) {
      BreakerView before = breaker.view();
      if (command.ifRevision().filter(id -> !id.equals(before.revision())).isPresent()) {
        return done(new OperatorOutcome.RevisionChanged(before.revision()));
      }
      boolean overridden = before.override().isPresent();
      if (overridden
          && (command.action() == OperatorAction.TRIP
              || command.action() == OperatorAction.RESET)) {
        return done(new OperatorOutcome.Refused("it is overridden: enable it first"));
      }
      RevisionId id =
          new RevisionId(EPOCH, before.revision().version() + 1, "op-" + ops.incrementAndGet());
      breaker.obey(command, id, true);
      BreakerView after = breaker.view();
      history.add(
          entryId ->
              new HistoryEntry(
                  entryId,
                  TestBreaker.FAILED_AT,
                  command.provider(),
                  Optional.of(before.state()),
                  after.state(),
                  after.override().map(OverrideView::mode),
                  id,
                  workerId,
                  command.operator(),
                  command.reason(),
                  after.failureCount(),
                  0));
      return done(new OperatorOutcome.Committed(id.op(), id));
    }
  }

  private static <T> CompletionStage<T> done(T value) {
    return CompletableFuture.completedFuture(value);
  }

  @Override
  public CompletionStage<OperationStatus> operation(String provider, String operation) {
    if (away != null) {
      return CompletableFuture.failedFuture(away);
    }
    Optional<HistoryEntry> entry = history.byOperation(operation);
    return done(
        new OperationStatus(
            operation,
            provider,
            entry.isPresent() ? OperationStatus.Fate.COMMITTED : OperationStatus.Fate.NOT_FOUND,
            entry));
  }

  @Override
  public CompletionStage<HistoryPage> history(HistoryQuery query) {
    return away == null ? done(history.page(query)) : CompletableFuture.failedFuture(away);
  }

  @Override
  public Subscription follow(Optional<String> after, HistoryListener listener) {
    return history.follow(after, listener);
  }

  @Override
  public Subscription onTransition(Consumer<? super Transition> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /** Lets a breaker of this worker alone change, as its calls would. */
  void moveHere(String provider, State next) {
    State before = breaker(provider).view().state();
    breaker(provider).become(next);
    Transition moved =
        new Transition(
            provider,
            before,
            next,
            Optional.empty(),
            Duration.ZERO,
            "test",
            RevisionId.NONE,
            TestBreaker.FAILED_AT);
    listeners.forEach(listener -> listener.accept(moved));
  }

  int transitionListeners() {
    return listeners.size();
  }

  @Override
  public CompletionStage<FleetReport> workers() {
    readings.incrementAndGet();
    return away == null ? done(fleet) : CompletableFuture.failedFuture(away);
  }

  /** A fleet of this worker and {@code others} alive ones that have told the same. */
  void haveFleet(int others, int lost) {
    List<WorkerReport> reports = new ArrayList<>();
    reports.add(report(workerId, Presence.ALIVE));
    for (int other = 0; other < others + lost; other++) {
      reports.add(
          report(
              String.format(Locale.ROOT, "host-b:%d:1795313749263:beef", 10_000 + other),
              other < others ? Presence.ALIVE : Presence.LOST));
    }
    fleet = new FleetReport(reports, Duration.ofMillis(120), true);
  }

  private WorkerReport report(String instance, Presence presence) {
    return new WorkerReport(
        instance,
        Optional.of("http://127.0.0.1:8001"),
        "0.1.0",
        TestBreaker.FAILED_AT,
        presence,
        Duration.ofMillis(900),
        SyncStatus.Mode.OK,
        Optional.of(Duration.ofMillis(40)),
        presence == Presence.LOST
            ? List.of()
            : breakers.values().stream().map(TestBreaker::view).map(TestWorker::told).toList());
  }

  private static ProviderReport told(BreakerView view) {
    return new ProviderReport(
        view.provider(),
        view.state(),
        view.override().map(OverrideView::mode),
        view.failureCount(),
        OptionalDouble.of(12.5),
        view.counts(),
        view.revision(),
        view.shared());
  }

  /** Answers commands with what {@code answer} says instead of committing them. */
  void answerCommandsWith(Function<OperatorCommand, CompletionStage<OperatorOutcome>> answer) {
    executing = answer;
  }

  /** Has what asks Redis fail so. */
  void loseRedis(RuntimeException failure) {
    away = failure;
  }

  /** As a worker whose fleet was closed under its server. */
  void leave() {
    left = true;
  }

  @Override
  public boolean hasLeft() {
    return left;
  }

  void findRedis() {
    away = null;
  }

  List<OperatorCommand> commands() {
    return commands;
  }

  TestHistory history() {
    return history;
  }

  /** How often the workers were read. */
  int readings() {
    return readings.get();
  }

  TestBreaker breaker(String provider) {
    TestBreaker breaker = breakers.get(provider);
    if (breaker == null) {
      throw new IllegalArgumentException("no breaker " + provider);
    }
    return breaker;
  }

  void become(SyncStatus status) {
    sync = status;
  }

  void become(Readiness state) {
    readiness = state;
  }

  void answerResetsWith(CompletionStage<ResetOutcome> outcome) {
    resetOutcome = outcome;
  }

  void failWith(Supplier<RuntimeException> failure) {
    fault = failure;
  }

  int resets() {
    return resets.get();
  }

  @Override
  public String workerId() {
    return workerId;
  }

  @Override
  public List<BreakerView> views() {
    Supplier<RuntimeException> failure = fault;
    if (failure != null) {
      throw failure.get();
    }
    return breakers.values().stream().map(TestBreaker::view).toList();
  }

  @Override
  public Optional<BreakerView> view(String provider) {
    return Optional.ofNullable(breakers.get(provider)).map(TestBreaker::view);
  }

  @Override
  public Optional<Permit> tryAcquire(String provider) {
    return breaker(provider).tryAcquire();
  }

  @Override
  public CompletionStage<ResetOutcome> reset(String provider, String operator, String reason) {
    breaker(provider).become(State.CLOSED);
    resets.incrementAndGet();
    return resetOutcome;
  }

  @Override
  public SyncStatus sync() {
    return sync;
  }

  @Override
  public SyncMetrics syncMetrics() {
    return LINK;
  }

  @Override
  public Readiness readiness() {
    return readiness;
  }

  @Override
  public Duration uptime() {
    return Duration.ofMillis(12_345);
  }
}
