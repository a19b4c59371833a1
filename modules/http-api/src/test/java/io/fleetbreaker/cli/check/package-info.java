@NullMarked
package io.fleetbreaker.cli.check;

import org.jspecify.annotations.NullMarked;
