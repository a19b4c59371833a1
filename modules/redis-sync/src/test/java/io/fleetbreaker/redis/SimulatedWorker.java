package io.fleetbreaker.redis;

import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.Ticker;
import io.fleetbreaker.breaker.SimulatedBreaker;
import io.fleetbreaker.redis.FleetStore.Changes;
import io.fleetbreaker.redis.FleetStore.CommitRequest;
import io.fleetbreaker.redis.FleetStore.CommitResult;
import io.fleetbreaker.redis.FleetStore.FleetSnapshot;
import io.fleetbreaker.redis.FleetStore.Position;
import io.fleetbreaker.redis.FleetStore.ProbeAnswer;
import io.fleetbreaker.redis.FleetStore.ProbeAsk;
import io.fleetbreaker.redis.FleetStore.Renewal;
import io.fleetbreaker.redis.FleetStore.Settlement;
import io.fleetbreaker.redis.SimulatedStore.Intent;
import io.fleetbreaker.redis.SimulatedStore.LockAnswer;
import io.fleetbreaker.redis.SimulatedStore.Violation;
import io.fleetbreaker.sync.FleetOverride;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import io.fleetbreaker.sync.SyncPort;
import io.fleetbreaker.sync.SyncPort.ProbeResult;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.slf4j.helpers.NOPLogger;

/**
 * One worker of a {@link Simulation}: the production transition function and the production sync
 * core for each provider, and in the place of actors, threads and sockets the simulation's queue.
 */
final class SimulatedWorker implements WorkerSync.Outside, Bridge.Wakeups {
  private static final SyncSettings SETTINGS = SyncSettings.DEFAULTS;

  /** Some take longer than a lease lasts. */
  private static final Duration LONGEST_PROBE = Duration.ofSeconds(5);

  /** Less than it takes until the first reconcile. */
  private static final Duration CATCH_UP = Duration.ofSeconds(2);

  private static final Duration LOCK_WAIT = Duration.ofSeconds(1);
  private static final Duration LOCK_RETRY = Duration.ofMillis(15);

  private final Simulation world;
  private final int number;
  private final long clockOffsetNanos;
  private final Map<String, ProviderSettings> settings;
  private final Map<String, SimulatedBreaker> breakers = new TreeMap<>();
  private final Map<String, RevisionId> heldBefore = new HashMap<>();
  private final Map<String, Long> timers = new HashMap<>();
  private final SyncHealth health = new SyncHealth();
  private final Map<String, SimulatedPlaces> places = new TreeMap<>();
  private SyncMemory memory = new SyncMemory();
  private WorkerSync sync;
  private Bridge bridge;

  /** Grows with each crash of the JVM: what was under way before comes to nothing. */
  private int life;

  /** Grows with each restart of the sync actor. */
  private int syncLife;

  private final Queue<Runnable> mailbox = new ArrayDeque<>();
  private long busyUntilNanos;
  private long syncBusyUntilNanos;
  private boolean subscribed;
  private long subscribedSince = Long.MIN_VALUE;

  SimulatedWorker(
      Simulation world, int number, long clockOffsetNanos, Map<String, ProviderSettings> settings) {
    this.world = world;
    this.number = number;
    this.clockOffsetNanos = clockOffsetNanos;
    this.settings = settings;
    boot();
  }

  String name() {
    return "w" + number;
  }

  private long nanos() {
    return world.now() + clockOffsetNanos;
  }

  private void boot() {
    breakers.clear();
    heldBefore.clear();
    memory = new SyncMemory();
    settings.forEach(
        (provider, s) -> {
          breakers.put(provider, new SimulatedBreaker(s, nanos()));
          places.put(provider, new SimulatedPlaces());
        });
    startSync();
  }

  private void startSync() {
    syncLife++;
    subscribed = false;
    Ticker ticker = this::nanos;
    sync =
        new WorkerSync(
            name() + "." + life,
            new Commits(
                name() + "." + life,
                (provider, sequence) ->
                    sequence == 0
                        ? world.newId()
                        : name() + "." + life + "." + provider + "." + sequence),
            new StoreLink(health, ticker, NOPLogger.NOP_LOGGER),
            SETTINGS,
            world.random(),
            memory,
            this,
            Map.of());
    bridge = new Bridge(0, health, this);
    sync.onStarted();
    reconnect(world.latency());
    for (SimulatedBreaker breaker : breakers.values()) {
      introduce(breaker);
    }
  }

