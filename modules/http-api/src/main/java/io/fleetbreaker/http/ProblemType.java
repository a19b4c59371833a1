package io.fleetbreaker.http;

import java.util.Locale;
import java.util.Optional;
import org.apache.pekko.http.javadsl.model.StatusCode;

/**
 * The kinds of problems there are. A program may rely on them: a kind keeps its name, its title and
 * its meaning, whatever the detail of a problem says.
 */
enum ProblemType {
  BAD_REQUEST(
      400,
      "Bad request",
      "The request cannot be understood: its syntax, a parameter or a header is wrong. Sending it"
          + " again unchanged does not help."),
  INVALID_NAME(
      400,
      "Invalid provider name",
      "A provider's name is 1 to 128 letters, digits, '.', '_' or '-' and starts with a letter or"
          + " digit."),
  INVALID_BODY(
      400,
      "Invalid body",
      "The request's JSON body breaks a rule; the member 'field' names the part that does, if one"
          + " does."),
  UNKNOWN_PROVIDER(
      404,
      "Unknown provider",
      "No provider of that name is configured on the worker; the member 'providers' lists some"
          + " that are."),
  NOT_FOUND(404, "Not found", "There is nothing under this path."),
  METHOD_NOT_ALLOWED(
      405,
      "Method not allowed",
      "The path does not take this method; the header Allow lists those it takes."),
  NOT_ACCEPTABLE(
      406,
      "Not acceptable",
      "The path cannot answer in any of the media types that the header Accept asks for."),
  UNSUPPORTED_MEDIA_TYPE(
      415,
      "Unsupported media type",
      "The body must be JSON and say so: Content-Type: application/json."),
  TOO_LARGE(413, "Too large", "The request's body is larger than the worker reads."),
  UNAUTHORIZED(
      401, "Unauthorized", "The request carries no valid token: Authorization: Bearer TOKEN."),
  FORBIDDEN(
      403,
      "Forbidden",
      "The token's role may not do this; the member 'role_needed' names the one that may."),
  UNTRUSTED_HOST(
      421,
      "Untrusted host",
      "The header Host names none of the hosts that the worker answers for."),
  UNTRUSTED_ORIGIN(
      403,
      "Untrusted origin",
      "The request was sent by a page of another origin, which may not use this worker."),
  RATE_LIMITED(
      429,
      "Rate limited",
      "The client has sent too many of these requests; the header Retry-After says when to go on."),
  CONFLICT(
      409,
      "Conflict",
      "The request contradicts what is in force, and nothing was changed; the detail says what is in the way."),
  REVISION_CHANGED(
      412,
      "Revision changed",
      "The provider's revision is not one that If-Match names, and nothing was changed; the member"
          + " 'revision' is the one there is now."),
  NOT_COMMITTED(
      503,
      "Not committed",
      "The fleet has certainly not taken the change; the member 'applied_here' says whether it is"
          + " in force on this worker."),
  UNKNOWN_OUTCOME(
      504,
      "Unknown outcome",
      "Nobody knows yet whether the fleet has taken the change: ask for the operation under"
          + " /api/v1/operations before repeating it."),
  STORE_UNAVAILABLE(
      503,
      "Store unavailable",
      "Redis could not be asked; what this worker knows by itself is still served."),
  OVERLOADED(
      503,
      "Overloaded",
      "The worker cannot take the request now, because it is busy or stopping: ask again, or ask another worker."),
  INTERNAL_ERROR(
      500,
      "Internal error",
      "The worker failed by a fault of its own; its log says more under the member 'error_id'.");

  /** Where the kinds are documented; a problem's type is this and its slug. */
  static final String PATH = "/problems/";

  private final int status;
  private final String title;
  private final String meaning;

  ProblemType(int status, String title, String meaning) {
    this.status = status;
    this.title = title;
    this.meaning = meaning;
  }

  /** The last part of the URI: {@code bad-request} and so on. */
  String slug() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  String uri() {
    return PATH + slug();
  }

  /** The status of most problems of this kind. */
  int status() {
    return status;
  }

  String title() {
    return title;
  }

  /** A sentence or two for people. */
  String meaning() {
    return meaning;
  }

  /** The kind with this slug, or empty if there is none. */
  static Optional<ProblemType> ofSlug(String slug) {
    for (ProblemType type : values()) {
      if (type.slug().equals(slug)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** The most general kind with this status. */
  static ProblemType of(StatusCode status) {
    return switch (status.intValue()) {
      case 401 -> UNAUTHORIZED;
      case 403 -> FORBIDDEN;
      case 404 -> NOT_FOUND;
      case 405 -> METHOD_NOT_ALLOWED;
      case 406 -> NOT_ACCEPTABLE;
      case 409 -> CONFLICT;
      case 412 -> REVISION_CHANGED;
      case 413 -> TOO_LARGE;
      case 415 -> UNSUPPORTED_MEDIA_TYPE;
      case 421 -> UNTRUSTED_HOST;
      case 429 -> RATE_LIMITED;
      case 503 -> OVERLOADED;
      case 504 -> UNKNOWN_OUTCOME;
      default ->
          status.intValue() >= 500 && status.intValue() != 501 && status.intValue() != 505
              ? INTERNAL_ERROR
              : BAD_REQUEST;
    };
  }
}
