package io.fleetbreaker.http;

import io.fleetbreaker.Subscription;
import io.fleetbreaker.fleet.HistoryEntry;
import io.fleetbreaker.fleet.HistoryListener;
import io.fleetbreaker.fleet.HistoryPage;
import io.fleetbreaker.fleet.HistoryQuery;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Follows the history for an {@link EventFeed}: from the newest entry there is on, once Redis can
 * be asked for that. Thread-safe.
 */
final class HistoryUpstream implements HistoryListener, AutoCloseable {
  private static final HistoryQuery NEWEST =
      new HistoryQuery(Optional.empty(), Optional.empty(), Optional.empty(), 1);
  private static final Executor LATER =
      CompletableFuture.delayedExecutor(500, TimeUnit.MILLISECONDS);

  private final WorkerFacade worker;
  private final EventFeed feed;
  private volatile @Nullable EntryId position;
  private @Nullable Subscription following;
  private boolean late;
  private boolean closed;

  HistoryUpstream(WorkerFacade worker, EventFeed feed) {
    this.worker = worker;
    this.feed = feed;
  }

  /** Where the history is followed from, or has been followed to; empty before that. */
  Optional<EntryId> position() {
    return Optional.ofNullable(position);
  }

  /** Begins; tries until it has succeeded or is closed. */
  void begin() {
    var unused =
        CompletableFuture.completedFuture(NEWEST)
            .thenCompose(worker::history)
            .handle(
                (page, failure) -> {
                  if (failure == null) {
                    follow(page);
                  } else {
                    tryAgainLater();
                  }
                  return page;
                });
  }

  private void follow(HistoryPage page) {
    EntryId newest =
        page.entries().stream()
            .findFirst()
            .flatMap(entry -> EntryId.parse(entry.id()))
            .orElse(EntryId.START);
    synchronized (feed) {
      if (closed) {
        return;
      }
      position = newest;
      feed.following(this, newest, late);
    }
    // Not under the lock, which whoever tells us something needs.
    keep(worker.follow(Optional.of(newest.text()), this));
  }

  private void keep(Subscription begun) {
    synchronized (feed) {
      if (!closed) {
        following = begun;
        return;
      }
    }
    begun.close();
  }

  private void tryAgainLater() {
    synchronized (feed) {
      late = true;
      if (!closed) {
        LATER.execute(this::begin);
      }
    }
  }

  @Override
  public void onEntry(HistoryEntry entry) {
    EntryId.parse(entry.id())
        .ifPresent(
            id -> {
              StreamEvent event =
                  StreamEvent.at(id, StreamEvent.Kind.TRANSITION, ApiDocuments.Entry.of(entry));
              moveTo(id, event);
            });
  }

  @Override
  public void onGap(String id) {
    EntryId place = EntryId.parse(id).orElse(EntryId.START);
    moveTo(place, feed.gap(place));
  }

  /** At once with telling it: who joins meanwhile is told this, or begins after it. */
  private void moveTo(EntryId id, StreamEvent event) {
    synchronized (feed) {
      position = id;
      feed.tell(this, event);
    }
  }

  @Override
  public void close() {
    synchronized (feed) {
      closed = true;
      if (following != null) {
        EventFeed.LATER.execute(following::close);
      }
    }
  }
}
