package io.fleetbreaker.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class LaneTest {
  private final Queue<Runnable> threads = new ArrayDeque<>();
  private final Lane lane = new Lane(threads::add, 2);
  private final List<String> done = new ArrayList<>();

  @Test
  void whatIsUrgentWaitsForNoMoreThanTheLaneMayRun() {
    for (int i = 0; i < 100; i++) {
      String task = "bulk " + i;
      lane.execute(() -> done.add(task));
    }
    threads.add(() -> done.add("urgent"));

    while (!threads.isEmpty()) {
      threads.remove().run();
    }

    assertThat(done.subList(0, 4)).containsExactly("bulk 0", "bulk 1", "urgent", "bulk 2");
    assertThat(done).hasSize(101);
  }

  @Test
  void aTaskThatFailsDoesNotEndTheLane() {
    for (int i = 0; i < 3; i++) {
      lane.execute(
          () -> {
            throw new IllegalStateException("wanted by the test");
          });
    }
    lane.execute(() -> done.add("last"));

    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> threads.remove().run()).isInstanceOf(IllegalStateException.class);
    }
    threads.remove().run();

    assertThat(done).containsExactly("last");
    assertThat(threads).isEmpty();
  }

  @Test
  void aLaneThatIsEmptyStartsAgain() {
    lane.execute(() -> done.add("first"));
    threads.remove().run();

    lane.execute(() -> done.add("second"));
    threads.remove().run();

    assertThat(done).containsExactly("first", "second");
  }

  @Test
  void aLaneTakesAtLeastOneThread() {
    assertThatThrownBy(() -> new Lane(threads::add, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("most must be at least 1, was 0");
  }
}
