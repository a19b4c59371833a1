package io.fleetbreaker.it.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.State;
import io.fleetbreaker.embedded.EmbeddedRedis;
import io.fleetbreaker.fleet.HistoryQuery;
import io.fleetbreaker.fleet.ResetOutcome;
import io.fleetbreaker.redis.RedisLogin;
import io.fleetbreaker.redis.RedisSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The rights that docs/redis.md lists are enough, and none is too many. */
class AclIT {
  private static final Path PAGE = Path.of("..", "..", "docs", "redis.md");
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Duration OPEN_FOR = Duration.ofSeconds(2);
  private static final String PREFIX = "flexiai";

  @TempDir static Path directory;
  private static RealRedis redis;
  private final List<AutoCloseable> open = new ArrayList<>();

  @BeforeAll
  static void startRedis() {
    redis = RealRedis.start(directory);
  }

  @AfterAll
  static void stopRedis() {
    redis.close();
  }

  @AfterEach
  void end() throws Exception {
    for (AutoCloseable worker : open) {
      worker.close();
    }
    open.clear();
  }

  /** The words of the page's one line that makes this user. */
  private static List<String> documented(String user) throws IOException {
    List<String> lines =
        Files.readAllLines(PAGE).stream()
            .filter(line -> line.startsWith("ACL SETUSER " + user + " "))
            .toList();
    assertThat(lines).as("lines for " + user + " in " + PAGE).hasSize(1);
    return List.of(lines.get(0).split(" "));
  }

  private static void make(int port, List<String> words) {
    RealRedis.send(port, "FLUSHALL");
    RealRedis.send(port, "SCRIPT", "FLUSH");
    RealRedis.send(port, "ACL", "DELUSER", words.get(2));
    assertThat(RealRedis.send(port, words.toArray())).isEqualTo("OK");
    RealRedis.send(port, "ACL", "LOG", "RESET");
  }

  /** What the server has denied, each with what it was and where. */
  private static List<String> denied(int port) {
    List<String> denied = new ArrayList<>();
    for (Object entry : (List<?>) RealRedis.send(port, "ACL", "LOG")) {
      List<?> fields = (List<?>) entry;
      Stream<String> told =
          Stream.of("reason", "object", "context")
              .map(name -> name + " " + fields.get(fields.indexOf(name) + 1));
      denied.add(String.join(", ", told.toList()));
    }
    return denied;
  }

  private Worker worker(int port, String prefix) {
    RedisSettings settings =
        Worker.redis("redis://fleet:PASSWORD@127.0.0.1:" + port + "/15", prefix);
    Worker worker = Worker.start(settings, OPEN_FOR, "openai");
    open.add(worker);
    return worker;
  }

  /** Everything a fleet does in its life. */
  private static void live(Worker first, Worker second) {
    first.trip("openai");
    second.awaitShared("openai", State.OPEN, SOON);
    assertThat(second.reset("openai")).isEqualTo(ResetOutcome.COMMITTED);
    first.awaitShared("openai", State.CLOSED, SOON);
    second.trip("openai");
    first.awaitShared("openai", State.OPEN, SOON);
    await().atMost(SOON).until(() -> first.succeed("openai"));
    first.awaitShared("openai", State.CLOSED, SOON);
    second.awaitShared("openai", State.CLOSED, SOON);
    assertThat(first.fleet().store().health().problem()).isEmpty();
    assertThat(first.history(HistoryQuery.newest(10)).entries()).isNotEmpty();
    assertThat(first.history(HistoryQuery.after("0-0", 10)).entries()).isNotEmpty();
    await().atMost(SOON).until(() -> first.workers().workers().size() == 2);
    assertThat(first.fleet().sync().refusal()).isEmpty();
  }

  @Test
  void theyAreEnoughOnTheInstalledRedis() throws IOException {
    make(redis.port(), documented("fleet"));

    live(worker(redis.port(), PREFIX), worker(redis.port(), PREFIX));

    assertThat(denied(redis.port())).isEmpty();
  }

