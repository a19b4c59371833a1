package io.fleetbreaker.it.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.State;
import io.fleetbreaker.redis.RedisSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A fleet on a cluster follows the slot of its prefix. */
class ClusterIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String PREFIX = "{test_flexiai}";
  private static final String[] PROVIDERS =
      IntStream.range(0, 20).mapToObj(i -> "p" + i).toArray(String[]::new);

  @TempDir Path directory;
  private final List<RealRedis> nodes = new ArrayList<>();
  private final List<AutoCloseable> open = new ArrayList<>();
  private long slot;
  private Worker first;
  private Worker second;

  @BeforeEach
  void startCluster() {
    for (int i = 0; i < 3; i++) {
      nodes.add(
          RealRedis.start(
              directory,
              "cluster-enabled yes",
              "cluster-config-file nodes.conf",
              // Longer than a busy machine holds a node up: the others would give it up.
              "cluster-node-timeout 10000",
              "cluster-port " + RealRedis.SECOND_PORT,
              "appendonly yes",
              "appendfsync always"));
    }
    int[] bounds = {0, 5461, 10923, 16384};
    for (int i = 0; i < 3; i++) {
      nodes.get(i).run("CLUSTER", "ADDSLOTSRANGE", bounds[i], bounds[i + 1] - 1);
      nodes.get(i).run("CLUSTER", "SET-CONFIG-EPOCH", i + 1);
    }
    await().atMost(SOON).until(this::haveMet);
    for (RealRedis node : nodes) {
      await().atMost(SOON).until(() -> info(node).contains("cluster_state:ok"));
      await().atMost(SOON).until(() -> info(node).contains("cluster_known_nodes:3"));
    }
    slot = (Long) nodes.get(0).run("CLUSTER", "KEYSLOT", PREFIX + ":state:p0");
    first = worker();
    second = worker();
  }

  /**
   * Whether each node knows the others. A node that does not answer in time is forgotten again, and
   * must be met anew; but not one that is known: for as long as that takes it would count twice.
   */
  private boolean haveMet() {
    String known = String.valueOf(nodes.get(0).run("CLUSTER", "NODES"));
    for (RealRedis node : nodes.subList(1, nodes.size())) {
      if (!known.contains(":" + node.port() + "@")) {
        nodes.get(0).run("CLUSTER", "MEET", "127.0.0.1", node.port(), node.secondPort());
      }
    }
    return nodes.stream().allMatch(node -> info(node).contains("cluster_known_nodes:3"));
  }

  @AfterEach
  void end() throws Exception {
    for (AutoCloseable worker : open) {
      worker.close();
    }
    nodes.forEach(RealRedis::close);
  }

  private Worker worker() {
    String uri =
        nodes.stream()
            .map(RealRedis::address)
            .collect(Collectors.joining(",", "redis-cluster://", ""));
    RedisSettings redis = Worker.redis(uri, PREFIX);
    Worker worker = Worker.join(redis, PROVIDERS);
    open.add(worker);
    return worker;
  }

  private static String info(RealRedis node) {
    return String.valueOf(node.run("CLUSTER", "INFO"));
  }

  private RealRedis owner() {
    return nodes.stream().filter(node -> !keysIn(node, 1).isEmpty()).findFirst().orElseThrow();
  }

  private List<?> keysIn(RealRedis node, int most) {
    return (List<?>) node.run("CLUSTER", "GETKEYSINSLOT", slot, most);
  }

  private static Object id(RealRedis node) {
    return node.run("CLUSTER", "MYID");
  }

  private void begin(RealRedis from, RealRedis to) {
    to.run("CLUSTER", "SETSLOT", slot, "IMPORTING", id(from));
    from.run("CLUSTER", "SETSLOT", slot, "MIGRATING", id(to));
  }

  private void move(RealRedis from, RealRedis to, List<?> keys) {
    List<Object> migrate =
        new ArrayList<>(List.of("MIGRATE", "127.0.0.1", to.port(), "", 0, 5000, "KEYS"));
    migrate.addAll(keys);
    from.run(migrate.toArray());
  }

  private void finish(RealRedis from, RealRedis to) {
    List<?> keys = keysIn(from, 1000);
    while (!keys.isEmpty()) {
      move(from, to, keys);
      keys = keysIn(from, 1000);
    }
    Object owner = id(to);
    to.run("CLUSTER", "SETSLOT", slot, "NODE", owner);
    from.run("CLUSTER", "SETSLOT", slot, "NODE", owner);
    nodes.stream()
        .filter(node -> node != to && node != from)
        .forEach(node -> node.run("CLUSTER", "SETSLOT", slot, "NODE", owner));
  }

  @Test
  void nothingIsLostWhileTheSlotMovesAndTheFleetFollowsIt() {
    Stream.of(PROVIDERS).limit(10).forEach(first::trip);
    Stream.of(PROVIDERS).limit(10).forEach(name -> second.awaitShared(name, State.OPEN, SOON));
    RealRedis from = owner();
    RealRedis to = nodes.stream().filter(node -> node != from).findFirst().orElseThrow();

    begin(from, to);
    move(from, to, keysIn(from, 6));
    for (int i = 10; i < 15; i++) {
      assertThat(second.trip(PROVIDERS[i])).isTrue();
    }
    for (int i = 0; i < 5; i++) {
      first.reset(PROVIDERS[i]);
    }
    finish(from, to);

    for (Worker worker : List.of(first, second)) {
      for (int i = 5; i < 15; i++) {
        worker.awaitShared(PROVIDERS[i], State.OPEN, SOON);
      }
      for (int i = 0; i < 5; i++) {
        worker.awaitShared(PROVIDERS[i], State.CLOSED, SOON);
      }
    }
    assertThat(owner()).isSameAs(to);
    awaitSubscribersAt(to);
    long before = first.eventsReceived();
    second.trip("p15");
    first.awaitShared("p15", State.OPEN, SOON);
    awaitEventsAfter(before, first);
    assertThat(worker().view("p15").state()).isEqualTo(State.OPEN);
  }

  @Test
  void aSlotThatStaysHalfMovedHoldsCommitsUpAndLosesNone() {
    first.trip("p0");
    second.awaitShared("p0", State.OPEN, SOON);
    RealRedis from = owner();
    RealRedis to = nodes.stream().filter(node -> node != from).findFirst().orElseThrow();

    begin(from, to);
    move(from, to, keysIn(from, 1000));
    second.trip("p1");

    await().atMost(SOON).until(() -> second.fleet().sync().problem().matches(".*(ASK|TRYAGAIN).*"));
    assertThat(second.view("p1").state()).isEqualTo(State.OPEN);
    assertThat(second.view("p1").shared()).isFalse();
    assertThat(first.view("p0").state()).isEqualTo(State.OPEN);

    finish(from, to);

    first.awaitShared("p1", State.OPEN, SOON);
    second.awaitShared("p0", State.OPEN, SOON);
  }

  @Test
  void aFleetWaitsForAMasterThatIsRestarted() {
    first.trip("p0");
    second.awaitShared("p0", State.OPEN, SOON);
    RealRedis owner = owner();

    owner.kill();
    second.trip("p1");
    owner.restart();

    first.awaitShared("p1", State.OPEN, SOON);
    first.awaitShared("p0", State.OPEN, SOON);
    awaitSubscribersAt(owner);
    long before = second.eventsReceived();
    first.trip("p2");
    second.awaitShared("p2", State.OPEN, SOON);
    awaitEventsAfter(before, second);
  }

  /** Else it might have read what it shares. */
  private static void awaitEventsAfter(long before, Worker worker) {
    await().atMost(SOON).until(() -> worker.eventsReceived() > before);
  }

  /** The events go to all nodes, but a fleet listens where its keys are. */
  private static void awaitSubscribersAt(RealRedis node) {
    await()
        .atMost(SOON)
        .until(() -> node.run("PUBSUB", "NUMSUB", PREFIX + ":events").toString().endsWith(", 2]"));
  }
}
