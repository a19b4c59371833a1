package io.fleetbreaker.breaker;

import io.fleetbreaker.breaker.RateWindow.Sample;
import java.util.concurrent.atomic.AtomicLong;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What threads that share a window can observe.
 *
 * <p>A count window that is not full yet counts its marks linearizably. Of a full one it is
 * promised that the last of those who mark at the same time sees all of them: no threshold is
 * passed unseen. A time window is linearizable for who looks on while one thread counts and
 * rotates; threads that rotate at the same time lose neither a rotation nor a call.
 */
@Tag("lincheck")
class WindowLincheckTest {
  private static final int STEP = 10;

  @Test
  void marksOfAWindowThatIsNotFull() {
    Linchecks.check(Marks.class, MarksInOrder.class);
  }

  @Test
  void marksOfAFullWindow() {
    Linchecks.check(FullWindow.class);
  }

  @Test
  void oneThreadThatRotatesAndOthersThatLookOn() {
    Linchecks.check(OneRotates.class, OneRotatesInOrder.class);
  }

  @Test
  void rotationsOfSeveralThreads() {
    Linchecks.check(Rotations.class);
  }

  public static class Marks {
    private final CountWindow window = new CountWindow(50);
    private final AtomicLong calls = new AtomicLong();

    @Operation
    public void mark() {
      window.mark(calls.incrementAndGet());
    }

    @Operation
    public long marked() {
      return window.sample(0, 49, 0).marked();
    }
  }

  public static class MarksInOrder {
    private long marks;

    public void mark() {
      marks++;
    }

    public long marked() {
      return marks;
    }
  }

  /** Its places hold the numbers of calls that are out of the window. */
  public static class FullWindow {
    private static final int SIZE = 20;

    private final CountWindow window = new CountWindow(SIZE);
    private final AtomicLong calls = new AtomicLong();
    private final AtomicLong marks = new AtomicLong();
    private final AtomicLong mostSeen = new AtomicLong();
    private final AtomicLong tooMany = new AtomicLong();

    public FullWindow() {
      for (int i = 1; i <= SIZE; i++) {
        window.mark(i);
      }
      calls.set(3 * SIZE);
    }

    @Operation
    public void markAndLook() {
      long number = calls.incrementAndGet();
      marks.incrementAndGet();
      window.mark(number);
      look();
    }

    @Operation
    public void look() {
      long seen = window.sample(0, calls.get(), 0).marked();
      mostSeen.accumulateAndGet(seen, Math::max);
      if (seen > marks.get()) {
        tooMany.incrementAndGet();
      }
    }

    @Validate
    public void theLastSawAll() {
      if (mostSeen.get() != marks.get() || tooMany.get() > 0) {
        throw new IllegalStateException("marked " + marks + ", seen " + mostSeen);
      }
    }
  }

  @Param(name = "step", gen = IntGen.class, conf = "0:14")
  public static class OneRotates {
    private final TimeWindow window = new TimeWindow(10L * STEP, 0);
    private final AtomicLong calls = new AtomicLong();

    @Operation(nonParallelGroup = "count")
    public void call() {
      calls.incrementAndGet();
    }

    @Operation(nonParallelGroup = "count")
    public void rotate(@Param(name = "step") int step) {
      window.rotate((long) step * STEP, calls.get(), 0);
    }

    @Operation
    public long sample(@Param(name = "step") int step) {
      Sample sample = window.sample((long) step * STEP, calls.get(), 0);
      return sample.calls();
    }
  }

  /** Keeps how many calls ended in each step. */
  public static class OneRotatesInOrder {
    private final long[] ended = new long[15];
    private int now;

    public void call() {
      ended[now]++;
    }

    public void rotate(int step) {
      now = Math.max(now, step);
    }

    public long sample(int step) {
      long calls = 0;
      for (int i = Math.max(0, Math.max(now, step) - 9); i < ended.length; i++) {
        calls += ended[i];
      }
      return calls;
    }
  }

  @Param(name = "step", gen = IntGen.class, conf = "1:9")
  public static class Rotations {
    private final TimeWindow window = new TimeWindow(10L * STEP, 0);
    private final AtomicLong calls = new AtomicLong();
    private final AtomicLong latest = new AtomicLong();

    @Operation
    public void call() {
      calls.incrementAndGet();
    }

    @Operation
    public void rotate(@Param(name = "step") int step) {
      window.rotate((long) step * STEP, calls.get(), calls.get());
      latest.accumulateAndGet(step, Math::max);
    }

    @Validate
    public void nothingIsLost() {
      long step = latest.get();
      if (window.rotationNanos() != (step + 1) * STEP) {
        throw new IllegalStateException("at " + window.rotationNanos() + " after step " + step);
      }
      Sample sample = window.sample(step * STEP, calls.get(), calls.get());
      if (sample.calls() != calls.get() || sample.marked() != calls.get()) {
        throw new IllegalStateException("of " + calls + " calls there are " + sample);
      }
      if (window.sample((step + 10) * STEP, calls.get(), calls.get()).calls() != 0) {
        throw new IllegalStateException("calls outlast the window");
      }
    }
  }
}
