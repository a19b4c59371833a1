package io.fleetbreaker.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.redis.FleetStore;
import io.fleetbreaker.redis.FleetStore.Lock;
import io.fleetbreaker.redis.FleetStore.LockResult;
import io.fleetbreaker.redis.RedisSettings;
import io.fleetbreaker.redis.RedisStore;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DistributedLockingIT {
  private static final String KEY = TestRedis.PREFIX + ":lock:job";
  private static final Duration NO_WAIT = Duration.ZERO;
  private static final Duration LONG = Duration.ofSeconds(30);

  @RegisterExtension static final TestRedis redis = new TestRedis();

  private static Lock acquire(FleetStore store, Duration expiry) {
    LockResult result = store.acquireLock("job", NO_WAIT, expiry);
    assertThat(result).isInstanceOf(LockResult.Acquired.class);
    return ((LockResult.Acquired) result).lock();
  }

  @Test
  void aReleasedLockIsFreeForTheNext() {
    FleetStore one = redis.store();
    FleetStore other = redis.store();
    Lock lock = acquire(one, LONG);

    assertThat(one.releaseLock(lock)).isTrue();

    assertThat(redis.raw().exists(KEY)).isFalse();
    acquire(other, LONG);
  }

  @Test
  void aHeldLockBlocksEverybodyElseUntilTheWaitLimit() {
    acquire(redis.store(), LONG);
    FleetStore other = redis.store();
    long begun = System.nanoTime();

    LockResult result = other.acquireLock("job", Duration.ofMillis(200), LONG);

    assertThat(result).isEqualTo(new LockResult.Held());
    assertThat(Duration.ofNanos(System.nanoTime() - begun))
        .isGreaterThanOrEqualTo(Duration.ofMillis(200));
  }

  @Test
  void aHeldLockBlocksItsOwnClientToo() {
    FleetStore store = redis.store();
    acquire(store, LONG);

    assertThat(store.acquireLock("job", NO_WAIT, LONG)).isEqualTo(new LockResult.Held());
  }

  @Test
  void whoWaitsGetsTheLockWhenItIsReleased() {
    FleetStore one = redis.store();
    FleetStore other = redis.store();
    Lock lock = acquire(one, LONG);
    CompletableFuture<LockResult> waiting =
        CompletableFuture.supplyAsync(() -> other.acquireLock("job", LONG, LONG));

    assertThat(one.releaseLock(lock)).isTrue();

    assertThat(waiting).succeedsWithin(LONG).isInstanceOf(LockResult.Acquired.class);
  }

  @Test
  void anotherLockIsNotBlocked() {
    FleetStore store = redis.store();
    acquire(store, LONG);

    assertThat(store.acquireLock("another", NO_WAIT, LONG)).isInstanceOf(LockResult.Acquired.class);
  }

  @Test
  void r7ALockFreesItselfWhenItExpires() {
    acquire(redis.store(), Duration.ofMillis(300));
    // Perhaps it has expired by now; without an expiry this were -1.
    assertThat(redis.raw().pttl(KEY)).isLessThanOrEqualTo(300L).isNotEqualTo(-1L);

    LockResult next = redis.store().acquireLock("job", Duration.ofSeconds(20), LONG);

    assertThat(next).isInstanceOf(LockResult.Acquired.class);
  }

  @Test
  void r7AStrangerCannotReleaseALock() {
    Lock lock = acquire(redis.store(), LONG);

    boolean released = redis.store().releaseLock(new Lock("job", "a stranger's token"));

    assertThat(released).isFalse();
    assertThat(redis.raw().get(KEY)).isEqualTo(lock.token());
  }

  @Test
  void r7AnOwnerThatComesTooLateDoesNotReleaseItsSuccessorsLock() {
    FleetStore slow = redis.store();
    Lock lost = acquire(slow, Duration.ofMillis(100));
    await().atMost(LONG).until(() -> !redis.raw().exists(KEY));
    Lock next = acquire(redis.store(), LONG);

    assertThat(slow.releaseLock(lost)).isFalse();

    assertThat(redis.raw().get(KEY)).isEqualTo(next.token());
  }

  @Test
  void whetherALockWasTakenOnAServerThatIsNotThereIsUnknown() {
    try (FleetStore nowhere =
        RedisStore.open(RedisSettings.of(URI.create("redis://127.0.0.1:1/15")))) {
      LockResult result = nowhere.acquireLock("job", NO_WAIT, LONG);

      assertThat(result).isInstanceOf(LockResult.Unknown.class);
      assertThat(((LockResult.Unknown) result).cause()).contains("127.0.0.1:1");
    }
  }

  @Test
  void acquireAndReleaseTakeMilliseconds() {
    FleetStore store = redis.store();

    Timings timings =
        Timings.of(
            "acquire and release of a free lock", () -> store.releaseLock(acquire(store, LONG)));

    assertThat(timings.median()).isLessThan(Duration.ofMillis(50));
  }
}
