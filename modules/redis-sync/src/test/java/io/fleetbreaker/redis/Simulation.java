package io.fleetbreaker.redis;

import io.fleetbreaker.OpenTime;
import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.redis.SimulatedStore.Violation;
import io.fleetbreaker.sync.FleetOverride;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * A fleet in one thread, under virtual time, with a store and a network that fail: everything that
 * happens is drawn from the seed, so that a seed is a story that can be told again.
 *
 * <p>A story has three parts: calls and faults for {@link #STORM}, then quiet, then calls that
 * succeed, at first still with lost messages. While it goes on the safety rules are watched; when
 * it has been quiet for long enough, all must agree; and in the end all must be closed again.
 */
final class Simulation {
  /** What can go wrong. */
  enum Fault {
    EVENT_DROPPED,
    EVENT_TWICE,
    EVENT_LATE,
    REQUEST_LOST,
    REPLY_LOST,
    PARTITION,
    STORE_PAUSE,
    STORE_FLUSHED,
    STALE_REPLICA,
    SUBSCRIPTION_LOST,
    WORKER_CRASH,
    WORKER_PAUSE,
    SYNC_RESTART,
    CLOCK_STEP
  }

  private static final Duration STORM = Duration.ofSeconds(20);
  private static final Duration QUIET = Duration.ofSeconds(90);
  private static final Duration RECOVERY = Duration.ofSeconds(60);
  private static final Duration LONGEST_LAG = Duration.ofSeconds(10);
  private static final Duration USUAL_LAG = Duration.ofSeconds(2);
  static final Duration OPERATION_TIMEOUT = Duration.ofSeconds(1);
  private static final long EPOCH_MILLIS = 1_795_313_749_000L;

  private final SplittableRandom random;
  private final PriorityQueue<Entry> queue =
      new PriorityQueue<>(Comparator.comparingLong(Entry::atNanos).thenComparing(Entry::number));
  private final List<String> trace = new ArrayList<>();
  private final Map<Fault, Integer> faults = new EnumMap<>(Fault.class);
  private final Set<Fault> enabled = EnumSet.noneOf(Fault.class);
  private final List<SimulatedWorker> workers = new ArrayList<>();
  private final Map<SimulatedWorker, Long> cutOffUntil = new HashMap<>();
  private final List<String> providers = new ArrayList<>();
  private final Map<String, ProviderSettings> settings = new TreeMap<>();
  private final SimulatedStore store;

  /** When the store last lost something, or its clock stepped: leases from before say nothing. */
  private long disturbedAt = Long.MIN_VALUE;

  /** When anything last went wrong that can hold a worker up. */
  private long lastTroubleAt = Long.MIN_VALUE;

  private long nowNanos;
  private long scheduled;
  private long stepMillis;
  private long storePausedUntil;
  private boolean calm;

  /** What the story is about, and goes wrong more often than the rest. */
  private final List<Fault> certain;

  /** Whether operators are at work, too; they slow down what else there is to see. */
  private final boolean operated;

  /** Whether messages are lost even in calm times. */
  private boolean lossy;

  private int events;

  /** What is not left to chance. */
  private record Story(long seed, Optional<Boolean> operated, Set<Fault> certain) {}

  private record Entry(long atNanos, long number, String what, Runnable action) {}

  /**
   * What became of a seed.
   *
   * @param events how many things happened
   * @param faults how often what went wrong
   * @param trace what happened, in order
   * @param violation the rule that was broken; empty if none was
   */
  record Result(int events, Map<Fault, Integer> faults, List<String> trace, String violation) {
    boolean isGreen() {
      return violation.isEmpty();
    }
  }

  private Simulation(Story story) {
    random = new SplittableRandom(story.seed());
    store = new SimulatedStore(this::serverMillis, this::publish, this::greet);
    for (Fault fault : Fault.values()) {
      if (random.nextInt(3) == 0 || story.certain().contains(fault)) {
        enabled.add(fault);
      }
    }
    certain = story.certain().stream().sorted().toList();
    boolean rolled = random.nextInt(2) == 0;
    operated = story.operated().orElse(rolled);
    int count = random.nextInt(1, 4);
    for (int i = 0; i < count; i++) {
      String provider = "p" + i;
      providers.add(provider);
      settings.put(
          provider,
          ProviderSettings.builder(provider)
              .failureThreshold(1)
              .openTime(
                  new OpenTime(
                      Duration.ofMillis(random.nextInt(300, 3_000)),
                      1.5,
                      Duration.ofSeconds(8),
                      0.2,
                      Duration.ofSeconds(5)))
              .halfOpenMaxDuration(Duration.ofSeconds(4))
              .halfOpenMaxCalls(random.nextInt(1, 4))
              .successThreshold(random.nextInt(1, 4))
              .build());
    }
    int size = random.nextInt(2, 6);
    for (int i = 0; i < size; i++) {
      // Monotonic clocks begin anywhere, and one of them wraps around during the story.
      long offset = i == 0 ? Long.MAX_VALUE - STORM.toNanos() / 2 : random.nextLong();
      workers.add(new SimulatedWorker(this, i, offset, settings));
    }
  }

  /** Plays a seed. */
  static Result play(long seed) {
    return play(new Story(seed, Optional.empty(), Set.of()));
  }

  /**
   * Plays a seed whose story is about something.
   *
   * @param operated whether operators are at work
   * @param certain the names of what goes wrong in any case, and often
   */
  static Result play(long seed, boolean operated, Set<String> certain) {
    Set<Fault> faults = certain.stream().map(Fault::valueOf).collect(Collectors.toSet());
    return play(new Story(seed, Optional.of(operated), faults));
  }

  private static Result play(Story story) {
    Simulation simulation = new Simulation(story);
    String violation = "";
    try {
      simulation.play();
    } catch (RuntimeException | AssertionError e) {
      violation = e instanceof Violation ? String.valueOf(e.getMessage()) : e.toString();
    }
    return new Result(
        simulation.events, simulation.faults, List.copyOf(simulation.trace), violation);
  }

  private void play() {
    scheduleCall();
    scheduleFault();
    scheduleReplication();
    runUntil(STORM.toNanos());
    calm = true;
    cutOffUntil.clear();
    storePausedUntil = nowNanos;
    runUntil(STORM.plus(QUIET).toNanos());
    workers.forEach(SimulatedWorker::requireConverged);
    requireOverridesKept();
    enableAll();
    schedulePeacefulCall();
    lossy = true;
    runUntil(STORM.plus(QUIET).plus(RECOVERY.dividedBy(2)).toNanos());
    lossy = false;
    runUntil(STORM.plus(QUIET).plus(RECOVERY).toNanos());
    workers.forEach(SimulatedWorker::requireConverged);
    workers.forEach(SimulatedWorker::requireClosed);
  }

  private void requireOverridesKept() {
    for (String provider : providers) {
      store.operators().requireKept(provider, store.current(provider));
    }
  }

  /** In calm times an operator's word is committed. */
  private void enableAll() {
    for (String provider : providers) {
      boolean overridden =
          store.current(provider).filter(revision -> revision.override() != null).isPresent();
      if (overridden) {
        SimulatedWorker worker = workers.get(random.nextInt(workers.size()));
        worker.operate(request(provider, OperatorRequest.Wish.ENABLE, Optional.empty()));
      }
    }
    runUntil(nowNanos + Duration.ofSeconds(5).toNanos());
    for (String provider : providers) {
      if (store.current(provider).filter(revision -> revision.override() != null).isPresent()) {
        throw new Violation("R13: " + provider + " cannot be enabled");
      }
    }
  }

  private OperatorRequest request(
      String provider, OperatorRequest.Wish wish, Optional<RevisionId> ifRevision) {
    boolean endless = wish == OperatorRequest.Wish.OVERRIDE && random.nextInt(4) == 0;
    OverrideMode mode = OverrideMode.values()[random.nextInt(3)];
    return new OperatorRequest(
        provider,
        newId(),
        wish,
        wish == OperatorRequest.Wish.OVERRIDE ? Optional.of(mode) : Optional.empty(),
        "an operator",
        "it must be so",
        endless ? Duration.ZERO : Duration.ofMillis(random.nextInt(300, 6_000)),
        ifRevision);
  }

  private void operate(SimulatedWorker worker, String provider) {
    OperatorRequest.Wish[] all = OperatorRequest.Wish.values();
    OperatorRequest.Wish wish = all[random.nextInt(all.length)];
    Optional<RevisionId> only =
        random.nextInt(4) == 0 ? Optional.of(worker.heldOf(provider)) : Optional.empty();
    worker.operate(request(provider, wish, only));
  }

  /** The store has lost something; what of it somebody knows is what its workers hold. */
  private void storeHasLost() {
    providers.forEach(provider -> lost(provider, workers));
    dropSubscriptionsPerhaps();
  }

  private void lost(String provider, List<SimulatedWorker> left) {
    store.operators().lost(provider, storedOverride(provider), heldOverrides(provider, left));
  }

  private Optional<FleetOverride> storedOverride(String provider) {
    return store.current(provider).map(Revision::override);
  }

  private static List<FleetOverride> heldOverrides(String provider, List<SimulatedWorker> workers) {
    return workers.stream().flatMap(worker -> worker.heldOverride(provider).stream()).toList();
  }

  /** Who leaves may be the only one that knows what the store has lost. */
  private void crash(SimulatedWorker worker) {
    List<SimulatedWorker> left = workers.stream().filter(other -> other != worker).toList();
    for (String provider : providers) {
      Optional<FleetOverride> held = worker.heldOverride(provider);
      if (held.isPresent() && !held.equals(storedOverride(provider))) {
        lost(provider, left);
      }
    }
    worker.crash();
  }

  /** All succeed by now, and that must bring every breaker back. */
  private void schedulePeacefulCall() {
    after(
        upTo(Duration.ofMillis(400)),
        "somebody calls, and all is well",
        () -> {
          for (String provider : providers) {
            workers.get(random.nextInt(workers.size())).call(provider, 0);
          }
          schedulePeacefulCall();
        });
  }

  /** R6: no more places are believed to be lent in one round than there are. */
  void requireBudget(String provider, RevisionId round) {
    long believed =
        workers.stream().mapToLong(w -> w.validPlaces(provider, round, disturbedAt)).sum();
    if (believed > settings.get(provider).halfOpenMaxCalls()) {
      throw new Violation("R6: " + believed + " places of " + provider + " are lent at once");
    }
  }

  /** Whether everybody could do what he wanted since then, and nothing was lost. */
  boolean isUndisturbedSince(long nanos) {
    return lastTroubleAt < nanos;
  }

  private void greet(String worker) {
    for (SimulatedWorker each : workers) {
      if (!happens(Fault.EVENT_DROPPED, 0.1)) {
        after(latency(), "greeting for " + each.name(), () -> each.hearGreeting(worker));
      }
    }
  }

  private void runUntil(long endNanos) {
    while (!queue.isEmpty() && queue.peek().atNanos() <= endNanos) {
      Entry entry = queue.poll();
      nowNanos = entry.atNanos();
      events++;
      note(entry.what());
      entry.action().run();
    }
    nowNanos = endNanos;
  }

  void note(String what) {
    trace.add(nowNanos / 1_000 + " " + what);
  }

  long now() {
    return nowNanos;
  }

  RandomGenerator random() {
    return random;
  }

  double roll() {
    return random.nextDouble();
  }

  SimulatedStore store() {
    return store;
  }

  String newId() {
    return Long.toHexString(random.nextLong());
  }

  long upTo(Duration most) {
    return random.nextLong(1, most.toNanos());
  }

  long latency() {
    return random.nextLong(20_000, 1_000_000);
  }

  void after(long nanos, String what, Runnable action) {
    queue.add(new Entry(nowNanos + nanos, scheduled++, what, action));
  }

  boolean isCutOff(SimulatedWorker worker) {
    return cutOffUntil.getOrDefault(worker, Long.MIN_VALUE) > nowNanos;
  }

  private long serverMillis() {
    return EPOCH_MILLIS + stepMillis + TimeUnit.NANOSECONDS.toMillis(nowNanos);
  }

  /** Sends a request and takes the reply, of which either may be lost; then it times out. */
  <T> void request(
      SimulatedWorker from, String what, Supplier<T> atStore, Consumer<T> reply, Runnable lost) {
    boolean[] over = {false};
    Runnable timeout =
        () -> {
          if (!over[0]) {
            over[0] = true;
            lost.run();
          }
        };
    after(OPERATION_TIMEOUT.toNanos(), from.name() + " waits no longer: " + what, timeout);
    if (happens(Fault.REQUEST_LOST, 0.03)) {
      return;
    }
    after(
        latency(),
        "store hears " + from.name() + " " + what,
        () -> arrive(from, what, atStore, reply, over));
  }

  private <T> void arrive(
      SimulatedWorker from, String what, Supplier<T> atStore, Consumer<T> reply, boolean[] over) {
    if (isCutOff(from)) {
      return;
    }
    if (storePausedUntil > nowNanos) {
      after(
          storePausedUntil - nowNanos,
          "store, awake, hears " + from.name() + " " + what,
          () -> arrive(from, what, atStore, reply, over));
      return;
    }
    T answer = atStore.get();
    if (happens(Fault.REPLY_LOST, 0.03)) {
      return;
    }
    after(
        latency(),
        from.name() + " is answered " + what,
        () -> {
          if (!over[0] && !isCutOff(from)) {
            over[0] = true;
            reply.accept(answer);
          }
        });
  }

  private void publish(String provider, Revision revision) {
    BreakerEvent event = BreakerEvent.committed(provider, revision, 0, serverMillis());
    for (SimulatedWorker worker : workers) {
      if (!worker.isSubscribed() || happens(Fault.EVENT_DROPPED, 0.1)) {
        continue;
      }
      deliver(worker, event);
      if (happens(Fault.EVENT_TWICE, 0.1)) {
        deliver(worker, event);
      }
    }
  }

  private void deliver(SimulatedWorker worker, BreakerEvent event) {
    long late = happens(Fault.EVENT_LATE, 0.2) ? upTo(Duration.ofSeconds(3)) : 0;
    after(
        latency() + late,
        "event for " + worker.name() + " " + event.provider() + " " + event.type(),
        () -> worker.receive(event));
  }

  private boolean happens(Fault fault, double chance) {
    boolean does = (!calm || lossy) && enabled.contains(fault) && random.nextDouble() < chance;
    if (does) {
      lastTroubleAt = Math.max(lastTroubleAt, nowNanos);
      faults.merge(fault, 1, Integer::sum);
    }
    return does;
  }

  private void scheduleCall() {
    after(
        upTo(Duration.ofMillis(400)),
        "somebody calls",
        () -> {
          if (calm) {
            return;
          }
          SimulatedWorker worker = workers.get(random.nextInt(workers.size()));
          String provider = providers.get(random.nextInt(providers.size()));
          if (operated && random.nextInt(8) == 0) {
            operate(worker, provider);
          } else if (random.nextInt(30) == 0) {
            worker.reset(provider);
          } else {
            worker.call(provider, random.nextDouble());
          }
          scheduleCall();
        });
  }

  private void scheduleReplication() {
    after(
        upTo(random.nextBoolean() ? LONGEST_LAG : USUAL_LAG),
        "replica catches up",
        () -> {
          store.replicate();
          if (!calm) {
            scheduleReplication();
          }
        });
  }

  private void scheduleFault() {
    after(
        upTo(Duration.ofSeconds(2)),
        "time for a fault",
        () -> {
          if (calm) {
            return;
          }
          Fault[] all = Fault.values();
          boolean asTold = !certain.isEmpty() && random.nextBoolean();
          Fault fault =
              asTold
                  ? certain.get(random.nextInt(certain.size()))
                  : all[random.nextInt(all.length)];
          if (enabled.contains(fault)) {
            strike(fault);
          }
          scheduleFault();
        });
  }

  private void strike(Fault fault) {
    SimulatedWorker worker = workers.get(random.nextInt(workers.size()));
    boolean struck = true;
    switch (fault) {
      case PARTITION -> cutOff(worker, upTo(Duration.ofSeconds(8)));
      case STORE_PAUSE -> storePausedUntil = nowNanos + upTo(Duration.ofSeconds(4));
      case STORE_FLUSHED -> {
        store.forget();
        storeHasLost();
      }
      case STALE_REPLICA -> {
        store.failOver();
        storeHasLost();
      }
      case SUBSCRIPTION_LOST -> worker.dropSubscription(upTo(Duration.ofSeconds(1)));
      case WORKER_CRASH -> crash(worker);
      case WORKER_PAUSE -> {
        if (random.nextBoolean()) {
          worker.pauseUntil(nowNanos + upTo(Duration.ofSeconds(5)));
        } else {
          worker.pauseSyncUntil(nowNanos + upTo(Duration.ofSeconds(5)));
        }
      }
      case SYNC_RESTART -> worker.restartSync();
      case CLOCK_STEP -> stepMillis += random.nextLong(-3_600_000, 3_600_000);
      case EVENT_DROPPED, EVENT_TWICE, EVENT_LATE, REQUEST_LOST, REPLY_LOST -> struck = false;
    }
    if (fault == Fault.STORE_FLUSHED || fault == Fault.STALE_REPLICA || fault == Fault.CLOCK_STEP) {
      disturbedAt = nowNanos;
    }
    if (fault == Fault.PARTITION || fault == Fault.STORE_PAUSE || fault == Fault.WORKER_PAUSE) {
      // That long the longest of them lasts.
      lastTroubleAt = nowNanos + Duration.ofSeconds(8).toNanos();
    } else if (struck) {
      lastTroubleAt = Math.max(lastTroubleAt, nowNanos);
    }
    if (struck) {
      note("FAULT " + fault + " at " + worker.name());
      faults.merge(fault, 1, Integer::sum);
    }
  }

  private void cutOff(SimulatedWorker worker, long nanos) {
    cutOffUntil.put(worker, nowNanos + nanos);
    Duration pongTimeout = Duration.ofSeconds(3);
    after(
        pongTimeout.toNanos(),
        worker.name() + " misses a pong",
        () -> {
          if (isCutOff(worker)) {
            worker.dropSubscription(upTo(Duration.ofSeconds(1)));
          }
        });
  }

  private void dropSubscriptionsPerhaps() {
    if (random.nextBoolean()) {
      workers.forEach(worker -> worker.dropSubscription(upTo(Duration.ofSeconds(1))));
    }
  }
}
