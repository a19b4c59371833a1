package io.fleetbreaker.fleet;

import io.fleetbreaker.redis.FleetStore;
import io.fleetbreaker.redis.WorkerBeat;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the fleet again and again that this worker is there. Thread-safe. A heartbeat that fails is
 * followed by the next: who else uses the store says that it is away.
 */
final class Heartbeats {
  /** A worker that has missed so many is lost. */
  static final int INTERVALS_UNTIL_LOST = 3;

  private static final Logger LOG = LoggerFactory.getLogger(Heartbeats.class);

  /** So soon after the store is back this worker is seen again. */
  private static final Duration AWAY_FOR = Duration.ofSeconds(1);

  private final FleetStore store;
  private final Executor writes;
  private final Supplier<WorkerBeat> heartbeat;
  private final BooleanSupplier mayAsk;
  private final Duration interval;
  private final Timer timer;
  private final Listener listener;
  private final AtomicBoolean left = new AtomicBoolean();
  private final AtomicBoolean soon = new AtomicBoolean();

  /** Is told what becomes of heartbeats, on a thread for writes. */
  interface Listener {
    /** One has been tried. */
    void tried();

    /** Whether it is to be logged that Redis refuses them for this reason. */
    boolean mayLog(String refusal);
  }

  /**
   * Says nothing before {@link #start}.
   *
   * @param writes runs what blocks on the store, one at a time
   * @param mayAsk whether it makes sense to ask the store now
   */
  Heartbeats(
      FleetStore store,
      Executor writes,
      Supplier<WorkerBeat> heartbeat,
      BooleanSupplier mayAsk,
      Duration interval,
      Timer timer,
      Listener listener) {
    this.store = store;
    this.writes = writes;
    this.heartbeat = heartbeat;
    this.mayAsk = mayAsk;
    this.interval = interval;
    this.timer = timer;
    this.listener = listener;
  }

  /** Begins; called once. */
  void start() {
    due();
  }

  /** What it tells has changed in a way that others wait for: once more, besides the usual ones. */
  void tellSoon() {
    if (!left.get() && mayAsk.getAsBoolean() && !soon.getAndSet(true)) {
      boolean submitted =
          submit(
              () -> {
                soon.set(false);
                beat();
              });
      if (!submitted) {
        soon.set(false);
      }
    }
  }

  private void due() {
    if (left.get()) {
      return;
    }
    if (!mayAsk.getAsBoolean()) {
      timer.after(shorter(AWAY_FOR, interval), this::due);
      return;
    }
    boolean submitted =
        submit(
            () -> {
              try {
                beat();
              } finally {
                timer.after(jittered(), this::due);
              }
            });
    if (!submitted) {
      timer.after(jittered(), this::due);
    }
  }

  /** On a thread for writes. */
  private void beat() {
    if (left.get()) {
      return;
    }
    try {
      store.beat(heartbeat.get(), interval.multipliedBy(INTERVALS_UNTIL_LOST));
    } catch (RuntimeException e) {
      LOG.debug("a heartbeat failed", e);
      String refusal = store.refusal();
      if (!refusal.isEmpty() && listener.mayLog(refusal)) {
        LOG.warn("Redis refuses what this worker wants to tell its fleet: {}", refusal);
      }
    } finally {
      listener.tried();
    }
  }

  /** Says good-bye, if the store can be asked; no heartbeat follows. Completes in any case. */
  CompletableFuture<Void> leave(String instance) {
    left.set(true);
    CompletableFuture<Void> done = new CompletableFuture<>();
    if (!mayAsk.getAsBoolean()) {
      done.complete(null);
      return done;
    }
    boolean submitted =
        submit(
            () -> {
              try {
                store.leave(instance);
              } catch (RuntimeException e) {
                LOG.debug("this worker will be shown as lost: {}", e.getMessage());
              } finally {
                done.complete(null);
              }
            });
    if (!submitted) {
      done.complete(null);
    }
    return done;
  }

  private boolean submit(Runnable task) {
    try {
      writes.execute(task);
      return true;
    } catch (RuntimeException | Error e) {
      // For good, or for want of memory for a thread.
      LOG.debug("there is no thread to ask Redis", e);
      return false;
    }
  }

  private Duration jittered() {
    double share = ThreadLocalRandom.current().nextDouble(0.5, 1.0);
    return Duration.ofNanos((long) (interval.toNanos() * share));
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) <= 0 ? a : b;
  }
}
