package io.fleetbreaker.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCode;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.jspecify.annotations.Nullable;

/**
 * Why a request was refused, as a problem document (RFC 9457). The status says which kind it is, so
 * the type is always {@code about:blank}. It carries no worker id as {@code instance}: there that
 * name means something else.
 *
 * @param type a URI for the kind of problem
 * @param title the status in words
 * @param status the HTTP status
 * @param detail what was wrong with this request, and what to do
 * @param workerId the process id of the worker that refused
 * @param providers the names there are, if an unknown one was asked for
 * @param errorId what to look for in the worker's log, if the fault is its own
 */
record Problem(
    String type,
    String title,
    int status,
    String detail,
    String workerId,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<String> providers,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String errorId) {

  private static final ContentType TYPE = ContentTypes.parse("application/problem+json");

  static Problem of(StatusCode status, String detail) {
    return new Problem(
        "about:blank", status.reason(), status.intValue(), detail, Pid.TEXT, null, null);
  }

  static HttpResponse response(StatusCode status, String detail) {
    return of(status, detail).response();
  }

  Problem withProviders(List<String> known) {
    return new Problem(type, title, status, detail, workerId, known, errorId);
  }

  Problem withErrorId(String id) {
    return new Problem(type, title, status, detail, workerId, providers, id);
  }

  HttpResponse response() {
    return Json.response(StatusCodes.get(status), TYPE, this);
  }
}
