package io.fleetbreaker.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.redis.BreakerEvent;
import io.fleetbreaker.redis.FleetStore;
import io.fleetbreaker.redis.FleetStore.EventListener;
import io.fleetbreaker.redis.FleetStore.Subscription;
import io.fleetbreaker.redis.RedisSettings;
import io.fleetbreaker.redis.RedisStore;
import io.fleetbreaker.redis.StoreException;
import io.fleetbreaker.sync.RevisionId;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RedisPubSubIT {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @RegisterExtension static final TestRedis redis = new TestRedis();

  /** Keeps what a subscription is told. */
  private static final class Recorder implements EventListener {
    final List<BreakerEvent> events = new CopyOnWriteArrayList<>();
    final List<String> undecodable = new CopyOnWriteArrayList<>();

    @Override
    public void onEvent(BreakerEvent event) {
      events.add(event);
    }

    @Override
    public void onUndecodable(String problem) {
      undecodable.add(problem);
    }

    void awaitEvents(int count) {
      await()
          .atMost(LIMIT)
          .untilAsserted(() -> assertThat(events).hasSizeGreaterThanOrEqualTo(count));
    }
  }

  private static BreakerEvent event(String worker) {
    return BreakerEvent.of(
        "openai", BreakerEvent.Type.FAILURE, worker, Instant.ofEpochMilli(1_750_000_000_123L));
  }

  private static Recorder subscribe(FleetStore store) throws InterruptedException {
    Recorder recorder = new Recorder();
    assertThat(store.subscribe(recorder).awaitSubscribed(LIMIT)).isTrue();
    return recorder;
  }

  @Test
  void aServerThatAnswersIsHealthy() {
    FleetStore.Health health = redis.store().health();

    assertThat(health.reachable()).isTrue();
    assertThat(health.roundTrip()).isPositive();
    assertThat(health.problem()).isEmpty();
  }

  @Test
  void aServerThatIsNotThereIsUnhealthyAndTheMessageSaysWhere() {
    try (FleetStore nowhere =
        RedisStore.open(RedisSettings.of(URI.create("redis://127.0.0.1:1/15")))) {
      assertThat(nowhere.health().reachable()).isFalse();
      assertThat(nowhere.health().problem()).contains("127.0.0.1:1");
      assertThatThrownBy(() -> nowhere.publish(event("w1")))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("127.0.0.1:1");
    }
  }

  @Test
  void anEventWithoutSubscribersIsPublishedAllTheSame() {
    FleetStore store = redis.store();

    store.publish(event("w1"));

    assertThat(store.health().reachable()).isTrue();
  }

  @Test
  void aSubscriberIsCalledWithExactlyWhatWasPublished() throws InterruptedException {
    Recorder recorder = subscribe(redis.store());
    BreakerEvent legacy =
        new BreakerEvent(
            "anthropic",
            BreakerEvent.Type.SUCCESS,
            "worker with spaces and \"quotes\"",
            Instant.ofEpochMilli(1_750_000_000_123L),
            2,
            7,
            Optional.empty());
    BreakerEvent ofARevision =
        new BreakerEvent(
            "openai",
            BreakerEvent.Type.OPENED,
            "w1",
            Instant.ofEpochMilli(1_750_000_000_456L),
            5,
            0,
            Optional.of(
                new BreakerEvent.RevisionInfo(
                    new RevisionId(1_750_000_000_000L, 3, "op-3"),
                    15,
                    60_000,
                    1_750_000_060_456L,
                    1_750_000_000_456L,
                    "5 failures in a row")));

    FleetStore publisher = redis.store();
    publisher.publish(legacy);
    publisher.publish(ofARevision);

    recorder.awaitEvents(2);
    assertThat(recorder.events).containsExactly(legacy, ofARevision);
  }

  @Test
  void severalSubscribersReceiveTheSameEventsInTheSameOrder() throws InterruptedException {
    Recorder first = subscribe(redis.store());
    Recorder second = subscribe(redis.store());
    FleetStore both = redis.store();
    Recorder third = subscribe(both);
    List<BreakerEvent> events = IntStream.range(0, 20).mapToObj(i -> event("w" + i)).toList();

    events.forEach(both::publish);

    for (Recorder recorder : List.of(first, second, third)) {
      recorder.awaitEvents(events.size());
      assertThat(recorder.events).containsExactlyElementsOf(events);
    }
  }

  @Test
  void aClosedSubscriptionHearsNothingMoreAndTheOthersGoOn() throws InterruptedException {
    Recorder other = subscribe(redis.store());
    Recorder recorder = new Recorder();
    FleetStore store = redis.store();
    Subscription subscription = store.subscribe(recorder);
    assertThat(subscription.awaitSubscribed(LIMIT)).isTrue();
    store.publish(event("before"));
    recorder.awaitEvents(1);

    subscription.close();
    store.publish(event("after"));

    other.awaitEvents(2);
    assertThat(recorder.events).containsExactly(event("before"));
  }

  @Test
  void whatIsNoEventIsToldAndDoesNotEndTheSubscription() throws InterruptedException {
    Recorder recorder = subscribe(redis.store());

    redis.raw().publish(TestRedis.CHANNEL, "no JSON at all");
    redis.store().publish(event("w1"));

    recorder.awaitEvents(1);
    assertThat(recorder.events).containsExactly(event("w1"));
    assertThat(recorder.undecodable).hasSize(1);
  }

  @Test
  void aListenerThatThrowsDoesNotEndTheSubscription() throws InterruptedException {
    Recorder recorder = new Recorder();
    EventListener throwing =
        event -> {
          recorder.onEvent(event);
          throw new IllegalStateException("thrown by the test");
        };
    FleetStore store = redis.store();
    assertThat(store.subscribe(throwing).awaitSubscribed(LIMIT)).isTrue();

    store.publish(event("w1"));
    store.publish(event("w2"));

    recorder.awaitEvents(2);
    assertThat(recorder.events).containsExactly(event("w1"), event("w2"));
  }

  private static boolean arrives(Semaphore arrived) {
    try {
      return arrived.tryAcquire(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Test
  void anEventArrivesWithinMilliseconds() throws InterruptedException {
    Semaphore arrived = new Semaphore(0);
    FleetStore subscriber = redis.store();
    Subscription subscription = subscriber.subscribe(EventListener.of(event -> arrived.release()));
    assertThat(subscription.awaitSubscribed(LIMIT)).isTrue();
    FleetStore publisher = redis.store();
    BreakerEvent event = event("w1");

    Timings timings =
        Timings.of(
            "an event from publish to its listener",
            () -> {
              publisher.publish(event);
              assertThat(arrives(arrived)).isTrue();
            });

    assertThat(timings.median()).isLessThan(Duration.ofMillis(100));
  }
}
