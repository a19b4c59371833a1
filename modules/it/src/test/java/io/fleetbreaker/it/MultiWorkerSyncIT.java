package io.fleetbreaker.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.it.child.Counter;
import io.fleetbreaker.it.child.FleetMember;
import io.fleetbreaker.it.child.Publisher;
import io.fleetbreaker.it.child.StateKeeper;
import io.fleetbreaker.it.child.Subscriber;
import io.fleetbreaker.redis.BreakerEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class MultiWorkerSyncIT {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @RegisterExtension static final TestRedis redis = new TestRedis();

  private final List<ChildJvm> children = new ArrayList<>();

  @AfterEach
  void stopChildren() {
    children.parallelStream().forEach(ChildJvm::close);
  }

  private ChildJvm start(Class<?> main, String... arguments) {
    ChildJvm child = ChildJvm.start(main, redis.environment(), arguments);
    children.add(child);
    return child;
  }

  private List<ChildJvm> start(int count, Class<?> main, String... arguments) {
    return Stream.generate(() -> start(main, arguments)).limit(count).toList();
  }

  private void assertThatAllAreProcessesOfTheirOwn(int count) {
    List<Long> pids = children.stream().map(ChildJvm::pid).toList();
    assertThat(pids)
        .hasSize(count)
        .doesNotHaveDuplicates()
        .doesNotContain(ProcessHandle.current().pid());
    assertThat(children).allMatch(ChildJvm::isAlive);
  }

  private static List<String> eventsOf(ChildJvm subscriber) {
    return subscriber.lines().stream().filter(line -> line.startsWith("event ")).toList();
  }

  private static void awaitView(ChildJvm member, String start) {
    await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(() -> assertThat(member.ask("view")).startsWith(start).contains(" shared "));
  }

  @Test
  void everyEventOfEveryPublisherReachesEverySubscriberOnceAndInItsOrder() {
    List<ChildJvm> subscribers = start(3, Subscriber.class);
    List<ChildJvm> publishers =
        List.of(start(Publisher.class, "one", "50"), start(Publisher.class, "two", "50"));
    subscribers.forEach(child -> assertThat(child.awaitLine("subscribed")).endsWith("true"));
    publishers.forEach(child -> assertThat(child.awaitLine("ready")).endsWith("true"));
    assertThatAllAreProcessesOfTheirOwn(5);

    publishers.forEach(child -> child.send("publish"));
    publishers.forEach(child -> child.awaitLine("published"));
    redis
        .store()
        .publish(BreakerEvent.of("openai", BreakerEvent.Type.SUCCESS, "last", Instant.now()));

    for (ChildJvm subscriber : subscribers) {
      // After this one nothing can come: Redis delivers in the order of publication.
      subscriber.awaitLine("event last");
      List<String> events = eventsOf(subscriber);
      assertThat(events).hasSize(101);
      for (String publisher : List.of("one", "two")) {
        String start = "event " + publisher + " ";
        assertThat(events.stream().filter(line -> line.startsWith(start)))
            .containsExactlyElementsOf(
                IntStream.rangeClosed(1, 50).mapToObj(number -> start + number).toList());
      }
    }
  }

  @Test
  void aStateWrittenByOneProcessIsReadByAnotherAtOnce() {
    ChildJvm writer = start(StateKeeper.class);
    List<ChildJvm> readers = start(2, StateKeeper.class);
    children.forEach(child -> assertThat(child.awaitLine("ready")).endsWith("true"));
    assertThatAllAreProcessesOfTheirOwn(3);
    assertThat(readers.get(0).ask("get openai")).isEqualTo("none");

    assertThat(writer.ask("set openai open 5")).isEqualTo("true");

    readers.forEach(reader -> assertThat(reader.ask("get openai")).isEqualTo("open 5"));
    assertThat(readers.get(1).ask("set openai closed 0")).isEqualTo("true");
    assertThat(writer.ask("get openai")).isEqualTo("closed 0");
    writer.kill();
    assertThat(readers.get(0).ask("get openai")).isEqualTo("closed 0");
  }

  @Test
  void aCounterUnderOneLockLosesNoIncrement() {
    String key = TestRedis.PREFIX + ":counter";
    redis.raw().set(key, "0");
    List<ChildJvm> counters = start(3, Counter.class, key, "100", "counter");
    counters.forEach(child -> assertThat(child.awaitLine("ready")).endsWith("true"));
    assertThatAllAreProcessesOfTheirOwn(3);

    counters.forEach(child -> child.send("count"));
    counters.forEach(child -> child.awaitLine("counted"));

    assertThat(redis.raw().get(key)).isEqualTo("300");
    assertThat(redis.raw().exists(TestRedis.PREFIX + ":lock:counter")).isFalse();
  }

  @Test
  void tripsThatRaceEndInOneStateEverywhere() {
    List<ChildJvm> members = start(3, FleetMember.class);
    members.forEach(member -> assertThat(member.awaitLine("joined")).contains("closed"));
    assertThatAllAreProcessesOfTheirOwn(3);

    members.forEach(member -> member.send("fail"));
    members.forEach(member -> member.awaitLine("= "));

    members.forEach(member -> awaitView(member, "open "));
    List<String> revisions =
        members.stream().map(member -> member.ask("view").split(" ", -1)[1]).toList();
    assertThat(revisions.stream().distinct()).hasSize(1);
    assertThat(revisions.get(0)).matches("\\d+\\.1/.+");
  }

  @Test
  void aWorkerStopsAndStartsWhileTheOthersGoOn() {
    List<ChildJvm> staying = start(2, FleetMember.class);
    ChildJvm leaving = start(FleetMember.class);
    children.forEach(member -> member.awaitLine("joined"));
    assertThatAllAreProcessesOfTheirOwn(3);

    leaving.kill();
    assertThat(staying.get(0).ask("fail")).isEqualTo("3");
    awaitView(staying.get(1), "open ");
    ChildJvm back = start(FleetMember.class);

    // It starts in the fleet's state, and its transitions reach those that stayed.
    assertThat(back.awaitLine("joined")).startsWith("joined open ").contains(" shared ");
    assertThat(back.pid()).isNotEqualTo(leaving.pid());
    assertThat(back.ask("reset")).isEqualTo("COMMITTED");
    staying.forEach(member -> awaitView(member, "closed "));
    assertThat(staying.get(1).ask("fail")).isEqualTo("3");
    awaitView(back, "open ");
    awaitView(staying.get(0), "open ");
  }
}
