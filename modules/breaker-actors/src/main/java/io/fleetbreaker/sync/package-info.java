/**
 * The sync port: the messages a {@link io.fleetbreaker.breaker.ProviderBreaker} exchanges with
 * whatever shares its state, the revisions they speak of, and the twin that shares nothing.
 */
@NullMarked
package io.fleetbreaker.sync;

import org.jspecify.annotations.NullMarked;
