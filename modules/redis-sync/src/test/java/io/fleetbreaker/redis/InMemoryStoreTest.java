package io.fleetbreaker.redis;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;

final class InMemoryStoreTest extends FleetStoreContract {
  private final AtomicLong clockMillis = new AtomicLong(Revisions.EPOCH);
  private final InMemoryStore store =
      new InMemoryStore(
          TestSettings.shortWaits(
              RedisSettings.of(URI.create("redis://nowhere/" + TestRedis.DATABASE))),
          clockMillis::get);

  @AfterEach
  void close() {
    store.close();
  }

  @Override
  FleetStore store() {
    return store;
  }

  @Override
  void putRaw(String provider, byte[] raw) {
    store.putRaw(provider, raw);
  }

  @Override
  void putRawBeat(String instance, byte[] raw) {
    store.putRawBeat(instance, raw);
  }

  @Override
  void addRawHistory(String provider, String event) {
    store.addRawHistory(provider, event);
  }

  @Override
  Optional<Duration> timeToLive(String provider) {
    return store.timeToLive(provider);
  }

  @Override
  void publishRaw(byte[] message) {
    store.publishRaw(message);
  }

  @Override
  void forget() {
    store.forget();
  }

  @Override
  void pass(Duration time) {
    clockMillis.addAndGet(time.toMillis());
  }
}
