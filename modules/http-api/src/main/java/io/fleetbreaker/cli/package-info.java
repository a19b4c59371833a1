/** The {@code fleetbreaker} command line. */
@NullMarked
package io.fleetbreaker.cli;

import org.jspecify.annotations.NullMarked;