  private void introduce(SimulatedBreaker breaker) {
    String provider = providerOf(breaker);
    places.get(provider).isNotHeard();
    toSync("register " + provider, () -> sync.onRegister(provider));
    breaker.pending().ifPresent(proposal -> propose(provider, proposal));
  }

  private String providerOf(SimulatedBreaker breaker) {
    return breakers.entrySet().stream()
        .filter(entry -> entry.getValue() == breaker)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow();
  }

  // What happens to it.

  void crash() {
    life++;
    boot();
  }

  void restartSync() {
    startSync();
  }

  void pauseUntil(long nanos) {
    busyUntilNanos = Math.max(busyUntilNanos, nanos);
  }

  /** Only its sync actor gets no thread. */
  void pauseSyncUntil(long nanos) {
    syncBusyUntilNanos = Math.max(syncBusyUntilNanos, nanos);
  }

  void dropSubscription(long reconnectAfterNanos) {
    if (subscribed) {
      subscribed = false;
      subscribedSince = Long.MIN_VALUE;
      toSync("disconnected", () -> sync.onDisconnected("the connection was lost"));
      reconnect(reconnectAfterNanos);
    }
  }

  private void reconnect(long afterNanos) {
    int mine = syncLife;
    world.after(
        afterNanos,
        name() + " connects",
        () -> {
          if (mine != syncLife) {
            return;
          }
          if (world.isCutOff(this)) {
            reconnect(world.upTo(Duration.ofSeconds(1)));
          } else {
            subscribed = true;
            toSync("subscribed", () -> sync.onSubscribed());
            watchSubscription();
          }
        });
  }

  /** R3: what was committed before the subscription stood is known one round trip later. */
  private void watchSubscription() {
    int mine = syncLife;
    long begun = world.now();
    subscribedSince = begun;
    Map<String, RevisionId> stood = new TreeMap<>();
    breakers
        .keySet()
        .forEach(
            provider ->
                world
                    .store()
                    .current(provider)
                    .ifPresent(revision -> stood.put(provider, revision.id())));
    world.after(
        CATCH_UP.toNanos(),
        name() + " should have caught up",
        () -> {
          if (mine == syncLife && subscribedSince == begun && world.isUndisturbedSince(begun)) {
            stood.forEach(
                (provider, id) -> {
                  if (id.isAfter(breakers.get(provider).held())
                      && breakers.get(provider).pending().isEmpty()) {
                    throw new Violation(
                        "R3: " + name() + " does not know " + id + " of " + provider);
                  }
                });
          }
        });
  }

  boolean isSubscribed() {
    return subscribed;
  }

  void hearGreeting(String worker) {
    if (subscribed && !world.isCutOff(this)) {
      bridge.onGreeting(worker);
    }
  }

  void receive(BreakerEvent event) {
    if (subscribed && !world.isCutOff(this)) {
      bridge.onEvent(event);
    }
  }

  @Override
  public void eventsWaiting() {
    toSync("events", () -> sync.onEvents(bridge.drain(), nanos()));
  }

  @Override
  public void subscribed() {
    throw new AssertionError("the simulation says this itself");
  }

  @Override
  public void disconnected(String cause) {
    throw new AssertionError("the simulation says this itself");
  }

  // Its calls.

  void call(String provider, double chance) {
    SimulatedBreaker breaker = breakers.get(provider);
    toBreaker(
        provider,
        "calls",
        () -> {
          if (breaker.mayAsk()) {
            return probe(provider, breaker, chance < 0.6);
          }
          return breaker.state() == State.CLOSED && chance > 0.7
              ? breaker.trip(nanos(), world.roll())
              : Optional.empty();
        });
  }

