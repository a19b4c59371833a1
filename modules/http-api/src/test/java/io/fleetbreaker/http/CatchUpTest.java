package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.typesafe.config.ConfigFactory;
import io.fleetbreaker.fleet.HistoryQuery;
import io.fleetbreaker.fleet.OperatorAction;
import io.fleetbreaker.redis.StoreException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Readers that come back with an id, while Redis is away and after the history was trimmed. */
class CatchUpTest {
  private final ActorTestKit kit =
      ActorTestKit.create(
          ConfigFactory.parseString("pekko.http.host-connection-pool.max-connections = 16")
              .withFallback(ConfigFactory.load()));
  private final TestWorker worker = TestWorker.named(HttpTest.INSTANCE);

  /** How often the history was asked for what came after an id. */
  private final Map<String, Integer> asked = new ConcurrentHashMap<>();

  private final List<SseClient> readers = new ArrayList<>();
  private HttpServer server;

  @BeforeEach
  void startServer() throws Exception {
    WorkerFacade counting =
        (WorkerFacade)
            Proxy.newProxyInstance(
                WorkerFacade.class.getClassLoader(),
                new Class<?>[] {WorkerFacade.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("history")) {
                    ((HistoryQuery) arguments[0])
                        .after()
                        .ifPresent(id -> asked.merge(id, 1, Integer::sum));
                  }
                  try {
                    return method.invoke(worker, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
    server =
        HttpTest.resultOf(
            HttpServer.start(
                kit.system(),
                counting,
                new HttpSettings(HttpTest.LOOPBACK, Optional.empty(), 0, false)));
  }

  @AfterEach
  void stop() throws Exception {
    readers.forEach(SseClient::close);
    HttpTest.resultOf(server.stop(Duration.ofSeconds(1)));
    kit.shutdownTestKit();
  }

  @Test
  void whoIsGoneIsNotAskedForWhileRedisIsAway() throws Exception {
    read(Optional.empty());
    await().atMost(HttpTest.SOON).until(() -> worker.history().followers() == 1);
    worker.loseRedis(new StoreException("connection refused"));
    List<String> gone = List.of("1795313740001-0", "1795313740002-0", "1795313740003-0");
    List<SseClient> leaving = new ArrayList<>();
    for (String id : gone) {
      leaving.add(read(Optional.of(id)));
    }
    String staying = "1795313740004-0";
    read(Optional.of(staying));
    gone.forEach(id -> awaitAsked(id, 1));

    leaving.forEach(SseClient::close);
    await().atMost(HttpTest.SOON).until(() -> server.feed().readers() == 2);
    Map<String, Integer> before = Map.copyOf(asked);
    awaitAsked(staying, before.get(staying) + 3);

    for (String id : gone) {
      // One may have been on its way when the reader was found to be gone.
      assertThat(asked.get(id)).as(id).isLessThanOrEqualTo(before.get(id) + 1);
    }
  }

  @Test
  void aGapTellsOfTheOtherWorkersAlsoWhereNobodyHasAskedForThemBefore() throws Exception {
    worker.haveFleet(2, 1);
    HttpTest.resultOf(worker.commit(HttpTest.command("openai", OperatorAction.TRIP)));

    SseClient reader = read(Optional.of("1795313740000-0"));

    JsonNode state = SseClient.data(reader.awaitEvents("gap", 1).get(0));
    assertThat(state.at("/workers/alive").asInt()).isEqualTo(3);
    assertThat(state.at("/workers/lost").asInt()).isEqualTo(1);
    assertThat(state.at("/providers/0/fleet_counts").isObject()).isTrue();
  }

  private void awaitAsked(String id, int times) {
    await().atMost(HttpTest.SOON).until(() -> asked.getOrDefault(id, 0) >= times);
  }

  private SseClient read(Optional<String> after) throws Exception {
    SseClient reader = SseClient.open(kit.system(), server.boundPorts().own(), after);
    readers.add(reader);
    return reader;
  }
}
