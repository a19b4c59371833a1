/** A client of the management API, for the command line: it trusts nothing that it is sent. */
@NullMarked
package io.fleetbreaker.cli.api;

import org.jspecify.annotations.NullMarked;
