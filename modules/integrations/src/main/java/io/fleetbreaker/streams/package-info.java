/** Guarded calls as stages of a stream. Needs {@code pekko-stream}, which it does not bring. */
@NullMarked
package io.fleetbreaker.streams;

import org.jspecify.annotations.NullMarked;
