package io.fleetbreaker.breaker;

import io.fleetbreaker.breaker.Transitions.Places;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The probes of one generation of a gate that is due or half-open: which places there are, whether
 * the fleet has been asked for one, and which calls wait for the answer.
 *
 * <p>Calling threads take places, give them back, ask and wait; all other changes are the actor's.
 * Nothing here blocks but {@link Waiter#await}.
 */
final class Probes {
  /** An ask that is not answered by then will not be, and the next call may ask again. */
  static final Duration ANSWERED_WITHIN = Duration.ofSeconds(5);

  private final int most;
  private final FleetClock clock;

  /** May hold places that have ended meanwhile; who takes one finds that out. */
  private final Queue<Lease> free = new ConcurrentLinkedQueue<>();

  /** Null if the fleet may be asked at any time. */
  private final AtomicReference<@Nullable Ask> ask = new AtomicReference<>();

  private final Queue<Waiter> waiters = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();

  /** By token, also those whose success the fleet has not counted yet. */
  private final Map<String, Lease> granted = new ConcurrentHashMap<>();

  /** Replaced by the actor; not empty while this worker deals places to itself. */
  private volatile List<Lease> local = List.of();

  private volatile boolean ended;

  /**
   * Whether the fleet has been asked.
   *
   * @param underWay whether the answer is still to come
   * @param atNanos since when it is under way, or when the next one may begin
   * @param alarmed whether somebody is told when the next one may begin
   */
  private record Ask(boolean underWay, long atNanos, AtomicBoolean alarmed) {
    Ask(boolean underWay, long atNanos) {
      this(underWay, atNanos, new AtomicBoolean());
    }

    boolean isUnderWay(long nowNanos) {
      return underWay && nowNanos - atNanos < ANSWERED_WITHIN.toNanos();
    }

    boolean isOver(long nowNanos) {
      return underWay ? !isUnderWay(nowNanos) : nowNanos - atNanos >= 0;
    }
  }

  /** A call that waits; completes when it should look again. */
  final class Waiter extends CompletableFuture<Boolean> {

    /** Whether it should look again; false if the time is up or the thread is interrupted. */
    boolean await(long nanos) {
      try {
        return get(nanos, TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        return false;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      } catch (ExecutionException e) {
        throw new IllegalStateException("a wait ended with an exception", e);
      }
    }

    void wake() {
      complete(true);
    }

    /** Must be called once, when it waits no longer. */
    void leave() {
      waiters.remove(this);
      waiting.decrementAndGet();
    }
  }

  /** No places yet, and nobody has asked. */
  Probes(int most, FleetClock clock) {
    this.most = most;
    this.clock = clock;
  }

  // What calling threads do.

  /** A place for one call, or null if none is free. */
  @Nullable Lease take() {
    Lease lease = free.poll();
    while (lease != null && !lease.take(clock.nanos())) {
      lease = free.poll();
    }
    return lease;
  }

  boolean hasFree() {
    for (Lease lease : free) {
      if (lease.isFree(clock.coarseNanos())) {
        return true;
      }
    }
    return false;
  }

  /**
   * Offers a place that a call has freed to the next one.
   *
   * @return false if no call may have it any more, and it has ended
   */
  boolean offer(Lease freed) {
    free.add(freed);
    // Whoever ends this sees the place, or this thread sees the end.
    if (ended && freed.withdraw()) {
      return false;
    }
    wake();
    return true;
  }

  /** Whether a call that came now would find a place, or ask for one. */
  boolean admits() {
    return hasFree() || mayAsk();
  }

  private boolean mayAsk() {
    return mayAsk(ask.get());
  }

  private boolean mayAsk(@Nullable Ask last) {
    return !ended && local.isEmpty() && (last == null || last.isOver(clock.coarseNanos()));
  }

  /** Begins to ask; true for one of the threads that want to. */
  boolean ask() {
    Ask last = ask.get();
    return mayAsk(last) && ask.compareAndSet(last, new Ask(true, clock.coarseNanos()));
  }

  boolean isAsking() {
    Ask last = ask.get();
    return last != null && last.isUnderWay(clock.coarseNanos());
  }

  /** A call begins to wait; null if as many wait as there could be places. */
  @Nullable Waiter join() {
    if (waiting.incrementAndGet() > most) {
      waiting.decrementAndGet();
      return null;
    }
    Waiter waiter = new Waiter();
    waiters.add(waiter);
    return waiter;
  }

  /** For tests. */
  int waiting() {
    return waiting.get();
  }

  // What the actor does.

  /** The fleet has lent this; once it is shown, or with {@link #answered}. */
  void grant(Lease lease) {
    String token = lease.token();
    if (token != null) {
      granted.put(token, lease);
      free.add(lease);
    }
  }

  /** The place of this token; null if it is not known, or not any more. */
  @Nullable Lease granted(String token) {
    return granted.get(token);
  }

  void forget(String token) {
    granted.remove(token);
  }

  /** Changes the places that this worker has dealt to itself. */
  void change(Places places) {
    switch (places) {
      case KEPT -> {}
      case LOCAL -> {
        if (local.isEmpty()) {
          deal();
        }
      }
      case DEALT_ANEW -> {
        if (!local.isEmpty()) {
          withdrawLocal();
          deal();
        }
      }
      case WITHDRAWN -> withdrawLocal();
    }
  }

  private void deal() {
    List<Lease> dealt = new ArrayList<>(most);
    for (int i = 0; i < most; i++) {
      dealt.add(Lease.local());
    }
    local = List.copyOf(dealt);
    free.addAll(dealt);
  }

  private void withdrawLocal() {
    local.forEach(Lease::withdrawAfterCall);
    local = List.of();
  }

  /** The fleet has answered: whoever waits looks again, and the next call may ask. */
  void answered() {
    ask.set(null);
    wake();
  }

  /** The fleet has refused: whoever waits is refused, and the next call may ask then. */
  void refused(long untilNanos) {
    ask.set(new Ask(false, untilNanos));
    wake();
  }

  /** When the next call may ask, for one of those who want to know; empty if it may already. */
  OptionalLong alarmAt() {
    Ask last = ask.get();
    return last == null || last.underWay() || last.alarmed().getAndSet(true)
        ? OptionalLong.empty()
        : OptionalLong.of(last.atNanos());
  }

  private void wake() {
    waiters.forEach(Waiter::wake);
  }

  /**
   * Another generation has begun. Calls that wait look there; places that no call has have ended.
   *
   * @return the fleet's among these
   */
  List<Lease> end() {
    ended = true;
    local.forEach(Lease::withdraw);
    List<Lease> unused = granted.values().stream().filter(Lease::withdraw).toList();
    wake();
    return unused;
  }
}
