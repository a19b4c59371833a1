package io.fleetbreaker.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** A lane over an executor that has no thread to give for a while. */
class LaneWithoutThreadsTest {
  private final Queue<Runnable> threads = new ArrayDeque<>();
  private final List<String> done = new ArrayList<>();
  private boolean exhausted;
  private Runnable another = () -> {};
  private final Lane lane = new Lane(this::accept, 1);

  private void accept(Runnable task) {
    if (exhausted) {
      throw new RejectedExecutionException("no thread");
    }
    threads.add(task);
  }

  @Test
  void aTaskThatIsRefusedTakesUpNoPlace() {
    exhausted = true;
    assertThatThrownBy(() -> lane.execute(() -> done.add("refused")))
        .isInstanceOf(RejectedExecutionException.class);

    exhausted = false;
    lane.execute(() -> done.add("accepted"));
    assertThat(threads).hasSize(1);
    threads.remove().run();

    assertThat(done).containsExactly("accepted");
  }

  @Test
  void whatCameToWaitForTheOneThatIsRefusedIsDone() {
    Lane refusing =
        new Lane(
            new Executor() {
              private boolean begun;

              @Override
              public void execute(Runnable task) {
                if (!begun) {
                  begun = true;
                  // As another thread may while this one finds that there is none.
                  LaneWithoutThreadsTest.this.another.run();
                  throw new RejectedExecutionException("no thread");
                }
                task.run();
              }
            },
            1);
    another = () -> refusing.execute(() -> done.add("waited"));

    assertThatThrownBy(() -> refusing.execute(() -> done.add("refused")))
        .isInstanceOf(RejectedExecutionException.class);

    assertThat(done).containsExactly("waited");
  }

  @Test
  void whatWaitsIsDoneByTheThreadThatIsThereIfThereIsNoOther() {
    lane.execute(() -> done.add("first"));
    lane.execute(
        () -> {
          done.add("second");
          throw new IllegalStateException("wanted by the test");
        });
    lane.execute(() -> done.add("third"));
    exhausted = true;

    threads.remove().run();

    assertThat(done).containsExactly("first", "second", "third");
    exhausted = false;
    lane.execute(() -> done.add("fourth"));
    assertThat(threads).hasSize(1);
  }

  @Test
  void aQueueOfAnyLengthIsDoneWithoutOverflowingTheStack() {
    lane.execute(() -> done.add("first"));
    for (int i = 0; i < 100_000; i++) {
      lane.execute(() -> done.add("more"));
    }
    exhausted = true;

    threads.remove().run();

    assertThat(done).hasSize(100_001);
  }
}
