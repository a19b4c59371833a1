package io.fleetbreaker;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Where calls wait that all of some breakers refuse, first come, first served. Thread-safe.
 *
 * <p>Nobody polls and there is no thread: the thread that makes permits available takes them and
 * hands each to one waiting call, so that the others are not even woken. The breakers know of this
 * room only while somebody waits in it.
 */
final class WaitingRoom {

  /** Ends a wait. */
  interface Timer {
    /**
     * Completes the ticket with nothing after this time, unless it is complete by then.
     *
     * @return the ticket
     */
    CompletionStage<Optional<Admission>> limit(Ticket ticket, Duration most);

    /** By the JDK's one thread for delayed completions. */
    static Timer system() {
      return (ticket, most) ->
          ticket.completeOnTimeout(Optional.empty(), most.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  /**
   * One call's place. Completes with the admission, or with nothing when its time is up. What
   * depends on it runs on the thread that makes a permit available, and must be short.
   */
  static final class Ticket extends CompletableFuture<Optional<Admission>> {
    /** Gives the place up, and the permit back that may have come meanwhile. */
    void leave() {
      if (!cancel(false)) {
        join().ifPresent(admission -> admission.permit().ignore());
      }
    }
  }

  private final List<CircuitBreaker> breakers;
  private final Timer timer;
  private final Object lock = new Object();

  /** Under the lock, in the order of their coming. */
  private final LinkedHashSet<Ticket> waiting = new LinkedHashSet<>();

  /** Under the lock; empty while nobody waits. */
  private List<Subscription> subscriptions = List.of();

  WaitingRoom(List<CircuitBreaker> breakers, Timer timer) {
    this.breakers = breakers;
    this.timer = timer;
  }

  Ticket enter(Duration most) {
    Ticket ticket = new Ticket();
    synchronized (lock) {
      if (waiting.isEmpty()) {
        subscriptions = breakers.stream().map(b -> b.onPermitAvailable(this::serve)).toList();
      }
      waiting.add(ticket);
    }
    timer.limit(ticket, most).whenComplete((admission, error) -> remove(ticket));
    // A permit may have become available before this room was told of it.
    serve();
    return ticket;
  }

  int waiting() {
    synchronized (lock) {
      return waiting.size();
    }
  }

  /** Whether the breakers know of this room. */
  boolean isListening() {
    synchronized (lock) {
      return !subscriptions.isEmpty();
    }
  }

  /**
   * Hands out what permits there are. Several threads may do so at once: one that finds no taker
   * gives its permit back, which is told to this room again.
   */
  private void serve() {
    Admission admission = take();
    while (admission != null) {
      Ticket ticket = first();
      while (ticket != null && !ticket.complete(Optional.of(admission))) {
        ticket = first();
      }
      if (ticket == null) {
        admission.permit().ignore();
        return;
      }
      admission = take();
    }
  }

  private @Nullable Admission take() {
    return waiting() == 0 ? null : Admission.ofFirst(breakers);
  }

  private @Nullable Ticket first() {
    synchronized (lock) {
      Iterator<Ticket> tickets = waiting.iterator();
      if (!tickets.hasNext()) {
        return null;
      }
      Ticket ticket = tickets.next();
      tickets.remove();
      closeIfEmpty();
      return ticket;
    }
  }

  private void remove(Ticket ticket) {
    synchronized (lock) {
      if (waiting.remove(ticket)) {
        closeIfEmpty();
      }
    }
  }

  private void closeIfEmpty() {
    if (waiting.isEmpty()) {
      subscriptions.forEach(Subscription::close);
      subscriptions = List.of();
    }
  }
}