  private Optional<Proposal> probe(String provider, SimulatedBreaker breaker, boolean succeeds) {
    SimulatedPlaces mine = places.get(provider);
    Optional<SimulatedPlaces.Place> free = mine.takeFree(nanos());
    if (free.isPresent()) {
      String lease = free.get().lease();
      int now = life;
      later(
          world.upTo(LONGEST_PROBE),
          "probe comes back " + provider,
          () -> {
            if (now == life) {
              toBreaker(provider, "probe", () -> settle(provider, breaker, lease, succeeds));
            }
          });
      return Optional.empty();
    }
    if (breaker.localPlaces() > 0) {
      return breaker.probe(succeeds, nanos(), world.roll());
    }
    if (mine.mayAsk(nanos())) {
      mine.asks();
      ProviderSettings s = settings.get(provider);
      SyncPort.AskProbe ask =
          new SyncPort.AskProbe(
              provider, breaker.held(), s.halfOpenMaxCalls(), s.successThreshold());
      toSync("ask for a probe " + provider, () -> sync.onAskProbe(ask, nanos()));
    }
    return Optional.empty();
  }

  /** What a gate and its breaker do with the result of a probe. */
  private Optional<Proposal> settle(
      String provider, SimulatedBreaker breaker, String lease, boolean succeeded) {
    Optional<SimulatedPlaces.Place> place = places.get(provider).remove(lease);
    if (place.isEmpty()) {
      return Optional.empty();
    }
    SimulatedPlaces.Place taken = place.get();
    boolean counts = taken.isValid(nanos());
    tellSettled(
        provider,
        taken,
        !counts ? ProbeResult.RETURNED : succeeded ? ProbeResult.SUCCEEDED : ProbeResult.FAILED);
    return counts
        ? breaker.probe(succeeded, true, taken.generation(), nanos(), world.roll())
        : Optional.empty();
  }

  private void tellSettled(String provider, SimulatedPlaces.Place place, ProbeResult result) {
    SyncPort.SettleProbe settled =
        new SyncPort.SettleProbe(
            provider,
            place.round(),
            place.lease(),
            result,
            settings.get(provider).successThreshold());
    toSync("settle " + result + " " + provider, () -> sync.onSettleProbe(settled));
  }

  /** What a gate does with the sync actor's answers about places. */
  private void place(String provider, SimulatedBreaker breaker, SyncPort.Answer answer) {
    SimulatedPlaces mine = places.get(provider);
    if (answer instanceof SyncPort.ProbeGranted granted) {
      mine.answered(nanos());
      SimulatedPlaces.Place place =
          new SimulatedPlaces.Place(
              granted.lease(),
              granted.round().id(),
              granted.validUntilNanos() - clockOffsetNanos - SETTINGS.probeLease().toNanos(),
              granted.validUntilNanos(),
              breaker.generation(),
              false);
      if (breaker.takesPlace(granted.round().id())) {
        mine.add(place);
        world.requireBudget(provider, granted.round().id());
      } else {
        tellSettled(provider, place, ProbeResult.RETURNED);
      }
    } else if (answer instanceof SyncPort.ProbeRefused refused) {
      mine.answered(nanos() + refused.again().toNanos());
    } else if (answer instanceof SyncPort.ProbesLocal || answer instanceof SyncPort.CloseDue) {
      mine.answered(nanos());
    } else if (answer instanceof SyncPort.ProbeRenewed renewed) {
      renew(provider, mine, renewed);
    } else if (answer instanceof SyncPort.ProbeLost lost) {
      mine.remove(lost.lease());
    }
  }

  private void renew(String provider, SimulatedPlaces mine, SyncPort.ProbeRenewed renewed) {
    Optional<SimulatedPlaces.Place> found = mine.find(renewed.lease());
    if (found.isEmpty()) {
      return;
    }
    SimulatedPlaces.Place place = found.get().validUntil(renewed.validUntilNanos());
    if (place.taken() || !renewed.wanted()) {
      mine.replace(place);
    } else {
      mine.remove(renewed.lease());
      tellSettled(provider, place, ProbeResult.RETURNED);
    }
  }

  long validPlaces(String provider, RevisionId round, long askedSince) {
    return places.get(provider).validIn(round, nanos(), askedSince);
  }

  void reset(String provider) {
    SimulatedBreaker breaker = breakers.get(provider);
    toBreaker(provider, "reset", () -> breaker.reset(nanos(), world.roll()));
  }

  // Messages.

  private interface BreakerAction {
    Optional<Proposal> run();
  }

