/** Worker JVMs, their ports and their Redis, kept alive by one parent and ended with it. */
@NullMarked
package io.fleetbreaker.cli.supervise;

import org.jspecify.annotations.NullMarked;
