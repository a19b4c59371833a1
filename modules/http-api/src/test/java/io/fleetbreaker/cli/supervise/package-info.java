@NullMarked
package io.fleetbreaker.cli.supervise;

import org.jspecify.annotations.NullMarked;
