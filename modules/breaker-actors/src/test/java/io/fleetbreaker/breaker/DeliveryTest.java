package io.fleetbreaker.breaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeliveryTest {
  private static final Duration GIVE_UP = Duration.ofSeconds(30);

  private final List<Integer> heard = new CopyOnWriteArrayList<>();
  private final AtomicReference<Thread> thread = new AtomicReference<>();
  private final LongAdder dropped = new LongAdder();
  private final CountDownLatch busy = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private Delivery<Integer> delivery;

  private void start(int capacity, Consumer<Integer> listener) {
    delivery =
        new Delivery<>(
            Integer.class,
            event -> {
              thread.set(Thread.currentThread());
              heard.add(event);
              listener.accept(event);
            },
            capacity,
            dropped);
    delivery.start();
  }

  private void block(Integer event) {
    busy.countDown();
    try {
      release.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @AfterEach
  void end() {
    release.countDown();
    delivery.end();
  }

  private void eventually(Integer... events) {
    await().atMost(GIVE_UP).untilAsserted(() -> assertThat(heard).containsExactly(events));
  }

  @Test
  void eventsArriveInOrderOnAThreadOfItsOwn() {
    start(10, event -> {});

    delivery.offer(1);
    delivery.offer(2);
    delivery.offer(3);

    eventually(1, 2, 3);
    assertThat(thread.get()).isNotSameAs(Thread.currentThread());
    assertThat(thread.get().isDaemon()).as("it keeps no JVM alive").isTrue();
  }

  @Test
  void aListenerThatThrowsHearsTheNextEvent() {
    start(
        10,
        event -> {
          if (event == 1) {
            throw new IllegalStateException("broken listener");
          } else if (event == 2) {
            throw new AssertionError("broken listener");
          }
        });

    delivery.offer(1);
    delivery.offer(2);
    delivery.offer(3);

    eventually(1, 2, 3);
  }

  @Test
  void aListenerThatInterruptsItsThreadHearsTheNextEvent() {
    start(10, event -> Thread.currentThread().interrupt());

    delivery.offer(1);
    delivery.offer(2);

    eventually(1, 2);
  }

  @Test
  void whatFindsNoRoomIsDroppedAndCounted() throws Exception {
    start(2, this::block);
    delivery.offer(1);
    busy.await();

    delivery.offer(2);
    delivery.offer(3);
    delivery.offer(4);
    delivery.offer(5);

    assertThat(dropped.sum()).isEqualTo(2);
    release.countDown();
    eventually(1, 2, 3);
  }

  @Test
  void anEndForgetsWhatStillWaitsAndEndsTheThread() throws Exception {
    start(2, this::block);
    delivery.offer(1);
    busy.await();
    delivery.offer(2);
    delivery.offer(3);

    delivery.end();
    delivery.offer(4);
    release.countDown();

    await().atMost(GIVE_UP).until(() -> !thread.get().isAlive());
    assertThat(heard).containsExactly(1);
    assertThat(dropped.sum()).as("nobody missed what nobody wants").isZero();
  }

  @Test
  void anIdleThreadEndsToo() {
    start(2, event -> {});
    delivery.offer(1);
    eventually(1);

    delivery.end();
    delivery.end();

    await().atMost(GIVE_UP).until(() -> !thread.get().isAlive());
  }
}
