@NullMarked
package io.fleetbreaker.embedded;

import org.jspecify.annotations.NullMarked;
