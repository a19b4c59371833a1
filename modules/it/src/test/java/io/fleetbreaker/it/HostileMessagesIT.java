package io.fleetbreaker.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.fleet.ResetOutcome;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.Protocol;

/** Whatever is published on the channel: no breaker closes by it and no subscription ends. */
class HostileMessagesIT {
  private static final int HUGE = 50_000_000;
  private static final byte[] MARKER = "no event".getBytes(UTF_8);

  @RegisterExtension final FaultBench bench = new FaultBench(FaultyRedis::start);

  /** An event as FlexiAI publishes it, with {@code more} after its fields. */
  private static byte[] event(String provider, String type, String timestamp, String more) {
    return ("{\"provider_name\": \"%s\", \"event_type\": \"%s\", \"worker_id\": \"stranger\","
            + " \"timestamp\": \"%s\", \"__event_type__\": \"CircuitBreakerEvent\"%s}")
        .formatted(provider, type, timestamp, more)
        .getBytes(UTF_8);
  }

  private static String revision(String epoch, String version, String openMillis) {
    return (", \"schema\": 1, \"db\": 15, \"epoch\": %s, \"version\": %s, \"op\": \"strange\","
            + " \"open_ms\": %s, \"open_until_ms\": 1000212400000, \"since_ms\": 1000212345678")
        .formatted(epoch, version, openMillis);
  }

