package io.fleetbreaker.redis;

import java.util.List;
import redis.clients.jedis.Connection;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.exceptions.JedisException;

/** How to ask where the primary is: sentinels, or nodes of a cluster. */
interface Guide {

  /**
   * What one of them says.
   *
   * @param primary where the primary is
   * @param epoch greater for what was decided later; 0 if it cannot be told
   * @param others whom else to ask next time
   */
  record Answer(HostAndPort primary, long epoch, List<HostAndPort> others) {}

  /** How to connect to them. */
  JedisClientConfig config();

  /** Whether the primary itself knows best while it is one. */
  boolean primaryKnows();

  /**
   * Asks one of them, in one round trip.
   *
   * @throws JedisException if it does not answer, or does not know
   */
  Answer ask(HostAndPort whom, Connection connection);
}
