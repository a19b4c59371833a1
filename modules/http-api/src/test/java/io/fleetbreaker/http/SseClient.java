package io.fleetbreaker.http;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.http.javadsl.model.sse.ServerSentEvent;
import org.apache.pekko.http.javadsl.unmarshalling.sse.EventStreamUnmarshalling;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.SharedKillSwitch;
import org.apache.pekko.stream.javadsl.Sink;

/** Reads an event stream with the parser of a library, and keeps what it has heard. */
final class SseClient implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final List<ServerSentEvent> heard = new ArrayList<>();
  private final Map<String, Integer> counts = new HashMap<>();
  private final SharedKillSwitch end = KillSwitches.shared("sse-client");
  private final CompletionStage<Done> ended;

  private SseClient(ActorSystem<?> system, HttpResponse response) {
    ended =
        EventStreamUnmarshalling.fromEventsStream(system.classicSystem())
            .unmarshal(response.entity(), system)
            .thenCompose(
                events -> events.via(end.flow()).runWith(Sink.foreach(this::hear), system));
  }

  static SseClient open(ActorSystem<?> system, int port, Optional<String> lastId) throws Exception {
    HttpRequest request = HttpRequest.GET("http://127.0.0.1:" + port + "/api/v1/events");
    HttpRequest asked =
        lastId.map(id -> request.addHeader(RawHeader.create("Last-Event-ID", id))).orElse(request);
    HttpResponse response = HttpTest.resultOf(Http.get(system).singleRequest(asked));
    if (response.status().intValue() != 200) {
      throw new IOException("answered " + response.status());
    }
    SseClient client = new SseClient(system, response);
    client.awaitEvents("hello", 1);
    return client;
  }

  private synchronized void hear(ServerSentEvent event) {
    heard.add(event);
    counts.merge(event.getEventType().orElse(""), 1, Integer::sum);
  }

  synchronized List<ServerSentEvent> heard() {
    return List.copyOf(heard);
  }

  private synchronized int count(String type) {
    return counts.getOrDefault(type, 0);
  }

  List<ServerSentEvent> heard(String type) {
    return heard().stream()
        .filter(event -> event.getEventType().equals(Optional.of(type)))
        .toList();
  }

  /** The ids of what the history has told, in the order of arrival. */
  List<String> ids() {
    return heard("transition").stream().map(event -> event.getId().orElseThrow()).toList();
  }

  List<ServerSentEvent> awaitEvents(String type, int count) {
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .atMost(PATIENCE)
        .until(() -> count(type) >= count);
    return heard(type);
  }

  boolean hasEnded() {
    return ended.toCompletableFuture().isDone();
  }

  static JsonNode data(ServerSentEvent event) {
    try {
      return HttpTest.MAPPER.readTree(event.getData().getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    end.shutdown();
  }
}