  static Stream<Arguments> messages() {
    String now = "2026-11-22T02:15:49.364548";
    String inTheYear2001 = "2001-09-11T12:45:45.678";
    String newest = "9007199254740990";
    String deep = "{\"a\":".repeat(20_000) + "1" + "}".repeat(20_000);
    return Map.ofEntries(
            Map.entry("nothing", new byte[0]),
            Map.entry("no JSON", "no JSON at all".getBytes(UTF_8)),
            Map.entry("JSON, but no object", "[null, 1e5]".getBytes(UTF_8)),
            Map.entry("deep arrays", "[".repeat(1_000_000).getBytes(UTF_8)),
            Map.entry("deep metadata", event("openai", "closed", now, ", \"metadata\": " + deep)),
            Map.entry("malformed UTF-8", new byte[] {'{', '"', (byte) 0xc3, (byte) 0x28, '"', '}'}),
            Map.entry("legacy close of 2001", event("openai", "closed", inTheYear2001, "")),
            Map.entry("legacy trip of 2001", event("anthropic", "opened", inTheYear2001, "")),
            Map.entry(
                "newest close of 2001",
                event("openai", "closed", inTheYear2001, revision(newest, newest, "0"))),
            Map.entry(
                "newest trip of 2001",
                event("anthropic", "opened", inTheYear2001, revision(newest, newest, "60000"))),
            Map.entry(
                "old trip of 2001",
                event("openai", "opened", inTheYear2001, revision("1000212345678", "1", "9"))),
            Map.entry(
                "trip for ten thousand years",
                event("anthropic", "opened", now, revision(newest, "1", "253402300799999"))),
            Map.entry(
                "number beyond 2^53", event("openai", "closed", now, revision("1e400", "1", "0"))),
            Map.entry(
                "number of a thousand digits",
                event("openai", "closed", now, revision("9".repeat(1_000), "1", "0"))),
            Map.entry(
                "counts that are no counts",
                event("openai", "closed", now, ", \"metadata\": {\"failure_count\": -1e999}")),
            Map.entry(
                "a year beyond all", event("openai", "closed", "+99999999-01-01T00:00:00", "")))
        .entrySet()
        .stream()
        .sorted(Map.Entry.comparingByKey())
        .map(e -> Arguments.of(e.getKey(), e.getValue()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("messages")
  void r12AMessageNeverResumesTrafficAndNeverStopsItForGood(String what, byte[] message) {
    List<WatchedFleet> fleets = List.of(start(), start());
    WatchedFleet one = fleets.get(0);
    one.trip("openai");
    bench.awaitShared(fleets, "openai", "open");
    // Else an echo of the trip could pass for the message.
    publish(MARKER);
    FaultBench.eventually().until(() -> fleets.stream().allMatch(f -> dropped(f) > 0));
    int[] marks = FaultBench.marks(fleets, "openai");
    long[] heard = fleets.stream().mapToLong(HostileMessagesIT::heard).toArray();

    publish(message);

    FaultBench.eventually()
        .untilAsserted(
            () -> {
              for (int i = 0; i < heard.length; i++) {
                assertThat(heard(fleets.get(i))).as(what).isGreaterThan(heard[i]);
              }
            });
    // The fleet goes on: what is true of the key takes effect, in order.
    FaultBench.awaitState(fleets, "anthropic", "closed");
    bench.awaitShared(fleets, "openai", "open");
    FaultBench.assertNobodyLeftOpen(fleets, "openai", marks);
    FaultBench.eventually()
        .untilAsserted(
            () -> {
              // Refused for the time of one read if it is just being found that the message lies.
              one.trip("anthropic");
              bench.assertShared(fleets, "anthropic", "open");
            });
    assertThat(fleets.get(1).fleet().reset("anthropic", "by a test").toCompletableFuture().join())
        .isEqualTo(ResetOutcome.COMMITTED);
    bench.awaitShared(fleets, "anthropic", "closed");
    FaultBench.eventually()
        .untilAsserted(() -> assertThat(fleets).allMatch(f -> f.fleet().sync().subscribed()));
  }

  @Test
  void aMessageOf50MegabytesIsSurvivedByAWorkerWithASmallHeap() {
    WorkerProcess small = bench.worker(bothProviders(), "-Xmx256m").awaitWaiting().join();
    small.awaitJoined();
    WatchedFleet other = start();
    List<Member> members = List.of(small, other);
    other.trip("openai");
    bench.awaitShared(members, "openai", "open");
    int[] marks = FaultBench.marks(members, "openai");

    // As the server is by default: it ends connections that are so far behind. A worker may call
    // itself subscribed for a moment longer, so it is the server that says when both are back.
    publish(new byte[HUGE]);
    bench.redis().tell(jedis -> jedis.configSet("client-output-buffer-limit", "pubsub 0 0 0"));
    FaultBench.eventually().untilAsserted(() -> assertThat(subscribers()).isEqualTo(2));
    awaitSubscribed(small);
    long dropped = dropped(small);
    publish(new byte[HUGE]);

    FaultBench.eventually().untilAsserted(() -> assertThat(dropped(small)).isGreaterThan(dropped));
    assertThat(small.isAlive()).isTrue();
    awaitSubscribed(small);
    other.trip("anthropic");
    bench.awaitShared(members, "anthropic", "open");
    FaultBench.assertNobodyLeftOpen(members, "openai", marks);
  }

  private static void awaitSubscribed(WorkerProcess worker) {
    FaultBench.eventually()
        .untilAsserted(() -> assertThat(worker.ask("sync")).startsWith("OK subscribed"));
  }

  private long subscribers() {
    return bench.redis().ask(jedis -> jedis.pubsubNumSub(TestRedis.CHANNEL)).get(TestRedis.CHANNEL);
  }

  private static long dropped(WorkerProcess worker) {
    return Long.parseLong(worker.ask("sync").split(" ", -1)[3]);
  }

  private static long dropped(WatchedFleet fleet) {
    return fleet.fleet().sync().messagesDropped();
  }

  private static long heard(WatchedFleet fleet) {
    return fleet.fleet().sync().eventsReceived() + fleet.fleet().sync().messagesDropped();
  }

  private void publish(byte[] message) {
    bench
        .redis()
        .tell(
            jedis ->
                jedis.sendCommand(
                    Protocol.Command.PUBLISH, TestRedis.CHANNEL.getBytes(UTF_8), message));
  }

  private static String bothProviders() {
    return """
        fleetbreaker.reconcile-interval = 10 m
        # Nobody is to miss a message because the machine has held up a sign of life.
        fleetbreaker.redis.pong-timeout = 60 s
        fleetbreaker.provider-defaults { failure-threshold = 3, open-duration = 5 m }
        fleetbreaker.providers { openai {}, anthropic {} }
        """;
  }

  private WatchedFleet start() {
    return bench.fleet(bench.redis().settings(bothProviders()));
  }
}
