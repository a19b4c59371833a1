package io.fleetbreaker.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.Patience;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

final class ListenerCallsTest {
  private static final Duration SOON = Patience.LIMIT;
  private final RecordingListener listener = new RecordingListener();
  private final ListenerCalls calls = new ListenerCalls(listener);

  @Test
  void closeWaitsForTheCallInProgress() throws InterruptedException {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch leave = new CountDownLatch(1);
    Thread caller =
        new Thread(
            () ->
                calls.run(
                    l -> {
                      entered.countDown();
                      await().atMost(SOON).until(() -> leave.getCount() == 0);
                      l.onSubscribed();
                    }));
    Thread closer = new Thread(calls::close);
    caller.start();
    entered.await();

    closer.start();
    await().atMost(SOON).until(() -> closer.getState() == Thread.State.TIMED_WAITING);
    assertThat(listener.connection).isEmpty();
    leave.countDown();
    closer.join();

    assertThat(listener.connection).containsExactly("subscribed");
    caller.join();
  }

  @Test
  void noCallBeginsAfterClose() {
    calls.close();

    calls.run(FleetStore.EventListener::onSubscribed);

    assertThat(listener.connection).isEmpty();
  }

  @Test
  void aListenerMayCloseWhatCallsIt() {
    calls.run(l -> calls.close());
    calls.run(FleetStore.EventListener::onSubscribed);

    assertThat(listener.connection).isEmpty();
  }

  @Test
  void whatAListenerThrowsGoesNoFurther() {
    calls.run(
        l -> {
          throw new IllegalStateException("a listener's bug");
        });
    calls.run(FleetStore.EventListener::onSubscribed);

    assertThat(listener.connection).containsExactly("subscribed");
  }

  @Test
  void closeKeepsTheInterruptOfItsCaller() {
    Thread.currentThread().interrupt();

    calls.close();

    assertThat(Thread.interrupted()).isTrue();
  }
}
