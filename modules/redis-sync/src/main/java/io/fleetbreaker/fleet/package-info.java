/** What an application starts: a {@link io.fleetbreaker.fleet.Fleet}. */
@NullMarked
package io.fleetbreaker.fleet;

import org.jspecify.annotations.NullMarked;