  private void toBreaker(String provider, String what, BreakerAction action) {
    int mine = life;
    later(
        0,
        what + " " + provider,
        () -> {
          if (mine != life) {
            return;
          }
          SimulatedBreaker breaker = breakers.get(provider);
          long generation = breaker.generation();
          State before = breaker.state();
          action.run().ifPresent(proposal -> propose(provider, proposal));
          if (breaker.generation() != generation) {
            world.note(name() + " " + provider + " " + before + " -> " + breaker.state());
          }
          checkHeld(provider, breaker);
          checkOpenTime(provider, breaker);
          scheduleDeadline(provider, breaker);
        });
  }

  private void checkHeld(String provider, SimulatedBreaker breaker) {
    RevisionId before = heldBefore.getOrDefault(provider, RevisionId.NONE);
    RevisionId now = breaker.held();
    if (before.isAfter(now)) {
      throw new Violation("R2: " + name() + " went back from " + before + " to " + now);
    }
    if (!now.equals(RevisionId.NONE) && !world.store().wasCommitted(provider, now)) {
      throw new Violation("R12: " + name() + " holds " + now + ", which nobody committed");
    }
    heldBefore.put(provider, now);
  }

  /** R10: whatever the clocks say, OPEN is not longer than its open time. */
  private void checkOpenTime(String provider, SimulatedBreaker breaker) {
    long left = breaker.nextDeadline().orElse(nanos()) - nanos();
    if (breaker.state() == State.OPEN
        && !breaker.isOverridden()
        && left > settings.get(provider).openTime().longest().toNanos()) {
      throw new Violation(
          "R10: " + name() + " is OPEN for another " + Duration.ofNanos(left) + " of " + provider);
    }
  }

  private void scheduleDeadline(String provider, SimulatedBreaker breaker) {
    OptionalLong deadline = breaker.nextDeadline();
    String key = "deadline " + provider;
    Long known = timers.get(key);
    if (deadline.isEmpty() || (known != null && known == deadline.getAsLong())) {
      return;
    }
    timers.put(key, deadline.getAsLong());
    int mine = life;
    long due = deadline.getAsLong();
    later(
        Math.max(0, due - nanos()),
        key,
        () -> {
          if (mine == life && Long.valueOf(due).equals(timers.get(key))) {
            timers.remove(key);
            toBreaker(provider, "time", () -> breaker.deadline(nanos(), world.roll()));
          }
        });
  }

  private void propose(String provider, Proposal proposal) {
    toSync(
        "propose " + provider + " " + proposal.kind(),
        () -> sync.onPropose(provider, proposal, nanos()));
  }

  /** In the sync actor's mailbox, which keeps its order. */
  private void toSync(String what, Runnable action) {
    int mine = syncLife;
    mailbox.add(
        () -> {
          if (mine == syncLife) {
            world.note(name() + " " + what);
            action.run();
          }
        });
    if (mailbox.size() == 1) {
      later(0, "sync", this::emptyMailbox);
    }
  }

  private void emptyMailbox() {
    if (syncBusyUntilNanos > world.now()) {
      later(syncBusyUntilNanos - world.now(), "sync", this::emptyMailbox);
      return;
    }
    while (!mailbox.isEmpty()) {
      mailbox.element().run();
      mailbox.remove();
    }
  }

  /** In its turn: a paused worker does everything later, in the same order. */
  private void later(long afterNanos, String what, Runnable action) {
    world.after(
        afterNanos,
        name() + " " + what,
        () -> {
          if (busyUntilNanos > world.now()) {
            later(busyUntilNanos - world.now(), what, action);
          } else {
            action.run();
          }
        });
  }

  // What the protocol wants done.

  @Override
  public void tell(String provider, SyncPort.Answer answer) {
    SimulatedBreaker breaker = breakers.get(provider);
    toBreaker(
        provider,
        answer.getClass().getSimpleName(),
        () -> {
          RevisionId held = breaker.held();
          Optional<Proposal> proposal = breaker.answer(answer, nanos(), world.roll());
          place(provider, breaker, answer);
          checkHint(provider, answer, breaker, held);
          return proposal;
        });
  }

