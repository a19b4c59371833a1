/**
 * What an application calls: a {@link io.fleetbreaker.CircuitBreaker} per provider, its permits,
 * its settings and its view.
 */
@NullMarked
package io.fleetbreaker;

import org.jspecify.annotations.NullMarked;
