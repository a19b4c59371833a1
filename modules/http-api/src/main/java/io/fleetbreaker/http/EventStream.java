package io.fleetbreaker.http;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.pekko.NotUsed;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.headers.Connection;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.BoundedSourceQueue;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.UniqueKillSwitch;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/**
 * Answers {@code GET /api/v1/events}: makes one reader's stream of what an {@link EventFeed} tells.
 */
final class EventStream {
  private static final Duration AGAIN = Duration.ofSeconds(5);

  private final WorkerFacade worker;
  private final EventFeed feed;

  EventStream(WorkerFacade worker, EventFeed feed) {
    this.worker = worker;
    this.feed = feed;
  }

  HttpResponse open(HttpRequest request) {
    Optional<EntryId> after = after(request);
    if (feed.isFull()) {
      return Problem.of(
              ProblemType.OVERLOADED,
              "this worker serves at most "
                  + feed.settings().maxStreams()
                  + " event streams at once, or is stopping; ask another worker, or raise"
                  + " fleetbreaker.http.events.max-streams")
          .retryAfter(AGAIN)
          .response();
    }
    return HttpResponse.create()
        // A stream that has ended is not followed by another answer.
        .addHeader(Connection.create("close"))
        .addHeader(RawHeader.create("X-Accel-Buffering", "no"))
        .withEntity(
            HttpEntities.create(ContentTypes.create(MediaTypes.TEXT_EVENT_STREAM), bytes(after)));
  }

  /** The header wins over the query: it is what a reader sends by itself when it comes back. */
  private static Optional<EntryId> after(HttpRequest request) {
    QueryParameters query = QueryParameters.of(request, "after");
    Optional<EntryId> asked = EntryId.of(query, "after");
    return request
        .getHeader("Last-Event-ID")
        .map(
            header ->
                EntryId.parse(header.value())
                    .orElseThrow(
                        () ->
                            ProblemException.badRequest(
                                "Last-Event-ID must be the id of a history entry, such as"
                                    + " 1795313749364-0")))
        .or(() -> asked);
  }

  private Source<ByteString, NotUsed> bytes(Optional<EntryId> after) {
    return Source.fromMaterializer((materializer, attributes) -> reader(after))
        .mapMaterializedValue(ignored -> NotUsed.getInstance());
  }

  private Source<ByteString, NotUsed> reader(Optional<EntryId> after) {
    CompletableFuture<EntryId> joined = new CompletableFuture<>();
    Supplier<Source<StreamEvent, BoundedSourceQueue<StreamEvent>>> queue =
        () -> Source.queue(feed.settings().buffer());
    Optional<CatchUp> catchUp = after.map(id -> new CatchUp(worker, feed, id));
    Source<StreamEvent, BoundedSourceQueue<StreamEvent>> history =
        catchUp
            .map(
                past ->
                    past.missed(joined).concatMat(queue.get().filter(past::isNews), Keep.right()))
            .orElseGet(queue);
    Source<StreamEvent, Pair<BoundedSourceQueue<StreamEvent>, BoundedSourceQueue<StreamEvent>>>
        events = history.mergeMat(queue.get(), Keep.both());
    Source<
            ByteString,
            Pair<
                Pair<BoundedSourceQueue<StreamEvent>, BoundedSourceQueue<StreamEvent>>,
                UniqueKillSwitch>>
        all =
            Source.single(feed.hello())
                .concatMat(events, Keep.right())
                .map(StreamEvent::bytes)
                .keepAlive(feed.settings().heartbeat(), () -> StreamEvent.HEARTBEAT)
                .viaMat(KillSwitches.single(), Keep.both());
    return all.watchTermination(
        (parts, terminated) -> {
          EventReader reader =
              new EventReader(
                  after, parts.first().first(), parts.first().second(), parts.second(), joined);
          feed.join(reader);
          terminated.whenComplete(
              (done, failure) -> {
                catchUp.ifPresent(CatchUp::stop);
                feed.leave(reader);
              });
          return NotUsed.getInstance();
        });
  }
}
