package io.fleetbreaker.http;

import io.fleetbreaker.Ticker;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * The connections of one server. There may be a bounded number of them: one more takes the place of
 * the one that is missed least, so that whoever only holds connections open keeps nobody out, least
 * of all a probe of the worker's health. Thread-safe.
 */
final class Connections {
  /** A request younger than this is being worked on; one that is older may never end. */
  private static final long YOUNG_NANOS = Duration.ofSeconds(1).toNanos();

  private final int most;
  private final long patienceNanos;
  private final long lingerNanos;
  private final Ticker ticker;
  private final Set<Connection> open = ConcurrentHashMap.newKeySet();
  private final Queue<Ending> endings = new ConcurrentLinkedQueue<>();
  private final AtomicInteger held = new AtomicInteger();
  private final LongAdder ended = new LongAdder();

  /** What a connection does. */
  enum Activity {
    /** Its next request has not arrived, or not wholly. Missed least. */
    WAITING,
    /** An answer is sent for as long as there is something to say. */
    STREAMING,
    /** A request is answered. */
    ANSWERING
  }

  /** One connection, as its own stage tells of it. */
  interface Connection {
    Activity activity();

    /** Since when it has done that, on the monotonic clock. */
    long sinceNanos();

    /** Ends it if nobody has before; false if somebody has. Any thread may call this. */
    boolean end();

    /** Whether an answer may still be on its way when it ends. */
    boolean hasAnswered();

    /** Whether nothing is left of it, once it has been ended. */
    boolean isGone();

    /** Cuts it off from below: an end takes effect only when TLS has let it. */
    void cut();
  }

  /** One that has been told to end. */
  private record Ending(Connection connection, long sinceNanos) {}

  /**
   * @param most how many connections there may be
   * @param patience how long a connection may wait for its next request, from its beginning or from
   *     the answer before
   * @param linger how long an ended connection may take to deliver an answer
   */
  Connections(int most, Duration patience, Duration linger, Ticker ticker) {
    this.most = most;
    this.patienceNanos = patience.toNanos();
    this.lingerNanos = linger.toNanos();
    this.ticker = ticker;
  }

  /** A connection has been made; another one may have to end for it, or it itself. */
  void opened(Connection connection) {
    open.add(connection);
    if (held.incrementAndGet() > most) {
      makeRoom(connection);
    }
  }

  /** A connection has ended, by whatever cause. */
  void closed(Connection connection) {
    if (open.remove(connection) && connection.end()) {
      held.decrementAndGet();
    }
  }

  /**
   * Ends those that have waited too long for a request, and cuts off what goes on nevertheless. To
   * be called now and then.
   */
  void sweep() {
    long now = ticker.nanos();
    endings.removeIf(ending -> isOver(ending, now));
    for (Connection connection : open) {
      if (connection.activity() == Activity.WAITING
          && now - connection.sinceNanos() > patienceNanos) {
        end(connection);
      }
    }
  }

  /** Connections that are open and have not been told to end. */
  int count() {
    return held.get();
  }

  /** Connections that this has ended. */
  long ended() {
    return ended.sum();
  }

  private void makeRoom(Connection newest) {
    while (held.get() > most) {
      Connection victim = leastMissed(newest).orElse(newest);
      // Somebody else may have chosen the same one.
      if (!end(victim) && victim == newest) {
        return;
      }
    }
  }

  private boolean isOver(Ending ending, long now) {
    Connection connection = ending.connection();
    if (connection.isGone()) {
      return true;
    }
    boolean late = !connection.hasAnswered() || now - ending.sinceNanos() > lingerNanos;
    if (late) {
      connection.cut();
    }
    return late;
  }

  private boolean end(Connection connection) {
    open.remove(connection);
    boolean first = connection.end();
    if (first) {
      endings.add(new Ending(connection, ticker.nanos()));
      held.decrementAndGet();
      ended.increment();
    }
    return first;
  }

  private Optional<Connection> leastMissed(Connection newest) {
    long now = ticker.nanos();
    return open.stream()
        .filter(connection -> connection != newest)
        .filter(
            connection ->
                connection.activity() != Activity.ANSWERING
                    || now - connection.sinceNanos() > YOUNG_NANOS)
        .min(
            Comparator.comparing(Connection::activity)
                .thenComparing(Connection::sinceNanos, (a, b) -> Long.signum(a - b)));
  }
}
