package io.fleetbreaker.http;

import io.fleetbreaker.fleet.HistoryEntry;
import io.fleetbreaker.fleet.HistoryPage;
import io.fleetbreaker.fleet.HistoryQuery;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.NotUsed;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.javadsl.Source;

/**
 * What a reader that comes back has missed: the entries after the last one it has seen, up to where
 * the live events begin. Read page by page, as fast as the reader takes them.
 */
final class CatchUp {
  private static final int PAGE = 500;
  private static final Executor LATER = CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS);

  private final WorkerFacade worker;
  private final EventFeed feed;
  private final EntryId after;
  private volatile boolean gap;
  private volatile boolean over;

  CatchUp(WorkerFacade worker, EventFeed feed, EntryId after) {
    this.worker = worker;
    this.feed = feed;
    this.after = after;
  }

  /** The reader is gone, and with it whoever would wait for Redis. */
  void stop() {
    over = true;
  }

  /** How far it has read; empty at the end. */
  private record Place(Optional<EntryId> after) {}

  /**
   * The missed events. While Redis cannot be asked it waits.
   *
   * @param until completes with where the live events begin
   */
  Source<StreamEvent, NotUsed> missed(CompletionStage<EntryId> until) {
    return Source.unfoldAsync(new Place(Optional.of(after)), place -> step(place, until))
        .mapConcat(events -> events);
  }

  /**
   * Whether a live event is news to the reader. It is not if another worker, whose news are newer,
   * has told it before; unless the history has been lost since.
   */
  boolean isNews(StreamEvent event) {
    if (event.kind() == StreamEvent.Kind.GAP) {
      gap = true;
    }
    return gap || event.position().filter(id -> !id.isAfter(after)).isEmpty();
  }

  private CompletionStage<Optional<Pair<Place, List<StreamEvent>>>> step(
      Place place, CompletionStage<EntryId> until) {
    return place
        .after()
        .map(id -> until.thenCompose(end -> page(id).thenCompose(page -> told(page, id, end))))
        .orElseGet(() -> CompletableFuture.completedFuture(Optional.empty()));
  }

  private CompletionStage<HistoryPage> page(EntryId id) {
    if (over) {
      return CompletableFuture.failedFuture(new CancellationException("nobody reads any longer"));
    }
    HistoryQuery query =
        new HistoryQuery(Optional.empty(), Optional.of(id.text()), Optional.empty(), PAGE);
    return CompletableFuture.completedFuture(query)
        .thenCompose(worker::history)
        .exceptionallyCompose(
            failure -> CompletableFuture.supplyAsync(() -> id, LATER).thenCompose(this::page));
  }

  private CompletionStage<Optional<Pair<Place, List<StreamEvent>>>> told(
      HistoryPage page, EntryId from, EntryId end) {
    if (!page.gap()) {
      return CompletableFuture.completedFuture(Optional.of(events(page, from, end)));
    }
    // What is left of the past is no use to a reader that is told how things stand now.
    gap = true;
    return feed.gapAsOfNow(end)
        .thenApply(event -> Optional.of(Pair.create(new Place(Optional.empty()), List.of(event))));
  }

  private static Pair<Place, List<StreamEvent>> events(
      HistoryPage page, EntryId from, EntryId end) {
    List<StreamEvent> events = new ArrayList<>();
    EntryId last = from;
    boolean reachedEnd = page.next().isEmpty();
    for (HistoryEntry entry : page.entries()) {
      EntryId id = EntryId.parse(entry.id()).orElse(last);
      if (id.isAfter(end)) {
        reachedEnd = true;
        break;
      }
      events.add(StreamEvent.at(id, StreamEvent.Kind.TRANSITION, ApiDocuments.Entry.of(entry)));
      last = id;
    }
    return Pair.create(new Place(reachedEnd ? Optional.empty() : Optional.of(last)), events);
  }
}
