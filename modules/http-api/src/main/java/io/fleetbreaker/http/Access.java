package io.fleetbreaker.http;

import java.util.function.Function;
import org.apache.pekko.http.javadsl.server.Route;

/** Lets callers in, or not. */
@FunctionalInterface
interface Access {
  /** The {@code inner} route for a caller who may do what {@code needed} may; else 401 or 403. */
  Route require(Role needed, Function<Caller, Route> inner);

  /** Lets everybody do everything. */
  static Access open() {
    return (needed, inner) -> inner.apply(Caller.ANYBODY);
  }
}
