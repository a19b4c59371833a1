package io.fleetbreaker.redis;

import java.util.HashMap;
import java.util.Map;

/**
 * What a sync actor must not forget when it restarts: the revisions it held. Without them a restart
 * could not see that the store has lost what the worker knows to have been committed (R11).
 *
 * <p>Used by one incarnation of one actor at a time; the restart orders one after the other.
 */
final class SyncMemory {
  private final Map<String, ProviderSync> held = new HashMap<>();

  void keep(String provider, ProviderSync known) {
    if (known.held() != null) {
      held.put(provider, known);
    }
  }

  /** What was held, by provider, and nothing of what was under way. */
  Map<String, ProviderSync> recall() {
    Map<String, ProviderSync> recalled = new HashMap<>();
    held.forEach((provider, known) -> recalled.put(provider, known.afterRestart()));
    return recalled;
  }
}
