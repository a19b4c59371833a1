package io.fleetbreaker.snippets;

import io.fleetbreaker.CircuitBreaker;
import io.fleetbreaker.fleet.Fleet;

/** What a snippet of Java becomes: its lines are the body of the method. */
public interface SnippetBody {
  /**
   * Does what the snippet says.
   *
   * @param fleet started, without Redis, of {@code openai} (priority 1) and {@code anthropic} (2)
   * @param breaker that of {@code openai}
   */
  void snippet(Fleet fleet, CircuitBreaker breaker) throws Exception;
}
