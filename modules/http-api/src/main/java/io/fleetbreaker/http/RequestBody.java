package io.fleetbreaker.http;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.RequestEntity;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.server.Directives;
import org.apache.pekko.http.javadsl.server.Route;
import org.apache.pekko.http.scaladsl.model.EntityStreamSizeException;
import org.apache.pekko.stream.Materializer;
import scala.util.Try;

/**
 * Reads and forgets the body of a request before its route runs. No route needs one, but an unread
 * body makes the connection end in a reset, in which the client may lose the answer.
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
  Route drained(Route inner) {
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
                      () -> drain(request.entity(), materializer), read -> after(read, inner)));
        });
  }

  /** Whether not reading the body is better: there is too much of it, or it was not sent yet. */
  private boolean isHopeless(HttpRequest request) {
    long declared = request.entity().getContentLengthOption().orElse(0);
    boolean waits = request.getHeader("Expect").isPresent();
    return declared > (waits ? limit : READ_AT_MOST);
  }

  private CompletionStage<Long> drain(RequestEntity body, Materializer materializer) {
    return body.withSizeLimit(READ_AT_MOST)
        .getDataBytes()
        .completionTimeout(patience)
        .runFold(0L, (length, bytes) -> length + bytes.size(), materializer);
  }

  private Route after(Try<Long> read, Route inner) {
    if (read.isSuccess() && read.get() <= limit) {
      return inner;
    }
    return Directives.complete(read.isSuccess() ? tooLarge() : unreadable(read.failed().get()));
  }

  private HttpResponse unreadable(Throwable failure) {
    Throwable cause = Causes.of(failure);
    if (cause instanceof EntityStreamSizeException) {
      return tooLarge();
    }
    if (cause instanceof TimeoutException) {
      return Problem.response(
          StatusCodes.REQUEST_TIMEOUT,
          "the request's body did not arrive within " + patience.toMillis() + " ms");
    }
    return Problem.response(StatusCodes.BAD_REQUEST, "the request's body could not be read");
  }

  private HttpResponse tooLarge() {
    return Problem.response(
        StatusCodes.get(413),
        "the request's body must be at most " + limit + " bytes; no path here needs one");
  }
}
