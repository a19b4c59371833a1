/** The check of a running fleet from outside: does one worker's trip reach all of them? */
@NullMarked
package io.fleetbreaker.cli.check;

import org.jspecify.annotations.NullMarked;