  /** R12: a hint is never held, and ends when the key has been read. */
  private void checkHint(
      String provider, SyncPort.Answer answer, SimulatedBreaker breaker, RevisionId heldBefore) {
    if (answer instanceof SyncPort.Hint && !breaker.held().equals(heldBefore)) {
      throw new Violation("R12: " + name() + " holds what only an event told of " + provider);
    }
    if (answer instanceof SyncPort.Adopt
        && breaker.pending().isEmpty()
        && !breaker.isShared(nanos())) {
      throw new Violation("R12: " + name() + " keeps a disproved hint of " + provider);
    }
  }

  @Override
  public void commit(String provider, SyncEffect.Commit commit) {
    ProviderSync known = sync.known(provider);
    Proposal wanted = commit.flight().sequence() == 0 ? null : known.wanted();
    if (wanted != null) {
      requireFresh(provider, wanted, commit, known);
    }
    Intent intent =
        new Intent(
            name() + "." + life,
            wanted,
            wanted != null && isOnBase(wanted, commit, known),
            null,
            saysOver(known, commit.flight().expected()));
    new CommitAttempt(
            commit.request(),
            intent,
            world.now() + LOCK_WAIT.toNanos(),
            result -> sync.onCommitDone(provider, commit.flight(), result, nanos()))
        .lock();
  }

  private boolean saysOver(ProviderSync known, RevisionId expected) {
    return expected.equals(known.heldId()) && known.override(nanos()) == null;
  }

  // Its operators.

  void operate(OperatorRequest request) {
    world.note(name() + " operator wants " + request.wish() + " of " + request.provider());
    toSync("operator " + request.wish(), () -> sync.onOperatorRequest(request));
  }

  RevisionId heldOf(String provider) {
    return sync.known(provider).heldId();
  }

  Optional<FleetOverride> heldOverride(String provider) {
    return Optional.ofNullable(sync.known(provider).held()).map(Revision::override);
  }

  @Override
  public void readForOperator(OperatorRequest request) {
    int mine = syncLife;
    world.request(
        this,
        "read for operator " + request.provider(),
        () -> world.store().read(Set.of(request.provider())),
        snapshot -> toSync("state", () -> sync.onReadForOperator(request, snapshot, nanos())),
        () -> mineOnly(mine, () -> sync.onReadForOperatorFailed(request, "no answer")));
  }

  @Override
  public void commitForOperator(OperatorRequest request, CommitRequest commit) {
    boolean over = saysOver(sync.known(request.provider()), commit.expected());
    Intent intent = new Intent(name() + "." + life, null, false, request, over);
    new CommitAttempt(
            commit,
            intent,
            world.now() + LOCK_WAIT.toNanos(),
            result -> sync.onCommittedForOperator(request, commit.expected(), result, nanos()))
        .lock();
  }

  @Override
  public void retryForOperator(OperatorRequest request, Duration after) {
    timer("operator retry " + request.op(), after, () -> sync.onOperatorRetryDue(request));
  }

  @Override
  public void answerBy(OperatorRequest request, Duration after) {
    timer("operator answer " + request.op(), after, () -> sync.onOperatorAnswerDue(request));
  }

  @Override
  public void answer(OperatorRequest request, OperatorAnswer answer) {
    world.note(name() + " " + answer.getClass().getSimpleName() + " " + request.op());
    world.store().operators().answered(request, answer);
  }

  /** When nothing is in force that ends by itself, and what has no end is in force everywhere. */
  private void requireOverride(String provider, SimulatedBreaker breaker, Optional<Revision> now) {
    Optional<String> expected =
        now.map(Revision::override)
            .filter(FleetOverride::isEndless)
            .map(override -> override.mode() + " " + override.op());
    if (!expected.equals(breaker.fleetOverride())) {
      throw new Violation(
          "R13: "
              + name()
              + " has "
              + provider
              + " under "
              + breaker.fleetOverride()
              + " instead of "
              + expected);
    }
  }

  private static boolean isOnBase(Proposal wanted, SyncEffect.Commit commit, ProviderSync known) {
    RevisionId expected = commit.flight().expected();
    boolean own = known.own() != null && known.own().basedOn().equals(wanted.basedOn());
    return expected.equals(wanted.basedOn()) || (own && expected.equals(known.heldId()));
  }

