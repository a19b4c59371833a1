package io.fleetbreaker.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import redis.clients.jedis.BinaryJedisPubSub;
import redis.clients.jedis.Jedis;

/** Plain Jedis subscribers of one channel, each with a thread and a connection of its own. */
final class RawSubscribers implements AutoCloseable {

  /** Called on the subscriber's thread. */
  interface OnMessage {
    /** Subscriber {@code number}, from 0, has received a message. */
    void received(int number, byte[] message);
  }

  private final List<Subscriber> subscribers;

  private RawSubscribers(List<Subscriber> subscribers) {
    this.subscribers = subscribers;
  }

  /** Returns when all are subscribed. */
  static RawSubscribers start(BenchRedis redis, String channel, int count, OnMessage onMessage)
      throws InterruptedException {
    CountDownLatch subscribed = new CountDownLatch(count);
    RawSubscribers all =
        new RawSubscribers(
            IntStream.range(0, count)
                .mapToObj(number -> new Subscriber(number, onMessage, subscribed))
                .toList());
    for (Subscriber subscriber : all.subscribers) {
      Thread thread =
          new Thread(
              () -> {
                try (Jedis jedis = redis.connect()) {
                  jedis.subscribe(subscriber, channel.getBytes(UTF_8));
                }
              },
              "raw-subscriber");
      thread.setDaemon(true);
      thread.start();
    }
    subscribed.await();
    return all;
  }

  @Override
  public void close() {
    subscribers.forEach(BinaryJedisPubSub::unsubscribe);
  }

  private static final class Subscriber extends BinaryJedisPubSub {
    private final int number;
    private final OnMessage onMessage;
    private final CountDownLatch subscribed;

    Subscriber(int number, OnMessage onMessage, CountDownLatch subscribed) {
      this.number = number;
      this.onMessage = onMessage;
      this.subscribed = subscribed;
    }

    @Override
    public void onSubscribe(byte[] channel, int subscribedChannels) {
      subscribed.countDown();
    }

    @Override
    public void onMessage(byte[] channel, byte[] message) {
      onMessage.received(number, message);
    }
  }
}
