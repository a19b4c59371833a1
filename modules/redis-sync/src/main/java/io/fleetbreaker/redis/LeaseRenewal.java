package io.fleetbreaker.redis;

import io.fleetbreaker.sync.RevisionId;
import java.util.Set;

/**
 * Leases of one round, to be renewed together. Immutable.
 *
 * @param atNanos when it was asked for, on the worker's monotonic clock
 */
record LeaseRenewal(String provider, RevisionId round, Set<String> leases, long atNanos) {
  LeaseRenewal {
    leases = Set.copyOf(leases);
  }
}