  /** R5: a trip that goes over another base than its own must be fresh. */
  private void requireFresh(
      String provider, Proposal wanted, SyncEffect.Commit commit, ProviderSync known) {
    boolean lost = !commit.flight().expected().equals(known.heldId());
    if (wanted.kind() == Proposal.Kind.TRIP
        && !lost
        && !isOnBase(wanted, commit, known)
        && !wanted.isFresh(nanos())) {
      throw new Violation("R5: " + name() + " rebases a stale trip of " + provider);
    }
  }

  @Override
  public void read(String provider) {
    int mine = syncLife;
    world.request(
        this,
        "read " + provider,
        () -> world.store().read(Set.of(provider)),
        snapshot -> toSync("state", () -> sync.onStateRead(provider, snapshot, nanos())),
        () -> mineOnly(mine, () -> sync.onStateReadFailed(provider, "no answer")));
  }

  @Override
  public void readAfter(String provider, Duration after) {
    timer("read " + provider, after, () -> read(provider));
  }

  @Override
  public void readAll(Set<String> providers) {
    int mine = syncLife;
    world.<FleetSnapshot>request(
        this,
        "read all",
        () -> world.store().snapshot(providers),
        snapshot -> toSync("snapshot", () -> sync.onSnapshotRead(providers, snapshot, nanos())),
        () -> mineOnly(mine, () -> sync.onComparisonFailed("no answer")));
  }

  @Override
  public void readChanges(Position since) {
    int mine = syncLife;
    world.<Changes>request(
        this,
        "read changes",
        () -> world.store().changesSince(since),
        changes -> toSync("changes", () -> sync.onChangesRead(changes, nanos())),
        () -> mineOnly(mine, () -> sync.onComparisonFailed("no answer")));
  }

  @Override
  public void greet() {
    String random = world.newId();
    world.<Boolean>request(
        this,
        "greets",
        () -> {
          world.store().markAndGreet(name(), random);
          return true;
        },
        done -> {},
        () -> {});
  }

  @Override
  public void greeted() {
    toSync(
        "greeting",
        () -> {
          bridge.greetingTaken();
          sync.onGreeted(nanos());
        });
  }

  @Override
  public void awaitHolders(Duration after) {
    timer("holders heard", after, () -> sync.onHoldersHeard());
  }

  @Override
  public void askProbe(ProbeAsk ask) {
    int mine = syncLife;
    world.<ProbeAnswer>request(
        this,
        "ask probe " + ask.provider(),
        () -> world.store().askProbe(ask),
        answer -> toSync("probe", () -> sync.onProbeAnswered(ask, answer, nanos())),
        () ->
            mineOnly(
                mine,
                () -> sync.onProbeAnswered(ask, new ProbeAnswer.Failed("no answer"), nanos())));
  }

  @Override
  public void settleProbe(SyncPort.SettleProbe settled) {
    int mine = syncLife;
    world.<Settlement>request(
        this,
        "settle probe " + settled.provider(),
        () -> world.store().settleProbe(settled),
        result -> toSync("settled", () -> sync.onProbeSettled(settled, result)),
        () ->
            mineOnly(mine, () -> sync.onProbeSettled(settled, new Settlement.Failed("no answer"))));
  }

  @Override
  public void renewProbes(LeaseRenewal renewal) {
    int mine = syncLife;
    world.<Renewal>request(
        this,
        "renew " + renewal.provider(),
        () -> world.store().renewProbes(renewal, SETTINGS.probeLease()),
        result -> toSync("renewed", () -> sync.onProbesRenewed(renewal, result)),
        () -> mineOnly(mine, () -> sync.onProbesRenewed(renewal, new Renewal.Failed("no answer"))));
  }

  @Override
  public void renewLater(String provider, Duration after) {
    timer("renew " + provider, after, () -> sync.onRenewDue(provider, nanos()));
  }

  private void mineOnly(int mine, Runnable action) {
    if (mine == syncLife) {
      long begun = nanos() - Simulation.OPERATION_TIMEOUT.toNanos();
      toSync(
          "no answer",
          () -> {
            sync.onOperationBegan(begun);
            action.run();
          });
    }
  }

  @Override
  public void retry(String provider, Duration after) {
    timer("retry " + provider, after, () -> sync.onRetryDue(provider, nanos()));
  }

  @Override
  public void askAgain(Duration after) {
    timer("ask again", after, () -> sync.onAskAgainDue());
  }

