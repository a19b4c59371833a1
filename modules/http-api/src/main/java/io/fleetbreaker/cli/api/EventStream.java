package io.fleetbreaker.cli.api;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Server-sent events as they come. More bytes are asked for only when what came before has been
 * taken, so that a fast server cannot fill the memory. For one reader.
 */
public final class EventStream implements AutoCloseable {
  private static final int MOST_EVENT_BYTES = 4 << 20;

  /** What came at once; an empty list is the end. */
  private final BlockingQueue<List<ServerEvent>> batches = new LinkedBlockingQueue<>();

  private final Deque<ServerEvent> taken = new ArrayDeque<>();
  private volatile Flow.@Nullable Subscription subscription;
  private volatile boolean closed;
  private volatile String problem = "the worker has ended the stream";

  EventStream() {}

  /** Completes with true when the stream has begun, or with the answer that came in its place. */
  CompletableFuture<HttpResponse<Optional<byte[]>>> open(
      HttpClient client, HttpRequest request, int mostBytes) {
    return client.sendAsync(
        request,
        info -> {
          String type = info.headers().firstValue("Content-Type").orElse("");
          return info.statusCode() == 200 && type.startsWith("text/event-stream")
              ? new Receiver()
              : BodySubscribers.mapping(new BoundedBody(mostBytes), Optional::of);
        });
  }

  /**
   * The next event, after {@code silence} at the latest.
   *
   * @return empty if the stream has ended or nothing has come for that long; {@link #problem} says
   *     which
   */
  public Optional<ServerEvent> next(Duration silence) throws InterruptedException {
    if (taken.isEmpty()) {
      List<ServerEvent> batch = batches.poll(silence.toMillis(), TimeUnit.MILLISECONDS);
      if (batch == null) {
        problem = "nothing has come for " + silence.toSeconds() + " s";
        return Optional.empty();
      }
      taken.addAll(batch);
    }
    Optional<ServerEvent> next = Optional.ofNullable(taken.poll());
    if (next.isPresent() && taken.isEmpty()) {
      more();
    }
    return next;
  }

  /** Why the stream has ended. */
  public String problem() {
    return problem;
  }

  @Override
  public void close() {
    closed = true;
    Flow.Subscription granted = subscription;
    if (granted != null) {
      granted.cancel();
    }
  }

  private void more() {
    Flow.Subscription granted = subscription;
    if (granted != null) {
      granted.request(1);
    }
  }

  private final class Receiver implements BodySubscriber<Optional<byte[]>> {
    private final List<ServerEvent> parsed = new ArrayList<>();
    private final SseParser parser = new SseParser(MOST_EVENT_BYTES, parsed::add);

    /** There at once: the stream has begun, and its events are told one by one. */
    @Override
    public CompletionStage<Optional<byte[]>> getBody() {
      return CompletableFuture.completedFuture(Optional.empty());
    }

    @Override
    public void onSubscribe(Flow.Subscription granted) {
      subscription = granted;
      if (closed) {
        granted.cancel();
      } else {
        granted.request(1);
      }
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
      try {
        buffers.forEach(parser::feed);
      } catch (IllegalStateException e) {
        onError(e);
        close();
        return;
      }
      if (parsed.isEmpty()) {
        // A part of an event: nobody will ask for the rest.
        more();
      } else {
        batches.add(List.copyOf(parsed));
        parsed.clear();
      }
    }

    @Override
    public void onError(Throwable failure) {
      problem = String.valueOf(failure.getMessage());
      batches.add(List.of());
    }

    @Override
    public void onComplete() {
      batches.add(List.of());
    }
  }
}
