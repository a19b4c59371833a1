package io.fleetbreaker.fleet;

import io.fleetbreaker.Subscription;
import io.fleetbreaker.redis.FleetStore;
import io.fleetbreaker.redis.FleetStore.HistoryItem;
import io.fleetbreaker.redis.FleetStore.HistorySlice;
import io.fleetbreaker.redis.FleetStore.HistoryTail;
import io.fleetbreaker.redis.HistoryId;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The history as it grows, for those who follow it. Thread-safe: this object's monitor guards all.
 *
 * <p>However many follow, one reader reads what is new, once, into a ring of bounded length; each
 * follower has a thread and a place in the history, and no buffer: one that is slow finds its place
 * in the ring, or reads by itself what has left that. Nobody is read for while nobody follows.
 */
final class HistoryFeed implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HistoryFeed.class);
  private static final int KEPT = 1_000;
  private static final int READ_AT_ONCE = 500;
  private static final int TOLD_AT_ONCE = 100;
  private static final int MOST_FOLLOWERS = 1_000;
  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final Duration READ_WITHIN = Duration.ofSeconds(30);

  private final FleetStore store;
  private final Executor reads;
  private final BooleanSupplier mayAsk;
  private final Timer timer;
  private final HistoryRing ring = new HistoryRing(KEPT);
  private final Set<Follower> followers = new HashSet<>();

  private boolean reading;
  private boolean readAgain;
  private boolean retrying;

  /** Counts the attempts to read that have failed. */
  private long failures;

  /** Counts the times that the reader has lost its place, and where it went on. */
  private long losses;

  private HistoryId wentOnAfter = HistoryId.START;
  private boolean closed;

  /**
   * A feed of what this store holds.
   *
   * @param reads runs what blocks on the store
   * @param mayAsk whether it makes sense to ask the store now
   */
  HistoryFeed(FleetStore store, Executor reads, BooleanSupplier mayAsk, Timer timer) {
    this.store = store;
    this.reads = reads;
    this.mayAsk = mayAsk;
    this.timer = timer;
  }

  /** {@link Fleet#follow}. */
  Subscription follow(Optional<HistoryId> after, HistoryListener listener) {
    Follower follower;
    synchronized (this) {
      if (closed) {
        throw new IllegalStateException("this worker has left its fleet");
      }
      if (followers.size() == MOST_FOLLOWERS) {
        throw new IllegalStateException(
            "no more than " + MOST_FOLLOWERS + " may follow the history at once: close one first");
      }
      follower = new Follower(after.orElse(ring.tail()), listener);
      followers.add(follower);
    }
    follower.thread.start();
    wake();
    return follower;
  }

  /** The history may have grown. Does not block; any thread may say so. */
  void wake() {
    synchronized (this) {
      if (followers.isEmpty() || closed) {
        return;
      }
      if (reading) {
        readAgain = true;
        return;
      }
      reading = true;
    }
    submit();
  }

  private void submit() {
    try {
      reads.execute(this::read);
    } catch (RuntimeException | Error e) {
      // Its threads have ended, and so will this; or there is none just now.
      failed(e);
    }
  }

  @Override
  public void close() {
    List<Follower> ending;
    synchronized (this) {
      closed = true;
      ending = List.copyOf(followers);
    }
    ending.forEach(Follower::close);
  }

  /** On a thread for reads; {@link #reading} is true meanwhile. */
  private void read() {
    HistoryId tail;
    synchronized (this) {
      readAgain = false;
      tail = ring.tail();
    }
    try {
      if (!mayAsk.getAsBoolean()) {
        throw new IllegalStateException("the store is away");
      }
      if (tail == null) {
        HistorySlice newest = store.historyBefore(Optional.empty(), 1);
        begun(newest.items().isEmpty() ? HistoryId.START : newest.items().get(0).id());
      } else {
        gained(store.historyAfter(tail, READ_AT_ONCE));
      }
    } catch (RuntimeException e) {
      failed(e);
    }
  }

  private void begun(HistoryId end) {
    finished(
        () -> {
          ring.begin(end);
          followers.forEach(follower -> follower.begin(end));
          return false;
        });
  }

  private void gained(HistoryTail gained) {
    finished(
        () -> {
          if (gained.known()) {
            ring.append(gained.slice().items());
            return gained.slice().more();
          }
          ring.begin(gained.end());
          losses++;
          wentOnAfter = gained.end();
          return false;
        });
  }

  /** Whether there is more to read. */
  private interface Update {
    boolean apply();
  }

  private void finished(Update update) {
    boolean again;
    synchronized (this) {
      boolean wanted = !followers.isEmpty() && !closed;
      if (wanted) {
        again = update.apply() || readAgain;
      } else {
        // What nobody follows is not kept up to date.
        ring.clear();
        again = false;
      }
      reading = again;
      notifyAll();
    }
    if (again) {
      submit();
    }
  }

  private void failed(Throwable e) {
    LOG.debug("the history could not be read", e);
    boolean retry;
    synchronized (this) {
      failures++;
      reading = false;
      retry = !retrying && !followers.isEmpty() && !closed;
      retrying |= retry;
    }
    if (retry) {
      timer.after(RETRY, this::retry);
    }
  }

  private void retry() {
    synchronized (this) {
      retrying = false;
    }
    wake();
  }

  private synchronized void remove(Follower follower) {
    followers.remove(follower);
    if (followers.isEmpty() && !reading) {
      ring.clear();
    }
    notifyAll();
  }

  /** One listener, its thread, and its place in the history. */
  private final class Follower implements Subscription, Runnable {
    private final HistoryListener listener;
    private final Thread thread;
    private volatile boolean over;

    /**
     * These are guarded by the feed's monitor. The last entry told; null before it is known, which
     * it is as soon as the ring has begun.
     */
    private @Nullable HistoryId place;

    /** Whether the store has that entry, though the ring does not. */
    private boolean known;

    /** Whether there may be entries before its place that it should have been told. */
    private boolean mayHaveMissed;

    /** What had happened when it began, and when it was last told where it stands. */
    private final long failuresSeen;

    private long lossesSeen;

    Follower(@Nullable HistoryId place, HistoryListener listener) {
      this.place = place;
      this.listener = listener;
      this.failuresSeen = failures;
      this.lossesSeen = losses;
      this.thread = new Thread(this, "fleetbreaker-history-listener");
      thread.setDaemon(true);
    }

    @Override
    public void close() {
      over = true;
      remove(this);
    }

    @Override
    public void run() {
      while (!over) {
        try {
          take(await());
        } catch (InterruptedException e) {
          LOG.debug("a listener has interrupted its thread, which goes on");
        } catch (Throwable e) {
          // Not even an error may end this thread: the listener would hear nothing any more.
          LOG.error("telling a listener of the history failed", e);
        }
      }
    }

    private void take(Step step) throws InterruptedException {
      if (step instanceof Step.Tell tell) {
        tell(tell.items());
      } else if (step instanceof Step.Gap gap) {
        call(() -> listener.onGap(gap.after().toString()));
      } else if (step instanceof Step.Read read) {
        catchUp(read.after());
      }
    }

    private void tell(List<HistoryItem> items) {
      for (HistoryItem item : items) {
        if (over) {
          return;
        }
        item.told()
            .ifPresent(told -> call(() -> listener.onEntry(HistoryPages.entry(item.id(), told))));
      }
    }

    private void call(Runnable call) {
      try {
        call.run();
      } catch (Throwable e) {
        // After an error, too: its place in the history is behind the entries that wait to be told.
        LOG.error("a listener of the history failed", e);
      }
    }

    /** What to do next; waits until there is something. */
    private Step await() throws InterruptedException {
      synchronized (HistoryFeed.this) {
        while (!over) {
          Optional<Step> step = step();
          if (step.isPresent()) {
            return step.get();
          }
          HistoryFeed.this.wait();
        }
        return new Step.Tell(List.of());
      }
    }

    /**
     * Who follows from now on gets its place from the reader, and not when its thread comes to it:
     * what is read in between is news to it.
     */
    private void begin(HistoryId end) {
      if (place == null) {
        place = end;
        // Who has waited for the store cannot tell what it has missed.
        mayHaveMissed = failuresSeen != failures;
      }
    }

    private Optional<Step> step() {
      HistoryId tail = ring.tail();
      HistoryId at = place;
      if (tail == null || at == null) {
        return Optional.empty();
      }
      if (lossesSeen != losses) {
        lossesSeen = losses;
        return Optional.of(goOnAfter(wentOnAfter));
      }
      if (mayHaveMissed) {
        return Optional.of(goOnAfter(at));
      }
      return switch (ring.placeOf(at)) {
        case HERE -> {
          List<HistoryItem> items = ring.after(at, TOLD_AT_ONCE);
          yield items.isEmpty() ? Optional.empty() : Optional.of(told(items));
        }
        case ABSENT -> Optional.of(goOnAfter(tail));
        case BEFORE -> Optional.of(new Step.Read(at));
        case BEYOND -> known ? Optional.empty() : Optional.of(new Step.Read(at));
      };
    }

    private Step told(List<HistoryItem> items) {
      place = items.get(items.size() - 1).id();
      known = true;
      return new Step.Tell(items);
    }

    private Step goOnAfter(HistoryId id) {
      place = id;
      known = true;
      mayHaveMissed = false;
      return new Step.Gap(id);
    }

    /** Reads what the ring does not have, a little at a time. */
    private void catchUp(HistoryId after) throws InterruptedException {
      HistoryTail read;
      try {
        read =
            CompletableFuture.supplyAsync(() -> ask(after), reads)
                .get(READ_WITHIN.toSeconds(), TimeUnit.SECONDS);
      } catch (ExecutionException | TimeoutException | RejectedExecutionException e) {
        LOG.debug("the history could not be read after {}", after, e);
        pause();
        return;
      }
      Step step;
      synchronized (HistoryFeed.this) {
        if (!read.known()) {
          step = goOnAfter(read.end());
        } else if (read.slice().items().isEmpty()) {
          known = true;
          step = new Step.Read(after);
        } else {
          step = told(read.slice().items());
        }
      }
      if (step instanceof Step.Read) {
        // There is nothing more, and the reader has yet to find that out, or more.
        wake();
        pause();
      } else {
        take(step);
      }
    }

    private HistoryTail ask(HistoryId after) {
      if (!mayAsk.getAsBoolean()) {
        throw new IllegalStateException("the store is away");
      }
      return store.historyAfter(after, TOLD_AT_ONCE);
    }

    /** For a moment, or until something is read. */
    private void pause() throws InterruptedException {
      synchronized (HistoryFeed.this) {
        if (!over) {
          HistoryFeed.this.wait(RETRY.toMillis());
        }
      }
    }
  }

  /** What a follower does next. */
  private sealed interface Step {
    record Tell(List<HistoryItem> items) implements Step {}

    record Gap(HistoryId after) implements Step {}

    record Read(HistoryId after) implements Step {}
  }
}