  @Test
  void theyAreEnoughOnTheOldestRedis() throws Exception {
    try (EmbeddedRedis oldest = EmbeddedRedis.start()) {
      assertThat(oldest.description()).contains("6.2.");
      make(oldest.port(), documented("fleet"));

      live(worker(oldest.port(), PREFIX), worker(oldest.port(), PREFIX));

      assertThat(denied(oldest.port())).isEmpty();
      end();
    }
  }

  @TestFactory
  Stream<DynamicTest> noneIsTooMany() throws IOException {
    List<String> words = documented("fleet");
    return words.stream()
        .filter(word -> word.startsWith("+") || word.startsWith("~") || word.startsWith("&"))
        .map(right -> DynamicTest.dynamicTest("without " + right, () -> isMissed(right, words)));
  }

  private void isMissed(String right, List<String> words) throws Exception {
    make(redis.port(), words.stream().filter(word -> !word.equals(right)).toList());

    Worker worker = worker(redis.port(), PREFIX);
    worker.trip("openai");
    var unused = worker.fleet().reset("openai", "by a test").toCompletableFuture().join();
    worker.trip("openai");
    worker.fleet().store().health();

    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              // Until a probe has been asked for, made and told of.
              worker.succeed("openai");
              assertThat(worker.fleet().workers()).isNotNull();
              assertThat(worker.fleet().history(HistoryQuery.after("0-0", 10))).isNotNull();
              assertThat(denied(redis.port())).isNotEmpty();
            });
    String named = right.substring(1).replaceAll("[:|*].*", "");
    assertThat(denied(redis.port())).allMatch(entry -> entry.contains(named));
    end();
  }

  @Test
  void aMissingRightIsToldInTheProblem() throws IOException {
    List<String> words = documented("fleet");
    make(redis.port(), words.stream().filter(word -> !word.equals("+getrange")).toList());

    Worker worker = worker(redis.port(), PREFIX);

    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(worker.fleet().sync().problem())
                    .contains("NOPERM", "getrange", "docs/redis.md lists the rights"));
  }

  @Test
  void theyAreEnoughOnACluster() throws IOException {
    RealRedis node =
        RealRedis.start(directory, "cluster-enabled yes", "cluster-port " + RealRedis.SECOND_PORT);
    open.add(node);
    node.run("CLUSTER", "ADDSLOTSRANGE", 0, 16383);
    await().atMost(SOON).until(() -> node.run("CLUSTER", "INFO").toString().contains("state:ok"));
    List<String> words =
        new ArrayList<>(
            documented("fleet").stream()
                .map(word -> word.replace(PREFIX + ":", "{" + PREFIX + "}:"))
                .filter(word -> !word.equals("+select"))
                .toList());
    words.add("+cluster|slots");
    make(node.port(), words);
    RedisSettings settings =
        Worker.redis("redis-cluster://fleet:PASSWORD@" + node.address(), "{" + PREFIX + "}");
    Worker first = Worker.start(settings, OPEN_FOR, "openai");
    open.add(0, first);
    Worker second = Worker.start(settings, OPEN_FOR, "openai");
    open.add(0, second);

    live(first, second);

    assertThat(denied(node.port())).isEmpty();
  }

  @Test
  void aUserOfTheSentinelsNeedsLittle() throws IOException {
    RealRedis sentinel =
        RealRedis.startSentinel(
            directory, "sentinel monitor mymaster 127.0.0.1 " + redis.port() + " 1");
    open.add(sentinel);
    make(redis.port(), documented("fleet"));
    assertThat(sentinel.run(documented("watcher").toArray())).isEqualTo("OK");
    String uri = "redis-sentinel://fleet:PASSWORD@" + sentinel.address() + "/15?master=mymaster";
    RedisSettings settings =
        Worker.redis(uri, PREFIX).withSentinelLogin(new RedisLogin("watcher", "PASSWORD"));
    Worker first = Worker.start(settings, OPEN_FOR, "openai");
    open.add(0, first);
    Worker second = Worker.start(settings, OPEN_FOR, "openai");
    open.add(0, second);

    live(first, second);

    assertThat(denied(sentinel.port())).isEmpty();
    assertThat(denied(redis.port())).isEmpty();
  }
}
