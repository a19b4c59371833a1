package io.fleetbreaker.http;

import java.util.function.Function;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.server.Directives;
import org.apache.pekko.http.javadsl.server.Route;

/** Asks for the role of the caller that the {@link Guard} has found. */
final class RoleAccess implements Access {
  @Override
  public Route require(Role needed, Function<Caller, Route> inner) {
    return Directives.extractRequest(
        request -> {
          Caller caller =
              request
                  .getAttribute(Guard.CALLER)
                  .orElseThrow(() -> new IllegalStateException("no guard stands before a route"));
          return caller.role().allows(needed)
              ? inner.apply(caller)
              : Directives.complete(forbidden(caller, needed));
        });
  }

  static HttpResponse forbidden(Caller caller, Role needed) {
    return Problem.of(
            ProblemType.FORBIDDEN,
            "the token '"
                + caller.name()
                + "' has the role "
                + caller.role().settingName()
                + "; this needs "
                + needed.settingName())
        .with("role_needed", needed.settingName())
        .response();
  }
}
