package io.fleetbreaker.http;

import java.util.List;
import java.util.Set;
import org.apache.pekko.http.javadsl.model.HttpMethod;
import org.apache.pekko.http.javadsl.model.HttpMethods;

/**
 * What each path needs at least, before its route is asked. Paths are compared as they were sent,
 * escapes and all, so that what is spelt unusually is not public.
 */
final class Zones {
  private static final Set<String> PROBES = Set.of("/health/live", "/health/ready");
  private static final Set<String> PUBLIC = Set.of("/", "/ui", "/favicon.ico", "/openapi.json");
  private static final List<String> PUBLIC_BELOW = List.of("/ui/", ProblemType.PATH);
  static final String METRICS = "/metrics";

  private Zones() {}

  /** Whether the path says only whether the worker is alive, to a machine that calls it anyhow. */
  static boolean isProbe(String path) {
    return PROBES.contains(path);
  }

  /** Whether reading the path needs no token. */
  static boolean isPublic(String path) {
    return isProbe(path)
        || PUBLIC.contains(path)
        || PUBLIC_BELOW.stream().anyMatch(path::startsWith);
  }

  /** Whether a method may change something. */
  static boolean isChange(HttpMethod method) {
    return !method.equals(HttpMethods.GET)
        && !method.equals(HttpMethods.HEAD)
        && !method.equals(HttpMethods.OPTIONS);
  }
}
