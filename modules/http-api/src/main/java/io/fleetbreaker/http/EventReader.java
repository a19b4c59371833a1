package io.fleetbreaker.http;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.stream.BoundedSourceQueue;
import org.apache.pekko.stream.QueueOfferResult;
import org.apache.pekko.stream.UniqueKillSwitch;

/**
 * One who reads the event stream. What it has not taken yet waits in two bounded queues; when one
 * overflows the stream ends, and the reader comes back with the last id it has seen. Thread-safe.
 */
final class EventReader {
  private final Optional<EntryId> resumesAfter;
  private final BoundedSourceQueue<StreamEvent> history;
  private final BoundedSourceQueue<StreamEvent> passing;
  private final UniqueKillSwitch end;
  private final CompletableFuture<EntryId> joined;

  /**
   * @param resumesAfter the last entry it has seen, if it comes back
   * @param history takes what the history gains
   * @param passing takes what is not of the history, and need not wait while a reader catches up
   * @param end ends the stream, and forgets what waits
   * @param joined completes with the place in the history from which {@code history} goes on
   */
  EventReader(
      Optional<EntryId> resumesAfter,
      BoundedSourceQueue<StreamEvent> history,
      BoundedSourceQueue<StreamEvent> passing,
      UniqueKillSwitch end,
      CompletableFuture<EntryId> joined) {
    this.resumesAfter = resumesAfter;
    this.history = history;
    this.passing = passing;
    this.end = end;
    this.joined = joined;
  }

  boolean resumes() {
    return resumesAfter.isPresent();
  }

  /** From here on {@code history} tells everything. */
  void joinAt(EntryId position) {
    joined.complete(position);
  }

  /** False if the reader was too slow: its stream has ended. */
  boolean tell(StreamEvent event) {
    BoundedSourceQueue<StreamEvent> queue = event.position().isPresent() ? history : passing;
    if (!queue.offer(event).equals(QueueOfferResult.dropped())) {
      return true;
    }
    end();
    return false;
  }

  void end() {
    end.shutdown();
  }
}
