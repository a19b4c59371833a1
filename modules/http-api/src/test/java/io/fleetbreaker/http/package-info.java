/** Tests of the HTTP interface over real ports, with no Redis behind. */
@NullMarked
package io.fleetbreaker.http;

import org.jspecify.annotations.NullMarked;
