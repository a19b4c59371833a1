/**
 * The engine behind a {@link io.fleetbreaker.CircuitBreaker}: the gate that calling threads meet,
 * the pure transition function, and the {@link io.fleetbreaker.breaker.ProviderBreaker} actor that
 * is the only writer of a provider's state in this JVM.
 */
@NullMarked
package io.fleetbreaker.breaker;

import org.jspecify.annotations.NullMarked;
