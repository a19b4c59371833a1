package io.fleetbreaker.breaker;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands events to one listener, one after the other, on a thread of its own. Whoever offers never
 * waits: what finds no room is counted and dropped. Thread-safe.
 *
 * @param <E> the kind of event
 */
final class Delivery<E> {
  private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);

  /** Wakes the thread to find that it is over. */
  private static final Object END = new Object();

  private final LinkedBlockingQueue<Object> waiting;
  private final LongAdder dropped;
  private final Consumer<? super E> listener;
  private final Class<E> type;

  private volatile boolean over;

  /** Does not begin yet; {@code dropped} counts what {@code listener} misses. */
  Delivery(Class<E> type, Consumer<? super E> listener, int capacity, LongAdder dropped) {
    this.type = type;
    this.dropped = dropped;
    this.listener = listener;
    this.waiting = new LinkedBlockingQueue<>(capacity);
  }

  /** Begins, once; after {@link #end} it is over as soon as it began. */
  void start() {
    Thread thread = new Thread(this::deliver, "fleetbreaker-listener");
    thread.setDaemon(true);
    thread.start();
  }

  void offer(E event) {
    if (!over && !waiting.offer(event)) {
      dropped.increment();
    }
  }

  /** Ends it after the event that the listener just has; what still waits is forgotten. */
  void end() {
    over = true;
    waiting.clear();
    // If somebody has filled the queue meanwhile, the thread need not be woken.
    boolean woken = waiting.offer(END);
    assert woken || !waiting.isEmpty();
  }

  private void deliver() {
    while (!over) {
      try {
        Object event = waiting.take();
        if (!over) {
          listener.accept(type.cast(event));
        }
      } catch (InterruptedException e) {
        LOG.debug("a listener has interrupted its thread, which goes on");
      } catch (Throwable e) {
        // Not even an error in a listener may end its thread: it would hear nothing any more.
        LOG.error("a listener of {} failed", type.getSimpleName(), e);
      }
    }
  }
}
