package io.fleetbreaker.http;

import io.fleetbreaker.Subscription;
import io.fleetbreaker.fleet.SyncStatus;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells all readers of one worker what happens: follows the history and the breakers once, however
 * many read, and not at all while nobody does. Thread-safe, never blocks.
 */
final class EventFeed implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EventFeed.class);

  /** Ends subscriptions, which may take a lock of their own: never under this one. */
  static final Executor LATER = ForkJoinPool.commonPool();

  private final WorkerFacade worker;
  private final FleetReadings readings;
  private final EventSettings settings;
  private final Set<EventReader> readers = new LinkedHashSet<>();
  private final AtomicLong tooSlow = new AtomicLong();
  private @Nullable HistoryUpstream history;
  private @Nullable Subscription transitions;
  private SyncStatus.@Nullable Mode mode;
  private boolean closed;

  EventFeed(WorkerFacade worker, FleetReadings readings, EventSettings settings) {
    this.worker = worker;
    this.readings = readings;
    this.settings = settings;
  }

  EventSettings settings() {
    return settings;
  }

  synchronized boolean isFull() {
    return closed || readers.size() >= settings.maxStreams();
  }

  synchronized int readers() {
    return readers.size();
  }

  /** How many readers were cut off because they did not keep up. */
  long tooSlow() {
    return tooSlow.get();
  }

  /** What a reader is told first. */
  synchronized StreamEvent hello() {
    ApiDocuments.Hello hello =
        new ApiDocuments.Hello(Pid.TEXT, worker.workerId(), ApiDocuments.Sync.of(worker.sync()));
    Optional<EntryId> place = Optional.ofNullable(history).flatMap(HistoryUpstream::position);
    return place
        .map(id -> StreamEvent.at(id, StreamEvent.Kind.HELLO, hello))
        .orElseGet(() -> StreamEvent.passing(StreamEvent.Kind.HELLO, hello));
  }

  /** From now on the reader is told everything; ends it at once if there are too many. */
  synchronized void join(EventReader reader) {
    if (isFull()) {
      reader.end();
      return;
    }
    readers.add(reader);
    HistoryUpstream upstream = history;
    if (upstream == null) {
      mode = worker.sync().mode();
      transitions = worker.onTransition(transition -> local(transition.provider()));
      upstream = new HistoryUpstream(worker, this);
      history = upstream;
      upstream.begin();
    } else {
      upstream.position().ifPresent(reader::joinAt);
    }
  }

  /** The reader is gone. */
  synchronized void leave(EventReader reader) {
    if (readers.remove(reader) && readers.isEmpty()) {
      stopFollowing();
    }
  }

  private void stopFollowing() {
    if (history != null) {
      history.close();
      history = null;
    }
    if (transitions != null) {
      LATER.execute(transitions::close);
      transitions = null;
    }
  }

  /**
   * The history is followed from {@code position} on. Entries that a reader may have missed since
   * it joined are told as a gap.
   */
  synchronized void following(HistoryUpstream upstream, EntryId position, boolean late) {
    if (upstream != history) {
      return;
    }
    List<EventReader> joined = List.copyOf(readers);
    joined.forEach(reader -> reader.joinAt(position));
    if (late) {
      StreamEvent gap = gap(position);
      joined.stream().filter(reader -> !reader.resumes()).forEach(reader -> tell(reader, gap));
    }
  }

  /** What the history has gained, or that something of it is lost. */
  synchronized void tell(HistoryUpstream upstream, StreamEvent event) {
    if (upstream == history) {
      tellAll(event);
    }
  }

  /**
   * Says that entries are lost, and how things stand instead, as far as that is known already: who
   * is told by a follower of the history cannot be told later than what comes next.
   */
  StreamEvent gap(EntryId position) {
    return gap(position, readings.known());
  }

  /** As {@link #gap}, with the workers asked for. */
  CompletionStage<StreamEvent> gapAsOfNow(EntryId position) {
    return readings
        .current()
        .handle((reading, failure) -> gap(position, Optional.ofNullable(reading)));
  }

  private StreamEvent gap(EntryId position, Optional<FleetReading> reading) {
    return StreamEvent.at(position, StreamEvent.Kind.GAP, FleetDocument.of(worker, reading));
  }

  private synchronized void local(String provider) {
    if (!readers.isEmpty()) {
      worker
          .view(provider)
          .map(view -> ApiProvider.of(view, Instant.now()))
          .map(view -> StreamEvent.passing(StreamEvent.Kind.LOCAL, view))
          .ifPresent(this::tellAll);
    }
  }

  /** Looks whether the worker is connected otherwise than before; to be called now and then. */
  synchronized void lookAtSync() {
    if (readers.isEmpty()) {
      return;
    }
    SyncStatus now = worker.sync();
    if (now.mode() != mode) {
      mode = now.mode();
      tellAll(StreamEvent.passing(StreamEvent.Kind.SYNC, ApiDocuments.Sync.of(now)));
    }
  }

  private void tellAll(StreamEvent event) {
    List.copyOf(readers).forEach(reader -> tell(reader, event));
  }

  private void tell(EventReader reader, StreamEvent event) {
    if (!reader.tell(event)) {
      tooSlow.incrementAndGet();
      LOG.info("an event reader was cut off: it had not taken {} events", settings.buffer());
      leave(reader);
    }
  }

  /** Ends all streams, and starts no more. */
  @Override
  public synchronized void close() {
    closed = true;
    List<EventReader> ended = List.copyOf(readers);
    readers.clear();
    stopFollowing();
    ended.forEach(EventReader::end);
  }
}