  @Override
  public void reconcile(Duration after) {
    timer("reconcile", after, () -> sync.onReconcileDue());
  }

  private void timer(String key, Duration after, Runnable action) {
    int mine = syncLife;
    long due = world.now() + after.toNanos();
    timers.put(key, due);
    later(
        after.toNanos(),
        key,
        () -> {
          if (mine == syncLife && Long.valueOf(due).equals(timers.get(key))) {
            action.run();
          }
        });
  }

  /** A commit on its way: the two round trips, and what may be lost of them. */
  private final class CommitAttempt {
    private final String provider;
    private final CommitRequest request;
    private final Intent intent;
    private final long lockDeadlineNanos;
    private final Consumer<CommitResult> tell;
    private final String token = world.newId();
    private final int mine = syncLife;
    private final long begunNanos = nanos();

    CommitAttempt(
        CommitRequest request, Intent intent, long lockDeadlineNanos, Consumer<CommitResult> tell) {
      this.provider = request.provider();
      this.request = request;
      this.tell = tell;
      this.intent = intent;
      this.lockDeadlineNanos = lockDeadlineNanos;
    }

    void lock() {
      world.request(
          SimulatedWorker.this,
          "lock " + provider,
          () -> world.store().tryLock(request, token),
          this::onLock,
          () -> {
            giveUpLock();
            done(new CommitResult.Unreachable("no answer"));
          });
    }

    /** What a commit that was not answered still does about its lock. */
    private void giveUpLock() {
      world.<Boolean>request(
          SimulatedWorker.this,
          "unlock " + provider,
          () -> {
            world.store().release(provider, token);
            return true;
          },
          answer -> {},
          () -> {});
    }

    private void onLock(LockAnswer answer) {
      if (answer.decided().isPresent()) {
        done(answer.decided().get());
      } else if (answer.taken()) {
        // A commit is a blocking call: a pause of the worker hits it between the round trips too.
        later(0, "has the lock of " + provider, () -> write(answer.serverMillis()));
      } else if (world.now() < lockDeadlineNanos) {
        world.after(world.upTo(LOCK_RETRY), name() + " tries the lock again", this::lock);
      } else {
        done(new CommitResult.LockBusy());
      }
    }

    private void write(long serverMillis) {
      if (mine != syncLife) {
        return;
      }
      Revision revision = CommitChecks.built(request, serverMillis);
      world.request(
          SimulatedWorker.this,
          "commit " + provider + " " + revision.state() + " " + revision.id(),
          () -> world.store().commit(request, revision, token, intent),
          this::done,
          () -> {
            giveUpLock();
            done(new CommitResult.Unknown("no answer"));
          });
    }

    private void done(CommitResult result) {
      if (mine == syncLife) {
        toSync(
            result.getClass().getSimpleName() + " " + provider,
            () -> {
              sync.onOperationBegan(begunNanos);
              tell.accept(result);
            });
      }
    }
  }

  // What it looks like in the end.

  void requireClosed() {
    breakers.forEach(
        (provider, breaker) -> {
          if (breaker.state() != State.CLOSED) {
            throw new Violation(
                "R6: " + provider + " does not recover: " + name() + " is " + breaker.state());
          }
        });
  }

  void requireConverged() {
    for (Map.Entry<String, SimulatedBreaker> entry : breakers.entrySet()) {
      String provider = entry.getKey();
      SimulatedBreaker breaker = entry.getValue();
      Optional<Revision> stored = world.store().current(provider);
      State expected = stored.map(Revision::state).orElse(State.CLOSED);
      // A plain CLOSED is not written again, so a store that lost some keeps an older one.
      boolean same = expected == State.CLOSED || stored.get().id().equals(breaker.held());
      requireOverride(provider, breaker, stored);
      if (breaker.state() != expected || !same || !breaker.isShared(nanos())) {
        throw new Violation(
            "R3: "
                + name()
                + " is "
                + breaker.state()
                + " holding "
                + breaker.held()
                + (breaker.isShared(nanos()) ? "" : ", not shared")
                + ", the store has "
                + stored.map(r -> r.state() + " " + r.id()).orElse("nothing")
                + " of "
                + provider);
      }
    }
  }
}
