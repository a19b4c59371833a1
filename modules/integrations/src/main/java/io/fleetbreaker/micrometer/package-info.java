/** Meters of breakers. Needs {@code io.micrometer:micrometer-core}, which it does not bring. */
@NullMarked
package io.fleetbreaker.micrometer;

import org.jspecify.annotations.NullMarked;
