package io.fleetbreaker.redis;

import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.Ticker;
import io.fleetbreaker.breaker.SimulatedBreaker;
import io.fleetbreaker.redis.FleetStore.CommitRequest;
import io.fleetbreaker.redis.FleetStore.CommitResult;
import io.fleetbreaker.redis.FleetStore.StoreSnapshot;
import io.fleetbreaker.redis.SimulatedStore.Intent;
import io.fleetbreaker.redis.SimulatedStore.LockAnswer;
import io.fleetbreaker.redis.SimulatedStore.Violation;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import io.fleetbreaker.sync.SyncPort;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.helpers.NOPLogger;

/**
 * One worker of a {@link Simulation}: the production transition function and the production sync
 * core for each provider, and in the place of actors, threads and sockets the simulation's queue.
 */
final class SimulatedWorker implements WorkerSync.Outside, Bridge.Wakeups {
  private static final Duration RECONCILE = Duration.ofSeconds(5);
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
    settings.forEach((provider, s) -> breakers.put(provider, new SimulatedBreaker(s, nanos())));
    startSync();
  }

  private void startSync() {
    syncLife++;
    subscribed = false;
    Ticker ticker = this::nanos;
    sync =
        new WorkerSync(
            new Commits(
                name() + "." + life,
                (provider, sequence) ->
                    sequence == 0
                        ? world.newId()
                        : name() + "." + life + "." + provider + "." + sequence),
            new StoreLink(health, ticker, NOPLogger.NOP_LOGGER),
            RECONCILE,
            world.random(),
            this);
    bridge = new Bridge(0, health, this);
    sync.onStarted();
    reconnect(world.latency());
    for (SimulatedBreaker breaker : breakers.values()) {
      introduce(breaker);
    }
  }

  private void introduce(SimulatedBreaker breaker) {
    String provider = providerOf(breaker);
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
          }
        });
  }

  boolean isSubscribed() {
    return subscribed;
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
        () ->
            switch (breaker.state()) {
              case CLOSED -> chance < 0.5 ? breaker.trip(nanos(), world.roll()) : Optional.empty();
              case OPEN -> Optional.empty();
              case HALF_OPEN -> breaker.probe(chance < 0.6, nanos(), world.roll());
            });
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
    if (answer instanceof SyncPort.Adopt && breaker.pending().isEmpty() && !breaker.isShared()) {
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
        new Intent(name() + "." + life, wanted, wanted != null && isOnBase(wanted, commit, known));
    new CommitAttempt(provider, commit, intent, world.now() + LOCK_WAIT.toNanos()).lock();
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
  public void readAll(Set<String> providers) {
    int mine = syncLife;
    world.<StoreSnapshot>request(
        this,
        "read all",
        () -> world.store().read(providers),
        snapshot -> toSync("snapshot", () -> sync.onSnapshotRead(providers, snapshot, nanos())),
        () -> mineOnly(mine, () -> sync.onSnapshotFailed("no answer")));
  }

  private void mineOnly(int mine, Runnable action) {
    if (mine == syncLife) {
      toSync("no answer", action);
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
    private final SyncEffect.Commit commit;
    private final Intent intent;
    private final long lockDeadlineNanos;
    private final String token = world.newId();
    private final int mine = syncLife;

    CommitAttempt(
        String provider, SyncEffect.Commit commit, Intent intent, long lockDeadlineNanos) {
      this.provider = provider;
      this.commit = commit;
      this.intent = intent;
      this.lockDeadlineNanos = lockDeadlineNanos;
    }

    void lock() {
      CommitRequest request = commit.request();
      world.request(
          SimulatedWorker.this,
          "lock " + provider,
          () -> world.store().tryLock(request, token),
          this::onLock,
          () -> done(new CommitResult.Unreachable("no answer")));
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
      Revision revision = CommitChecks.built(commit.request(), serverMillis);
      world.request(
          SimulatedWorker.this,
          "commit " + provider + " " + revision.state() + " " + revision.id(),
          () -> world.store().commit(commit.request(), revision, token, intent),
          this::done,
          () -> done(new CommitResult.Unknown("no answer")));
    }

    private void done(CommitResult result) {
      if (mine == syncLife) {
        toSync(
            result.getClass().getSimpleName() + " " + provider,
            () -> sync.onCommitDone(provider, commit.flight(), result, nanos()));
      }
    }
  }

  // What it looks like in the end.

  void requireConverged() {
    for (Map.Entry<String, SimulatedBreaker> entry : breakers.entrySet()) {
      String provider = entry.getKey();
      SimulatedBreaker breaker = entry.getValue();
      Optional<Revision> stored = world.store().current(provider);
      State expected = stored.map(Revision::state).orElse(State.CLOSED);
      // A plain CLOSED is not written again, so a store that lost some keeps an older one.
      boolean same = expected == State.CLOSED || stored.get().id().equals(breaker.held());
      if (breaker.state() != expected || !same || !breaker.isShared()) {
        throw new Violation(
            "R3: "
                + name()
                + " is "
                + breaker.state()
                + " holding "
                + breaker.held()
                + (breaker.isShared() ? "" : ", not shared")
                + ", the store has "
                + stored.map(r -> r.state() + " " + r.id()).orElse("nothing")
                + " of "
                + provider);
      }
    }
  }
}
