package io.fleetbreaker.http;

import io.fleetbreaker.ProviderName;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.pekko.http.javadsl.model.HttpMethod;
import org.apache.pekko.http.javadsl.model.HttpMethods;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.Allow;
import org.apache.pekko.http.javadsl.server.Directives;
import org.apache.pekko.http.javadsl.server.ExceptionHandler;
import org.apache.pekko.http.javadsl.server.MethodRejection;
import org.apache.pekko.http.javadsl.server.RejectionHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a request that no route takes, or that a route fails on, becomes a {@link Problem}. */
final class Refusals {
  private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);

  private Refusals() {}

  static RejectionHandler rejections() {
    return RejectionHandler.newBuilder()
        .handleAll(
            MethodRejection.class,
            rejected -> Directives.handleSync(request -> wrongMethod(request, rejected)))
        .handleNotFound(Directives.handleSync(Refusals::unknownPath))
        .build();
  }

  static ExceptionHandler exceptions() {
    return ExceptionHandler.newBuilder()
        .matchAny(failure -> Directives.handleSync(request -> answer(request, failure)))
        .build();
  }

  private static HttpResponse unknownPath(HttpRequest request) {
    return Problem.response(
        ProblemType.NOT_FOUND,
        "there is no path " + path(request) + "; /openapi.json describes those there are");
  }

  private static HttpResponse wrongMethod(HttpRequest request, List<MethodRejection> rejected) {
    List<HttpMethod> allowed = new ArrayList<>();
    for (MethodRejection rejection : rejected) {
      allowed.add(rejection.supported());
      if (rejection.supported().equals(HttpMethods.GET)) {
        allowed.add(HttpMethods.HEAD);
      }
    }
    return Problem.response(
            ProblemType.METHOD_NOT_ALLOWED,
            path(request)
                + " does not take "
                + request.method().value()
                + " but "
                + String.join(" or ", allowed.stream().map(HttpMethod::value).toList()))
        .addHeader(Allow.create(allowed.toArray(new HttpMethod[0])));
  }

  /**
   * What a route refuses by an exception is its answer. Else the cause goes to the log, with an id
   * that the caller can quote; none of it to the caller.
   */
  private static HttpResponse answer(HttpRequest request, Throwable failure) {
    Throwable cause = Causes.of(failure);
    if (cause instanceof ProblemException refused) {
      return refused.problem().response();
    }
    String id = UUID.randomUUID().toString();
    LOG.error("error {}: {} {} failed", id, request.method().value(), path(request), cause);
    return Problem.of(
            ProblemType.INTERNAL_ERROR,
            "the worker could not answer because of a fault of its own; its log says more under "
                + id)
        .with("error_id", id)
        .response();
  }

  private static String path(HttpRequest request) {
    return ProviderName.shown(request.getUri().path());
  }
}
