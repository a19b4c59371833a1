/** What a guarded call costs, beside its peers in the same run. */
@NullMarked
package io.fleetbreaker.bench;

import org.jspecify.annotations.NullMarked;
