package io.fleetbreaker.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.embedded.EmbeddedRedis;
import io.fleetbreaker.redis.RedisStore;
import io.fleetbreaker.redis.TestSettings;
import io.fleetbreaker.redis.WorkerBeat;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Heartbeats whose threads and whose time a test plays. */
class HeartbeatsTest {
  private static final String INSTANCE = "host:5486:1795313749263:a1b2";

  private final EmbeddedRedis redis = EmbeddedRedis.start();
  private final RedisStore store =
      RedisStore.open(TestSettings.patient(RedisFleets.redis(RedisFleets.of(redis))));
  private final Queue<Runnable> timers = new ArrayDeque<>();
  private boolean exhausted;
  private int tried;
  private final Heartbeats heartbeats =
      new Heartbeats(
          store,
          this::write,
          () -> new WorkerBeat(INSTANCE, "", "1.0.0", 1, true, OptionalLong.empty(), List.of()),
          () -> true,
          Duration.ofSeconds(5),
          (time, task) -> timers.add(task),
          new Heartbeats.Listener() {
            @Override
            public void tried() {
              tried++;
            }

            @Override
            public boolean mayLog(String refusal) {
              return false;
            }
          });

  @AfterEach
  void close() {
    store.close();
    redis.close();
  }

  private void write(Runnable task) {
    if (exhausted) {
      throw new RejectedExecutionException("no thread");
    }
    task.run();
  }

  @Test
  void oneThatFindsNoThreadIsFollowedByTheNext() {
    exhausted = true;
    heartbeats.start();
    assertThat(tried).isZero();

    exhausted = false;
    timers.remove().run();

    assertThat(tried).isEqualTo(1);
    assertThat(store.workers(10).workers()).hasSize(1);
    assertThat(timers).hasSize(1);
  }

  @Test
  void whatIsWorthTellingSoonIsToldSoonAlsoAfterOneThatFoundNoThread() {
    exhausted = true;
    heartbeats.tellSoon();

    exhausted = false;
    heartbeats.tellSoon();

    assertThat(tried).isEqualTo(1);
  }

  @Test
  void noneFollowsTheGoodBye() {
    heartbeats.start();

    heartbeats.leave(INSTANCE).join();
    timers.remove().run();

    assertThat(tried).isEqualTo(1);
    assertThat(timers).isEmpty();
    assertThat(store.workers(10).workers()).isEmpty();
  }
}
