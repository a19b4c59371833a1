package io.fleetbreaker.redis;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Whether a subscription stands now, for others to wait for. Thread-safe: one lock guards all. */
final class SubscribedFlag {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private boolean subscribed;
  private boolean closed;

  void set(boolean now) {
    lock.lock();
    try {
      subscribed = now && !closed;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  boolean isSet() {
    lock.lock();
    try {
      return subscribed;
    } finally {
      lock.unlock();
    }
  }

  /** Ends all waits; the flag stays false. */
  void close() {
    lock.lock();
    try {
      closed = true;
      subscribed = false;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until the flag is set; false if it is not in time, or closed. */
  boolean await(Duration limit) throws InterruptedException {
    long deadlineNanos = System.nanoTime() + limit.toNanos();
    lock.lock();
    try {
      while (!subscribed && !closed) {
        long leftNanos = deadlineNanos - System.nanoTime();
        if (leftNanos <= 0 || !changed.await(leftNanos, TimeUnit.NANOSECONDS)) {
          break;
        }
      }
      return subscribed;
    } finally {
      lock.unlock();
    }
  }
}
