package io.fleetbreaker.http;

import org.apache.pekko.event.LoggingAdapter;
import org.apache.pekko.http.ParsingErrorHandler;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.scaladsl.model.ErrorInfo;
import org.apache.pekko.http.scaladsl.model.StatusCode;
import org.apache.pekko.http.scaladsl.settings.ServerSettings;

/**
 * Answers bytes that cannot be parsed as a request. Pekko HTTP makes one by the name in {@code
 * reference.conf}, which is why it is public and takes nothing.
 */
public final class ProblemParsingErrorHandler extends ParsingErrorHandler {

  /** For Pekko HTTP. */
  public ProblemParsingErrorHandler() {}

  /**
   * The summary tells the rule that was broken; the detail, which quotes the input, is not sent.
   */
  @Override
  public HttpResponse handle(
      StatusCode status, ErrorInfo error, LoggingAdapter log, ServerSettings settings) {
    log.debug("refused what is not a request: {}", error.formatPretty());
    String summary = error.summary().isEmpty() ? "the request is malformed" : error.summary();
    return Stamp.on(Problem.response(status, summary));
  }
}
