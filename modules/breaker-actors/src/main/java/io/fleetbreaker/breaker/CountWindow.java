package io.fleetbreaker.breaker;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The last so many calls. Remembers which calls were marked by their numbers, the latest {@code
 * size} of them; the calls between need not be remembered.
 *
 * <p>A call is marked in two steps, its place and then its number. A thread that looks while
 * another one is between the two may miss that call and the marked calls before it, never see one
 * that was not marked; the last of those that mark at the same time sees them all. Calls that were
 * marked at the same time may leave the window together.
 */
final class CountWindow implements RateWindow {
  private final int size;

  /** How many calls were marked; the last {@code size} have a place in {@link #numbers}. */
  private final AtomicLong marks = new AtomicLong();

  private final AtomicLongArray numbers;

  CountWindow(int size) {
    this.size = size;
    this.numbers = new AtomicLongArray(size);
  }

  @Override
  public void mark(long calls) {
    long mark = marks.getAndIncrement();
    numbers.set((int) (mark % size), calls);
  }

  @Override
  public long calls(long nowNanos, long calls) {
    return Math.min(calls, size);
  }

  /** If the mark that many back is in the window, so are those after it. */
  @Override
  public boolean holds(long wanted, long nowNanos, long calls, long marked) {
    long last = marks.get();
    return wanted <= 0
        || (wanted <= Math.min(last, size)
            && numbers.get((int) ((last - wanted) % size)) > calls - size);
  }

  /** Counts back from the latest mark to the first that is out of the window. */
  @Override
  public Sample sample(long nowNanos, long calls, long marked) {
    long inWindow = Math.min(calls, size);
    long last = marks.get();
    long earliest = Math.max(0, last - inWindow);
    long mark = last;
    while (mark > earliest && numbers.get((int) ((mark - 1) % size)) > calls - size) {
      mark--;
    }
    return new Sample(inWindow, last - mark);
  }

  @Override
  public boolean rotates() {
    return false;
  }

  @Override
  public long rotationNanos() {
    throw new UnsupportedOperationException("a window of calls does not rotate");
  }

  @Override
  public void rotate(long nowNanos, long calls, long marked) {
    throw new UnsupportedOperationException("a window of calls does not rotate");
  }
}
