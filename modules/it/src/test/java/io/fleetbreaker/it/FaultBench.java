package io.fleetbreaker.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetbreaker.fleet.FleetSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A Redis that can be made to fail, and the workers around it. If the test fails, it prints what
 * all workers see, what is in Redis, and what was logged last; in any case it ends all of them.
 */
final class FaultBench implements BeforeEachCallback, AfterEachCallback {
  /** For what must happen, on a machine that does other things as well. */
  static final Duration LIMIT = Duration.ofSeconds(30);

  static final String STATE = TestRedis.PREFIX + ":state:";
  static final String OUTAGE = "Redis cannot be reached";
  private static final String BACK = "Redis is back";
  private static final int LAST_LINES = 60;

  private final Supplier<FaultyRedis> start;
  private final List<Member> members = new ArrayList<>();
  private final List<ChildJvm> children = new ArrayList<>();
  private Optional<TcpProxy> proxy = Optional.empty();
  private FaultyRedis redis;
  private CapturedLog log;

  FaultBench(Supplier<FaultyRedis> start) {
    this.start = start;
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    redis = start.get();
    log = CapturedLog.open();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    try {
      context.getExecutionException().ifPresent(e -> System.out.println(diagnosis(context, e)));
    } finally {
      // With Redis still there a worker leaves in no time; without, it waits to be sure.
      if (redis.isStalled()) {
        redis.resume();
      }
      members.parallelStream().forEach(Member::close);
      children.parallelStream().forEach(ChildJvm::close);
      members.clear();
      children.clear();
      proxy.ifPresent(TcpProxy::close);
      proxy = Optional.empty();
      redis.close();
      log.close();
    }
  }

  FaultyRedis redis() {
    return redis;
  }

  /** The one way to Redis that can be cut, for those who are told of it. */
  TcpProxy proxy() {
    proxy = proxy.or(() -> Optional.of(TcpProxy.to(redis.port())));
    return proxy.get();
  }

  CapturedLog log() {
    return log;
  }

  List<Member> members() {
    return List.copyOf(members);
  }

  /** Worker processes that have all joined. */
  List<WorkerProcess> workers(int count, String settings) {
    List<WorkerProcess> workers =
        IntStream.range(0, count).mapToObj(i -> worker(settings)).toList();
    workers.forEach(worker -> worker.awaitWaiting().join());
    workers.forEach(WorkerProcess::awaitJoined);
    return workers;
  }

  /** A worker process that waits to be told to join. */
  WorkerProcess worker(String settings, String... options) {
    return worker(redis.environment(), settings, options);
  }

  WorkerProcess worker(Map<String, String> environment, String settings, String... options) {
    String name = "worker " + (members.size() + 1);
    WorkerProcess worker = WorkerProcess.start(name, List.of(options), environment, settings);
    members.add(worker);
    return worker;
  }

  /** A worker in this JVM. */
  WatchedFleet fleet(FleetSettings settings) {
    WatchedFleet fleet = WatchedFleet.start("fleet " + (members.size() + 1), settings);
    members.add(fleet);
    return fleet;
  }

  /** Ends it with the test. */
  ChildJvm child(ChildJvm child) {
    children.add(child);
    return child;
  }

  static ConditionFactory eventually() {
    return within(LIMIT);
  }

  static ConditionFactory within(Duration limit) {
    return await().atMost(limit).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5));
  }

  static void awaitState(List<? extends Member> members, String provider, String state) {
    awaitState(LIMIT, members, provider, state);
  }

  static void awaitState(
      Duration limit, List<? extends Member> members, String provider, String state) {
    within(limit)
        .untilAsserted(
            () ->
                assertThat(members)
                    .allSatisfy(m -> assertThat(m.view(provider)).startsWith(state + " ")));
  }

  /** Until all are in this state, and it is one revision, which the store confirms. */
  void awaitShared(List<? extends Member> members, String provider, String state) {
    eventually().untilAsserted(() -> assertShared(members, provider, state));
  }

  void assertShared(List<? extends Member> members, String provider, String state) {
    String stored = revisionInStore(provider).orElse("none");
    assertThat(members)
        .allSatisfy(
            m -> {
              assertThat(m.view(provider)).startsWith(state + " ").contains(" shared ");
              assertThat(m.revision(provider)).isEqualTo(stored);
            });
  }

  /** The provider's state in the store, if it holds one that is JSON. */
  Optional<JsonNode> stored(String provider) {
    return redis
        .value(STATE + provider)
        .map(
            text -> {
              try {
                return new ObjectMapper().readTree(text);
              } catch (IOException e) {
                throw new UncheckedIOException(text, e);
              }
            });
  }

  Optional<String> stateInStore(String provider) {
    return stored(provider).map(json -> json.path("state").asText());
  }

  /** As {@code RevisionId} prints itself. */
  Optional<String> revisionInStore(String provider) {
    return stored(provider)
        .map(
            json ->
                json.path("epoch").asText()
                    + "."
                    + json.path("version").asText()
                    + "/"
                    + json.path("op").asText());
  }

  /** How many transitions each has made so far. */
  static int[] marks(List<? extends Member> members, String provider) {
    return members.stream().mapToInt(m -> m.transitions(provider).size()).toArray();
  }

  /** That nobody has left OPEN since the marks were taken. */
  static void assertNobodyLeftOpen(List<? extends Member> members, String provider, int[] marks) {
    for (int i = 0; i < marks.length; i++) {
      List<String> all = members.get(i).transitions(provider);
      assertThat(all.subList(marks[i], all.size()))
          .as("what %s did meanwhile", members.get(i))
          .noneMatch(line -> line.matches("\\S+ (closed|half_open) .*"));
    }
  }

  /**
   * That each of so many fleets in this JVM has told of an outage when it began, and not again
   * before it was over, however often it has tried meanwhile. A busy machine may make outages of
   * its own.
   */
  void assertOutagesToldOnce(int fleets) {
    assertThat(log.lines(OUTAGE)).isNotEmpty();
    int ongoing = 0;
    for (String line : log.lines()) {
      ongoing += line.contains(OUTAGE) ? 1 : line.contains(BACK) ? -1 : 0;
      assertThat(ongoing).as("outages at: %s", line).isBetween(0, fleets);
    }
  }

  private static String describe(ChildJvm child) {
    List<String> lines = child.lines();
    return "child (pid "
        + child.pid()
        + "), printed last:\n    "
        + String.join("\n    ", lines.subList(Math.max(0, lines.size() - 10), lines.size()));
  }

  private String diagnosis(ExtensionContext context, Throwable failure) {
    StringBuilder out = new StringBuilder();
    out.append("=== ").append(context.getDisplayName()).append(" failed: ");
    out.append(String.valueOf(failure.getMessage()).lines().findFirst().orElse("")).append('\n');
    members.forEach(member -> out.append("- ").append(member.describe()).append('\n'));
    children.forEach(child -> out.append("- ").append(describe(child)).append('\n'));
    out.append("- in Redis:\n").append(redis.dump()).append('\n');
    List<String> lines = log.lines();
    if (!lines.isEmpty()) {
      out.append("- logged last in this JVM:\n  ");
      out.append(
          String.join("\n  ", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size())));
      out.append('\n');
    }
    return out.append("===").toString();
  }
}
