package io.fleetbreaker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.util.JedisClusterCRC16;

/**
 * Asks a node of a cluster which node owns the fleet's slot. Of the other nodes it remembers all,
 * so that those of the settings need not live for ever.
 */
final class ClusterGuide implements Guide {
  private final int slot;
  private final JedisClientConfig config;

  ClusterGuide(RedisAccess access, String prefix) {
    // All keys of a prefix with a hash tag are in the slot of the tag.
    this.slot = JedisClusterCRC16.getSlot(prefix);
    this.config = access.forCluster();
  }

  /**
   * What Redis hashes instead of the whole key: the text between the first brace and the next
   * closing one, if there is any.
   */
  static boolean hasHashTag(String prefix) {
    int open = prefix.indexOf('{');
    return open >= 0 && prefix.indexOf('}', open) > open + 1;
  }

  @Override
  public JedisClientConfig config() {
    return config;
  }

  @Override
  public boolean primaryKnows() {
    return true;
  }

  @Override
  public Answer ask(HostAndPort whom, Connection connection) {
    CommandArguments slots = new CommandArguments(Protocol.Command.CLUSTER).add("SLOTS");
    HostAndPort owner = null;
    List<HostAndPort> all = new ArrayList<>();
    if (connection.executeCommand(slots) instanceof List<?> ranges) {
      for (Object range : ranges) {
        if (range instanceof List<?> parts
            && parts.size() >= 3
            && parts.get(0) instanceof Long first
            && parts.get(1) instanceof Long last) {
          List<HostAndPort> nodes = nodes(parts.subList(2, parts.size()), whom);
          all.addAll(nodes);
          if (first <= slot && slot <= last && !nodes.isEmpty()) {
            owner = nodes.get(0);
          }
        }
      }
    }
    if (owner == null) {
      throw new JedisException("knows no owner of slot " + slot);
    }
    return new Answer(owner, 0, all);
  }

  /** The master first. A node that does not know its own host is where we have asked it. */
  private static List<HostAndPort> nodes(List<?> told, HostAndPort whom) {
    List<HostAndPort> nodes = new ArrayList<>();
    for (Object node : told) {
      if (node instanceof List<?> parts && parts.size() >= 2 && parts.get(1) instanceof Long port) {
        String host = parts.get(0) instanceof byte[] bytes ? new String(bytes, UTF_8) : "";
        boolean unknown = host.isEmpty() || host.equals("?");
        nodes.add(new HostAndPort(unknown ? whom.getHost() : host, Math.toIntExact(port)));
      }
    }
    return nodes;
  }
}
