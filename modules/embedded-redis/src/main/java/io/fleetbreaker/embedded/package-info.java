/** A real Redis server that lives exactly as long as the JVM that started it. */
@NullMarked
package io.fleetbreaker.embedded;

import org.jspecify.annotations.NullMarked;
