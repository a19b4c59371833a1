package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.typesafe.config.ConfigFactory;
import io.fleetbreaker.State;
import io.fleetbreaker.fleet.OperatorAction;
import io.fleetbreaker.redis.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.model.sse.ServerSentEvent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EventStreamTest {
  private static final String SETTINGS =
      """
      fleetbreaker.http.events { max-streams = 520, buffer = 64, heartbeat = 200 ms }
      pekko.http.host-connection-pool {
        max-connections = 600
        max-open-requests = 1024
        # Of the client here: a test that stands still for a second must not lose its stream.
        response-entity-subscription-timeout = 60 s
      }
      """;

  private final TestWorker worker = TestWorker.named(HttpTest.INSTANCE);
  private final List<SseClient> readers = new ArrayList<>();
  private ActorTestKit kit;
  private HttpServer server;

  @BeforeEach
  void startServer() throws Exception {
    start("");
  }

  private void start(String more) throws Exception {
    kit =
        ActorTestKit.create(
            ConfigFactory.parseString(SETTINGS + more).withFallback(ConfigFactory.load()));
    server =
        HttpTest.resultOf(
            HttpServer.start(
                kit.system(),
                worker,
                new HttpSettings(HttpTest.LOOPBACK, Optional.empty(), 0, false)));
  }

  @AfterEach
  void stop() throws Exception {
    readers.forEach(SseClient::close);
    HttpTest.resultOf(server.stop(Duration.ofSeconds(1)));
    HttpTest.resultOf(Http.get(kit.system()).shutdownAllConnectionPools());
    kit.shutdownTestKit();
  }

  @Test
  void aReaderIsGreetedAndToldWhatTheHistoryGains() throws Exception {
    SseClient reader = read(Optional.empty());
    awaitFollowing();

    act("openai", OperatorAction.FORCE_OPEN);
    act("openai", OperatorAction.ENABLE);

    List<ServerSentEvent> told = reader.awaitEvents("transition", 2);
    JsonNode hello = SseClient.data(reader.heard().get(0));
    assertThat(hello.get("instance").textValue()).isEqualTo(HttpTest.INSTANCE);
    assertThat(hello.at("/sync/mode").textValue()).isEqualTo("ok");
    JsonNode entry = SseClient.data(told.get(0));
    assertThat(entry.get("override").textValue()).isEqualTo("forced_open");
    assertThat(told.get(0).getId()).contains(entry.get("id").textValue());
  }

  @Test
  void aReaderThatComesBackIsToldWhatItMissedAndNothingTwice() throws Exception {
    SseClient before = read(Optional.empty());
    awaitFollowing();
    act("openai", OperatorAction.TRIP);
    String last = before.awaitEvents("transition", 1).get(0).getId().orElseThrow();
    before.close();
    for (int missed = 0; missed < 1_200; missed++) {
      act("openai", missed % 2 == 0 ? OperatorAction.RESET : OperatorAction.TRIP);
    }

    // Else more than its buffer takes could still come to it as news, while it reads the past.
    worker.history().awaitTold();

    SseClient after = read(Optional.of(last));
    for (int live = 0; live < 20; live++) {
      act("openai", OperatorAction.METRICS_ONLY);
    }

    after.awaitEvents("transition", 1_220);
    List<Long> millis =
        after.ids().stream().map(id -> EntryId.parse(id).orElseThrow().millis()).toList();
    long first = EntryId.parse(last).orElseThrow().millis() + 1;
    assertThat(millis)
        .containsExactlyElementsOf(
            Stream.iterate(first, next -> next + 1).limit(1_220).collect(Collectors.toList()));
    assertThat(after.heard("gap")).isEmpty();
  }

  @Test
  void aReaderAheadOfThisWorkerIsNotToldAgainWhatAnotherHasTold() throws Exception {
    SseClient here = read(Optional.empty());
    awaitFollowing();
    act("openai", OperatorAction.TRIP);
    here.awaitEvents("transition", 1);
    worker.history().fallBehind();
    act("openai", OperatorAction.RESET);

    SseClient ahead = read(Optional.of("1795313749365-0"));
    worker.history().goOn();
    act("openai", OperatorAction.TRIP);

    ahead.awaitEvents("transition", 1);
    assertThat(ahead.ids()).containsExactly("1795313749366-0");
    assertThat(ahead.heard("gap")).isEmpty();
  }

  @Test
  void aReaderWhoseEntriesAreGoneIsToldOfTheGapAndHowThingsStand() throws Exception {
    act("openai", OperatorAction.TRIP);
    act("openai", OperatorAction.RESET);
    act("openai", OperatorAction.TRIP);
    worker.history().trimTo("1795313749365-0");

    SseClient reader = read(Optional.of("1795313749364-0"));

    ServerSentEvent gap = reader.awaitEvents("gap", 1).get(0);
    assertThat(SseClient.data(gap).at("/providers/0/state").textValue()).isEqualTo("open");
    assertThat(gap.getId()).contains("1795313749366-0");
    SseClient again = read(gap.getId());
    act("openai", OperatorAction.RESET);
    again.awaitEvents("transition", 1);
    reader.awaitEvents("transition", 1);
    assertThat(again.ids()).containsExactly("1795313749367-0").isEqualTo(reader.ids());
    assertThat(again.heard("gap")).as("told once").isEmpty();
  }

  @Test
  void aGapInTheLiveFeedIsToldToAll() throws Exception {
    SseClient reader = read(Optional.empty());
    awaitFollowing();

    worker.history().loseSome("1795313749999-0");

    assertThat(reader.awaitEvents("gap", 1).get(0).getId()).contains("1795313749999-0");
  }

  @Test
  void localTransitionsAndTheSyncAreToldAlsoWhileRedisIsAway() throws Exception {
    act("openai", OperatorAction.RESET);
    worker.loseRedis(new StoreException("connection refused"));
    SseClient reader = read(Optional.of("1795313749364-0"));

    worker.moveHere("openai", State.OPEN);
    worker.become(TestWorker.ALONE);

    ServerSentEvent local = reader.awaitEvents("local", 1).get(0);
    assertThat(SseClient.data(local).get("state").textValue()).isEqualTo("open");
    assertThat(local.getId()).isEmpty();
    ServerSentEvent sync = reader.awaitEvents("sync", 1).get(0);
    assertThat(SseClient.data(sync).get("mode").textValue()).isEqualTo("degraded");

    worker.findRedis();
    act("openai", OperatorAction.TRIP);

    reader.awaitEvents("transition", 1);
    assertThat(reader.ids()).containsExactly("1795313749365-0");
  }

  @Test
  void whoJoinsWithoutRedisIsToldAGapWhenItIsBack() throws Exception {
    worker.loseRedis(new StoreException("connection refused"));
    SseClient reader = read(Optional.empty());
    worker.findRedis();

    reader.awaitEvents("gap", 1);
    act("openai", OperatorAction.TRIP);

    reader.awaitEvents("transition", 1);
    assertThat(reader.ids()).containsExactly("1795313749364-0");
  }

  @Test
  void aSilentStreamOutlivesTheTimeOutsOfTheServer() throws Exception {
    stop();
    // Long enough that a heartbeat is in time although this machine may stand still for seconds.
    start("fleetbreaker.http.server { idle-timeout = 4 s, request-timeout = 3 s }");
    SseClient reader = read(Optional.empty());
    awaitFollowing();
    long start = System.nanoTime();

    await()
        .pollDelay(Duration.ofSeconds(5))
        .atMost(HttpTest.SOON)
        .until(() -> System.nanoTime() - start > 5_000_000_000L);

    assertThat(reader.hasEnded()).isFalse();
    act("openai", OperatorAction.TRIP);
    reader.awaitEvents("transition", 1);
  }

  @Test
  void aReaderThatNeverReadsIsCutOffAndTheOthersGoOn() throws Exception {
    SseClient good = read(Optional.empty());
    awaitFollowing();
    try (RawHttp stuck = RawHttp.withSmallWindow(server.boundPorts().own())) {
      stuck.say(RawHttp.head("GET /api/v1/events HTTP/1.1", "Host: localhost"));
      assertThat(stuck.hearUntil("event: hello")).startsWith("HTTP/1.1 200 ");
      int told = 0;

      // The server's side takes some megabytes before it stops.
      while (server.feed().tooSlow() == 0 && told < 60_000) {
        act("openai", told % 2 == 0 ? OperatorAction.DISABLE : OperatorAction.ENABLE);
        told++;
        if (told % 48 == 0) {
          good.awaitEvents("transition", told);
        }
      }

      assertThat(server.feed().tooSlow()).isEqualTo(1);
      assertThat(good.hasEnded()).isFalse();
      int all = told;
      assertThat(good.awaitEvents("transition", all)).hasSize(all);
      assertThat(server.feed().readers()).isEqualTo(1);
    }
  }

  @Test
  void fiveHundredReadersCostOneSubscription() throws Exception {
    for (int reader = 0; reader < 500; reader++) {
      read(Optional.empty());
    }
    awaitFollowing();

    act("openai", OperatorAction.TRIP);

    readers.forEach(reader -> reader.awaitEvents("transition", 1));
    assertThat(worker.history().subscriptions()).isEqualTo(1);
    assertThat(worker.transitionListeners()).isEqualTo(1);
    readers.forEach(SseClient::close);
    await().atMost(HttpTest.SOON).until(() -> worker.history().followers() == 0);
    await().atMost(HttpTest.SOON).until(() -> worker.transitionListeners() == 0);
  }

  @Test
  void theStreamsEndWithTheServerAndDoNotHoldItUp() throws Exception {
    SseClient reader = read(Optional.empty());

    // The drain may take longer than is waited for.
    HttpTest.resultOf(server.stop(HttpTest.SOON.multipliedBy(10)));

    await().atMost(HttpTest.SOON).until(reader::hasEnded);
  }

  @Test
  void moreStreamsThanTheLimitAreToldToComeBack() throws Exception {
    for (int reader = 0; reader < 520; reader++) {
      read(Optional.empty());
    }

    String refused =
        RawHttp.exchange(
            server.boundPorts().own(),
            RawHttp.head("GET /api/v1/events HTTP/1.1", "Host: localhost", "Connection: close"));

    assertThat(refused)
        .startsWith("HTTP/1.1 503 ")
        .contains("/problems/overloaded", "Retry-After: 5", "max-streams");
  }

  @Test
  void aHeadRequestLeavesNoReaderBehind() throws Exception {
    String head =
        RawHttp.exchange(
            server.boundPorts().own(),
            RawHttp.head("HEAD /api/v1/events HTTP/1.1", "Host: localhost", "Connection: close"));

    assertThat(head).startsWith("HTTP/1.1 200 ").contains("text/event-stream");
    await().atMost(HttpTest.SOON).until(() -> server.feed().readers() == 0);
  }

  @Test
  void anIdThatIsNoneIsRefused() throws Exception {
    String refused =
        RawHttp.exchange(
            server.boundPorts().own(),
            RawHttp.head(
                "GET /api/v1/events HTTP/1.1",
                "Host: localhost",
                "Last-Event-ID: nonsense",
                "Connection: close"));

    assertThat(refused).startsWith("HTTP/1.1 400 ").contains("Last-Event-ID must be");
  }

  private SseClient read(Optional<String> after) throws Exception {
    SseClient reader = SseClient.open(kit.system(), server.boundPorts().own(), after);
    readers.add(reader);
    return reader;
  }

  private void awaitFollowing() {
    await().atMost(HttpTest.SOON).until(() -> worker.history().followers() == 1);
  }

  private void act(String provider, OperatorAction action) throws Exception {
    worker
        .breaker(provider)
        .obey(HttpTest.command(provider, OperatorAction.ENABLE), HttpTest.revision(1), true);
    HttpTest.resultOf(worker.commit(HttpTest.command(provider, action)));
  }
}
