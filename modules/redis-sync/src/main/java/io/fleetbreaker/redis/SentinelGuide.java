package io.fleetbreaker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Asks a sentinel for the master's address, and for the configuration epoch it knows it by: a
 * sentinel that was cut off names an old master, under an old epoch. After the <a
 * href="https://redis.io/docs/latest/develop/reference/sentinel-clients/">guidelines for Sentinel
 * clients</a>, with the epoch in place of {@code ROLE}.
 */
final class SentinelGuide implements Guide {
  private final String master;
  private final JedisClientConfig config;

  SentinelGuide(RedisAccess access) {
    this.master = access.address().master();
    this.config = access.forSentinel();
  }

  @Override
  public JedisClientConfig config() {
    return config;
  }

  @Override
  public boolean primaryKnows() {
    return false;
  }

  @Override
  public Answer ask(HostAndPort whom, Connection connection) {
    // The address of its own, because during a failover it is right earlier than the rest.
    connection.sendCommand(sentinel("GET-MASTER-ADDR-BY-NAME"));
    connection.sendCommand(sentinel("MASTER"));
    List<Object> answers = connection.getMany(2);
    for (Object answer : answers) {
      if (answer instanceof JedisDataException refused) {
        throw refused;
      }
    }
    if (answers.get(0) instanceof List<?> address
        && address.size() == 2
        && answers.get(1) instanceof List<?> fields) {
      HostAndPort primary =
          new HostAndPort(text(address.get(0)), Integer.parseInt(text(address.get(1))));
      return new Answer(primary, epoch(fields), List.of());
    }
    throw new JedisException("knows no master " + master);
  }

  private CommandArguments sentinel(String subcommand) {
    return new CommandArguments(Protocol.Command.SENTINEL).add(subcommand).add(master);
  }

  private static long epoch(List<?> fields) {
    for (int i = 0; i + 1 < fields.size(); i += 2) {
      if (text(fields.get(i)).equals("config-epoch")) {
        return Long.parseLong(text(fields.get(i + 1)));
      }
    }
    return 0;
  }

  private static String text(Object bulk) {
    return bulk instanceof byte[] bytes ? new String(bytes, UTF_8) : String.valueOf(bulk);
  }
}
