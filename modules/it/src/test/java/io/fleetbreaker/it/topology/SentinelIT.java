package io.fleetbreaker.it.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.State;
import io.fleetbreaker.redis.RedisSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A fleet follows the master that the sentinels name. */
class SentinelIT {
  /**
   * A sentinel whose machine has held it up for two seconds does nothing for thirty, and an
   * election that nobody has won is repeated after ten.
   */
  private static final Duration SOON = Duration.ofSeconds(90);

  @TempDir Path directory;
  private final List<RealRedis> servers = new ArrayList<>();
  private final List<RealRedis> sentinels = new ArrayList<>();
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void end() throws Exception {
    for (AutoCloseable worker : open) {
      worker.close();
    }
    sentinels.forEach(RealRedis::close);
    servers.forEach(RealRedis::close);
  }

  private RealRedis server(String... lines) {
    RealRedis server = RealRedis.start(directory, lines);
    servers.add(server);
    return server;
  }

  private void sentinels(int count, RealRedis master) {
    for (int i = 0; i < count; i++) {
      sentinels.add(
          RealRedis.startSentinel(
              directory,
              "sentinel monitor mymaster 127.0.0.1 " + master.port() + " " + (count / 2 + 1),
              "sentinel down-after-milliseconds mymaster 1000",
              "sentinel failover-timeout mymaster 5000"));
    }
    for (RealRedis sentinel : sentinels) {
      await()
          .atMost(SOON)
          .until(() -> fields(sentinel).get("num-other-sentinels").equals("" + (count - 1)));
    }
  }

  private static Map<String, String> fields(RealRedis sentinel) {
    List<?> flat = (List<?>) sentinel.run("SENTINEL", "MASTER", "mymaster");
    Map<String, String> fields = new java.util.HashMap<>();
    for (int i = 0; i + 1 < flat.size(); i += 2) {
      fields.put((String) flat.get(i), (String) flat.get(i + 1));
    }
    return fields;
  }

  private Worker worker() {
    String nodes = sentinels.stream().map(RealRedis::address).collect(Collectors.joining(","));
    RedisSettings redis =
        Worker.redis("redis-sentinel://" + nodes + "/15?master=mymaster", "test_flexiai");
    Worker worker = Worker.join(redis, "openai", "anthropic", "mistral", "steady");
    open.add(worker);
    return worker;
  }

  @Test
  void aFleetGoesOnAtTheNewMasterAfterAFailover() throws Exception {
    RealRedis master = server();
    RealRedis replica = server("replicaof 127.0.0.1 " + master.port());
    sentinels(3, master);
    for (RealRedis sentinel : sentinels) {
      await().atMost(SOON).until(() -> fields(sentinel).get("num-slaves").equals("1"));
    }
    Worker first = worker();
    Worker second = worker();
    first.trip("openai");
    second.awaitShared("openai", State.OPEN, SOON);
    await().atMost(SOON).until(() -> exists(replica, "openai"));
    Calls calls = new Calls(first);

    master.kill();

    assertThat(second.trip("anthropic")).isTrue();
    first.awaitShared("anthropic", State.OPEN, SOON);
    second.awaitShared("anthropic", State.OPEN, SOON);
    assertThat(exists(replica, "anthropic")).isTrue();
    assertThat(exists(replica, "openai")).isTrue();
    assertThat(first.view("openai").state()).isEqualTo(State.OPEN);
    await().atMost(SOON).until(() -> subscribers(replica) == 2);
    long before = second.eventsReceived();
    first.trip("mistral");
    second.awaitShared("mistral", State.OPEN, SOON);
    // It might have read so.
    await().atMost(SOON).until(() -> second.eventsReceived() > before);
    assertThat(worker().view("openai").state()).isEqualTo(State.OPEN);
    calls.endWithoutFailure();
  }

  @Test
  void aFleetFollowsAMasterThatIsReplacedWhileTheOldOneGoesOnListening() {
    RealRedis before = server();
    RealRedis after = server();
    sentinels(1, before);
    Worker first = worker();
    Worker second = worker();
    first.trip("openai");
    second.awaitShared("openai", State.OPEN, SOON);

    sentinels.get(0).run("SENTINEL", "REMOVE", "mymaster");
    sentinels.get(0).run("SENTINEL", "MONITOR", "mymaster", "127.0.0.1", after.port(), 1);

    await().atMost(SOON).until(() -> subscribers(before) == 0 && subscribers(after) == 2);
    await().atMost(SOON).until(() -> first.fleet().sync().subscribed());
    first.trip("anthropic");
    second.awaitShared("anthropic", State.OPEN, SOON);
    assertThat(exists(after, "anthropic")).isTrue();
    assertThat(exists(before, "anthropic")).isFalse();
  }

  @Test
  void aManualFailoverIsFollowedThoughTheOldMasterLives() {
    RealRedis master = server();
    RealRedis replica = server("replicaof 127.0.0.1 " + master.port());
    sentinels(1, master);
    await().atMost(SOON).until(() -> fields(sentinels.get(0)).get("num-slaves").equals("1"));
    Worker first = worker();
    Worker second = worker();

    // Not before the sentinel has seen that the replica is in step.
    await()
        .atMost(SOON)
        .ignoreExceptions()
        .until(() -> "OK".equals(sentinels.get(0).run("SENTINEL", "FAILOVER", "mymaster")));
    await().atMost(SOON).until(() -> subscribers(replica) >= 2);
    first.trip("openai");

    second.awaitShared("openai", State.OPEN, SOON);
    assertThat(exists(replica, "openai")).isTrue();
  }

  private static boolean exists(RealRedis server, String provider) {
    return String.valueOf(server.run("INFO", "keyspace")).contains("db15")
        && server.run("EVAL", SELECTED_EXISTS, 1, "test_flexiai:state:" + provider).equals(1L);
  }

  private static final String SELECTED_EXISTS =
      "redis.call('SELECT', 15) return redis.call('EXISTS', KEYS[1])";

  /** Fleets that listen; sentinels listen to a channel of their own. */
  private static long subscribers(RealRedis server) {
    List<?> answer = (List<?>) server.run("PUBSUB", "NUMSUB", "test_flexiai:events");
    return (Long) answer.get(1);
  }

  /** Calls one provider again and again: none may fail or be refused, whatever Redis does. */
  private static final class Calls {
    private static final Duration PAUSE = Duration.ofMillis(1);
    private final AtomicBoolean end = new AtomicBoolean();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final Thread thread;

    Calls(Worker worker) {
      thread = new Thread(() -> run(worker), "calls");
      thread.start();
    }

    private void run(Worker worker) {
      try {
        while (!end.get()) {
          worker.fleet().breaker("steady").call(() -> "answer");
          LockSupport.parkNanos(PAUSE.toNanos());
        }
      } catch (Throwable e) {
        failure.set(e);
      }
    }

    void endWithoutFailure() throws InterruptedException {
      end.set(true);
      thread.join();
      assertThat(failure.get()).isNull();
    }
  }
}
