/**
 * Sharing breaker state over Redis: the store and its Jedis implementation, the subscriber thread,
 * and the {@link io.fleetbreaker.redis.RedisSyncActor} between them and the breakers.
 */
@NullMarked
package io.fleetbreaker.redis;

import org.jspecify.annotations.NullMarked;
