package io.fleetbreaker.redis;

import java.util.Optional;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The one node that a fleet's commands go to: the server itself, the master that the sentinels
 * name, or the cluster's owner of the fleet's slot. Thread-safe.
 */
interface RedisPrimary extends AutoCloseable {

  /**
   * The node as it was last found. If none is known, or the last one is in doubt, others are asked,
   * which takes no longer than two connect time-outs and three operation time-outs.
   *
   * @throws JedisException if nobody could say
   */
  HostAndPort node();

  /** The node as it was last found; asks nobody. Empty if none is known. */
  Optional<HostAndPort> known();

  /** Something is wrong with this node: if it still is the one that is known, ask again. */
  void doubt(HostAndPort node);

  /** {@code by} has said that what it was asked for is at {@code target}. */
  void moved(HostAndPort by, HostAndPort target);

  /** Asks whether the node has changed, though nothing is wrong with it. Never throws. */
  void look();

  @Override
  void close();

  /** For messages. */
  @Override
  String toString();

  /** The primary of an address. Asks nobody yet. */
  static RedisPrimary of(RedisAccess access, String prefix) {
    return switch (access.address().topology()) {
      case STANDALONE -> new Fixed(access.address().nodes().get(0));
      case SENTINEL -> new FoundPrimary(access, new SentinelGuide(access));
      case CLUSTER -> new FoundPrimary(access, new ClusterGuide(access, prefix));
    };
  }

  /** A server that stays where it is. */
  record Fixed(HostAndPort node) implements RedisPrimary {
    @Override
    public Optional<HostAndPort> known() {
      return Optional.of(node);
    }

    @Override
    public void doubt(HostAndPort doubted) {}

    @Override
    public void moved(HostAndPort by, HostAndPort target) {}

    @Override
    public void look() {}

    @Override
    public void close() {}

    @Override
    public String toString() {
      return node.toString();
    }
  }
}
