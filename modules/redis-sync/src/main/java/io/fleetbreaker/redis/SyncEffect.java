package io.fleetbreaker.redis;

import io.fleetbreaker.sync.SyncPort;

/** What {@link SyncCore} wants done. Immutable. */
sealed interface SyncEffect {
  /** Tell the provider's breaker. */
  record Tell(SyncPort.Answer answer) implements SyncEffect {}

  /** Commit to the store, and report the result with the flight. */
  record Commit(ProviderSync.Flight flight, FleetStore.CommitRequest request)
      implements SyncEffect {}

  /** Read the provider's key. */
  record Read() implements SyncEffect {}

  /** Read the provider's key in a little while: traffic has stopped, and all workers want to. */
  record ReadSoon() implements SyncEffect {}

  /**
   * Go on after a jittered while.
   *
   * @param slowly whether the store has said no, and will not say yes at once
   */
  record TryLater(boolean slowly) implements SyncEffect {}
}
