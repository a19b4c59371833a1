package io.fleetbreaker.breaker;

import io.fleetbreaker.Ticker;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The time of one worker: exact when asked for, coarse for whoever asks often, and one queue of
 * alarms for all its breakers. Thread-safe.
 *
 * <p>The coarse time stands still between two calls of {@link #tick}, which one scheduled task
 * makes every {@link #TICK}; reading it costs a volatile read, a tenth of reading the clock.
 */
public final class FleetClock {
  /** How often {@link #tick} should be called: the precision of coarse time and alarms. */
  public static final Duration TICK = Duration.ofMillis(10);

  private static final Logger LOG = LoggerFactory.getLogger(FleetClock.class);

  private final Ticker ticker;
  private final InstantSource wall;
  private final long originNanos;
  private final AtomicLong alarmsMade = new AtomicLong();

  /** Written by breakers, emptied by the ticking thread; ordered by the map itself. */
  private final ConcurrentSkipListMap<Alarm, Runnable> alarms =
      new ConcurrentSkipListMap<>(
          Comparator.comparingLong(Alarm::dueNanos).thenComparingLong(Alarm::number));

  /** Both written by the ticking thread only. */
  private volatile long coarseNanos;

  private volatile long coarseMillis;

  /** A clock that stands at the present moment until it is ticked. */
  public FleetClock(Ticker ticker, InstantSource wall) {
    this.ticker = ticker;
    this.wall = wall;
    this.originNanos = ticker.nanos();
    this.coarseNanos = originNanos;
    this.coarseMillis = wall.millis();
  }

  /** The JVM's clocks. */
  public static FleetClock system() {
    return new FleetClock(Ticker.system(), InstantSource.system());
  }

  /** The exact monotonic time. */
  long nanos() {
    return ticker.nanos();
  }

  /** The monotonic time at the last tick. */
  long coarseNanos() {
    return coarseNanos;
  }

  /** The wall clock at the last tick, milliseconds of the epoch. */
  long coarseMillis() {
    return coarseMillis;
  }

  /** Advances the coarse time and sets off the alarms that are due. For one thread at a time. */
  public void tick() {
    long now = ticker.nanos();
    coarseNanos = now;
    coarseMillis = wall.millis();
    Map.Entry<Alarm, Runnable> first = alarms.firstEntry();
    while (first != null && first.getKey().dueNanos() <= now - originNanos) {
      if (alarms.remove(first.getKey()) != null) {
        setOff(first.getValue());
      }
      first = alarms.firstEntry();
    }
  }

  /**
   * Has {@code action} run by the first tick at or after {@code deadlineNanos}. It must be short.
   */
  Alarm alarm(long deadlineNanos, Runnable action) {
    Alarm alarm = new Alarm(deadlineNanos - originNanos, alarmsMade.incrementAndGet());
    alarms.put(alarm, action);
    return alarm;
  }

  /** The alarm will not go off any more, unless it just does. */
  void cancel(Alarm alarm) {
    alarms.remove(alarm);
  }

  private static void setOff(Runnable action) {
    try {
      action.run();
    } catch (Throwable e) {
      // Whatever it is: what escapes a tick would stop the time of all breakers.
      LOG.error("an alarm failed", e);
    }
  }

  /** Names an alarm; {@code dueNanos} counts from the clock's origin, so that it can be ordered. */
  record Alarm(long dueNanos, long number) {}
}
