package io.fleetbreaker.redis;

import static io.fleetbreaker.redis.Revisions.opened;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.Patience;
import io.fleetbreaker.redis.FleetStore.Subscription;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class RedisSubscriberTest {
  private static final Duration SOON = Patience.LIMIT;
  private static TestRedis redis;

  private RedisSettings settings;
  private RedisStore store;

  @BeforeAll
  static void startRedis() {
    redis = TestRedis.start();
  }

  @AfterAll
  static void stopRedis() {
    redis.close();
  }

  @BeforeEach
  void openStore() {
    settings = TestSettings.shortWaits(redis.settings());
    store = RedisStore.open(settings);
  }

  @AfterEach
  void closeStore() {
    store.close();
    await().atMost(SOON).until(() -> subscriberThreads() == 0);
  }

  @Test
  void aKilledSubscriptionComesBackAndIsToldOncePerOutage() throws InterruptedException {
    RecordingListener listener = new RecordingListener();
    Subscription subscription = store.subscribe(listener);
    assertThat(subscription.awaitSubscribed(SOON)).isTrue();

    for (int outage = 1; outage <= 3; outage++) {
      redis.run("CLIENT", "KILL", "TYPE", "pubsub");
      int calls = 1 + 2 * outage;
      await().atMost(SOON).until(() -> listener.connection.size() == calls);
    }
    store.publish(opened("openai", 1, "a"));

    await().atMost(SOON).until(() -> listener.events.size() == 1);
    assertThat(listener.connection)
        .hasSize(7)
        .filteredOn("subscribed"::equals)
        .as("each outage is followed by one return")
        .hasSize(4);
  }

  @Test
  void anIdleSubscriptionStaysBecauseItIsPinged() throws InterruptedException {
    RecordingListener listener = new RecordingListener();
    // Longer than a machine stands still, for then nobody is pinged.
    Duration pongTimeout = Duration.ofSeconds(5);
    try (RedisStore idle = RedisStore.open(TestSettings.withPongTimeout(settings, pongTimeout))) {
      Subscription subscription = idle.subscribe(listener);
      assertThat(subscription.awaitSubscribed(SOON)).isTrue();

      await()
          .during(pongTimeout.plusSeconds(1))
          .until(() -> listener.connection.equals(List.of("subscribed")));
    }
  }

  @Test
  void aSilentServerCountsAsLost() throws InterruptedException {
    RecordingListener listener = new RecordingListener();
    try (RedisStore impatient =
        RedisStore.open(TestSettings.withPongTimeout(settings, Duration.ofMillis(500)))) {
      Subscription subscription = impatient.subscribe(listener);
      assertThat(subscription.awaitSubscribed(SOON)).isTrue();

      // How often it is lost is the machine's affair, should that stand still, too.
      try (TestRedis.Stall stall = redis.stall()) {
        assertThat(stall).isNotNull();
        await().atMost(SOON).until(() -> listener.connection.size() >= 2);
      }
      await().atMost(SOON).until(() -> listener.connection.size() >= 3);
    }

    assertThat(listener.connection.get(0)).isEqualTo("subscribed");
    assertThat(listener.connection.get(1)).startsWith("disconnected: redis at 127.0.0.1:");
    assertThat(listener.connection.get(2)).isEqualTo("subscribed");
  }

  @Test
  void aServerThatIsNotThereIsWaitedFor() throws InterruptedException {
    RecordingListener listener = new RecordingListener();
    URI nowhere = URI.create("redis://127.0.0.1:" + TestRedis.refusingPort());
    try (RedisStore lost =
        RedisStore.open(TestSettings.with(settings, nowhere, Duration.ofSeconds(1)))) {
      Subscription subscription = lost.subscribe(listener);

      await().until(() -> !listener.connection.isEmpty());
      assertThat(subscription.awaitSubscribed(Duration.ofMillis(300))).isFalse();
    }

    assertThat(listener.connection).hasSize(1);
    assertThat(listener.connection.get(0)).contains("Connection refused");
  }

  @Test
  void aSubscriptionEndsAtOnceWhileItShakesHands() throws IOException {
    try (ServerSocket mute = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      URI uri = URI.create("redis://127.0.0.1:" + mute.getLocalPort());
      try (RedisStore lost =
          RedisStore.open(TestSettings.with(settings, uri, Duration.ofSeconds(60)))) {
        Subscription subscription = lost.subscribe(new RecordingListener());
        mute.accept().close();
        try (var greeted = mute.accept()) {
          await().atMost(SOON).until(() -> greeted.getInputStream().read() != -1);
          subscription.close();

          await().atMost(SOON).until(() -> subscriberThreads() == 0);
        }
      }
    }
  }

  @Test
  void aSubscriptionThatIsRefusedTriesAgain() throws InterruptedException {
    redis.run("ACL", "SETUSER", "deaf", "on", ">pw", "~*", "resetchannels", "+@all");
    RecordingListener listener = new RecordingListener();
    URI uri = URI.create("redis://deaf:pw@127.0.0.1:" + redis.port() + "/15");
    try (RedisStore deaf =
        RedisStore.open(TestSettings.with(settings, uri, settings.operationTimeout()))) {
      Subscription subscription = deaf.subscribe(listener);
      await().atMost(SOON).until(() -> listener.connection.size() == 1);
      assertThat(listener.connection.get(0)).contains("NOPERM");

      redis.run("ACL", "SETUSER", "deaf", "&test_flexiai:events");

      assertThat(subscription.awaitSubscribed(SOON)).isTrue();
    }
  }

  @Test
  void closeWaitsForACallInProgressAndNoneBeginsAfterwards() throws InterruptedException {
    AtomicBoolean closed = new AtomicBoolean();
    AtomicBoolean late = new AtomicBoolean();
    CountDownLatch called = new CountDownLatch(1);
    Subscription subscription =
        store.subscribe(
            FleetStore.EventListener.of(
                event -> {
                  called.countDown();
                  late.compareAndSet(false, closed.get());
                }));
    assertThat(subscription.awaitSubscribed(SOON)).isTrue();
    Thread publisher =
        new Thread(
            () -> {
              for (int version = 1; version <= 500; version++) {
                store.publish(opened("openai", version, "a"));
              }
            });
    publisher.start();

    called.await();
    subscription.close();
    closed.set(true);
    publisher.join();

    assertThat(late).isFalse();
  }

  private static long subscriberThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("fleetbreaker-subscriber"))
        .count();
  }
}
