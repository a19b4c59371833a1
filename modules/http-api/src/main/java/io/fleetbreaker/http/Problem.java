package io.fleetbreaker.http;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonIgnore;
import io.fleetbreaker.ProviderName;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCode;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;

/**
 * Why a request was refused, as a problem document (RFC 9457). It carries no worker id as {@code
 * instance}: there that name means something else. Immutable.
 *
 * @param type a URI for the kind of problem, see {@link ProblemType}
 * @param title the kind in words
 * @param status the HTTP status
 * @param detail what was wrong with this request, and what to do
 * @param workerId the process id of the worker that refused
 * @param members what else a program may want to know, by its name in JSON
 * @param retryAfter when to ask again, if that may help
 */
record Problem(
    String type,
    String title,
    int status,
    String detail,
    String workerId,
    @JsonAnyGetter Map<String, Object> members,
    @JsonIgnore Optional<Duration> retryAfter) {

  static final ContentType TYPE = ContentTypes.parse("application/problem+json");

  Problem {
    members = Map.copyOf(members);
  }

  static Problem of(ProblemType type, String detail) {
    return of(type, type.status(), detail);
  }

  /** A problem whose status is more exact than its kind. */
  static Problem of(ProblemType type, int status, String detail) {
    return new Problem(
        type.uri(), type.title(), status, detail, Pid.TEXT, Map.of(), Optional.empty());
  }

  /** A problem of the most general kind with this status. */
  static Problem of(StatusCode status, String detail) {
    return of(ProblemType.of(status), status.intValue(), detail);
  }

  static HttpResponse response(StatusCode status, String detail) {
    return of(status, detail).response();
  }

  static HttpResponse response(ProblemType type, String detail) {
    return of(type, detail).response();
  }

  /** For a name that no provider can have. */
  static Problem badName(String name) {
    return of(
        ProblemType.INVALID_NAME,
        "a provider's name is 1 to 128 letters, digits, '.', '_' or '-' and starts with a letter or"
            + " digit; this one is '"
            + ProviderName.shown(name)
            + "'");
  }

  /** For a name that no configured provider has. */
  static Problem unknownProvider(String name, List<String> known) {
    return of(
            ProblemType.UNKNOWN_PROVIDER,
            "there is no provider '"
                + ProviderName.shown(name)
                + "'; there are "
                + String.join(", ", known))
        .with("providers", List.copyOf(known));
  }

  /** This problem with one member more. */
  Problem with(String member, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(members);
    more.put(member, value);
    return new Problem(type, title, status, detail, workerId, more, retryAfter);
  }

  /** This problem with the advice to ask again after {@code delay}, in whole seconds. */
  Problem retryAfter(Duration delay) {
    return new Problem(type, title, status, detail, workerId, members, Optional.of(delay));
  }

  HttpResponse response() {
    HttpResponse response = Json.response(StatusCodes.get(status), TYPE, this);
    return retryAfter
        .map(
            delay ->
                response.addHeader(
                    RawHeader.create("Retry-After", Long.toString(Math.max(1, delay.toSeconds())))))
        .orElse(response);
  }
}
