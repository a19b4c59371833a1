package io.fleetbreaker.http;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.RequestEntity;
import org.apache.pekko.http.javadsl.server.Directives;
import org.apache.pekko.http.javadsl.server.Route;
import org.apache.pekko.http.scaladsl.model.EntityStreamSizeException;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.util.ByteString;
import org.apache.pekko.util.ByteStringBuilder;
import scala.util.Try;

/**
 * Reads the body of a request before its route runs, which then finds it in memory. Also for routes
 * that need none: an unread body makes the connection end in a reset, in which the client may lose
 * the answer.
 */
final class RequestBody {
  /** A body over the limit is still read up to here, so that its sender hears the 413. */
  private static final long READ_AT_MOST = 1L << 20;

  private final long limit;
  private final Duration patience;

  /**
   * @param limit the largest body that is accepted, in bytes
   * @param patience how long a body may take to arrive
   */
  RequestBody(long limit, Duration patience) {
    this.limit = limit;
    this.patience = patience;
  }

  /** The {@code inner} route, for requests whose body is within the limit. */
  Route read(Route inner) {
    return Directives.extractRequest(
        request -> {
          if (request.entity().isStrict()) {
            // A strict body over the limit has become a streamed one on its way here.
            return inner;
          }
          if (isHopeless(request)) {
            return Directives.complete(tooLarge());
          }
          return Directives.extractMaterializer(
              materializer ->
                  Directives.onComplete(
                      () -> gather(request.entity(), materializer),
                      read -> after(read, request, inner)));
        });
  }

  /** Whether not reading the body is better: there is too much of it, or it was not sent yet. */
  private boolean isHopeless(HttpRequest request) {
    long declared = request.entity().getContentLengthOption().orElse(0);
    boolean waits = request.getHeader("Expect").isPresent();
    return declared > (waits ? limit : READ_AT_MOST);
  }

  private CompletionStage<Gathered> gather(RequestEntity body, Materializer materializer) {
    return body.withSizeLimit(READ_AT_MOST)
        .getDataBytes()
        .completionTimeout(patience)
        .runFold(new Gathered(limit), Gathered::plus, materializer);
  }

  private Route after(Try<Gathered> read, HttpRequest request, Route inner) {
    if (read.isFailure()) {
      return Directives.complete(unreadable(read.failed().get()));
    }
    Gathered gathered = read.get();
    if (gathered.length > limit) {
      return Directives.complete(tooLarge());
    }
    RequestEntity whole =
        HttpEntities.create(request.entity().getContentType(), gathered.bytes.result());
    return Directives.mapRequest(streamed -> streamed.withEntity(whole), () -> inner);
  }

  private HttpResponse unreadable(Throwable failure) {
    Throwable cause = Causes.of(failure);
    if (cause instanceof EntityStreamSizeException) {
      return tooLarge();
    }
    if (cause instanceof TimeoutException) {
      return Problem.of(
              ProblemType.BAD_REQUEST,
              408,
              "the request's body did not arrive within " + patience.toMillis() + " ms")
          .response();
    }
    return Problem.response(ProblemType.BAD_REQUEST, "the request's body could not be read");
  }

  private HttpResponse tooLarge() {
    return Problem.response(
        ProblemType.TOO_LARGE, "the request's body must be at most " + limit + " bytes");
  }

  /** A body as it arrives: what is over the limit is counted and forgotten. */
  private static final class Gathered {
    private final long limit;
    private final ByteStringBuilder bytes = new ByteStringBuilder();
    private long length;

    Gathered(long limit) {
      this.limit = limit;
    }

    Gathered plus(ByteString more) {
      length += more.size();
      if (length <= limit) {
        bytes.append(more);
      }
      return this;
    }
  }
}
