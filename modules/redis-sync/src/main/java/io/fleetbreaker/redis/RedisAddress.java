package io.fleetbreaker.redis;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;

/**
 * What a Redis URI says. Immutable; {@link #toString} names hosts and ports, and no message of this
 * class repeats the URI, because it may hold a password.
 *
 * <p>Read here and not by Jedis, whose reader demands a port, splits the user from the password
 * only after decoding both, and knows neither Sentinel nor Cluster.
 */
final class RedisAddress {
  private static final int REDIS_PORT = 6379;
  private static final int SENTINEL_PORT = 26379;
  private static final int MOST_DATABASES = 1 << 20;
  private static final int MOST_NODES = 100;
  private static final Pattern SCHEME = Pattern.compile("(?i)redis(s?)(-sentinel|-cluster)?");
  private static final Pattern NODE =
      Pattern.compile("(?<host>[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(?::(?<port>[0-9]{1,5}))?");
  private static final Pattern MASTER = Pattern.compile("master=([A-Za-z0-9._-]+)");

  /** How the servers at an address work together. */
  enum Topology {
    STANDALONE,
    SENTINEL,
    CLUSTER
  }

  private final Topology topology;
  private final boolean tls;
  private final List<HostAndPort> nodes;
  private final String master;
  private final int database;
  private final RedisLogin login;

  private RedisAddress(
      Topology topology,
      boolean tls,
      List<HostAndPort> nodes,
      String master,
      int database,
      RedisLogin login) {
    this.topology = topology;
    this.tls = tls;
    this.nodes = nodes;
    this.master = master;
    this.database = database;
    this.login = login;
  }

  /**
   * Reads {@code redis[s]://[user:password@]host[:port][/database]}, {@code
   * redis[s]-sentinel://[user:password@]host[:port],...[/database]?master=name} or {@code
   * redis[s]-cluster://[user:password@]host[:port],...}.
   *
   * @throws IllegalArgumentException saying what is wrong, without repeating the URI
   */
  static RedisAddress of(URI uri) {
    Matcher scheme = SCHEME.matcher(uri.getScheme() == null ? "" : uri.getScheme());
    if (!scheme.matches()) {
      throw invalid(
          "must begin with redis://, redis-sentinel:// or redis-cluster://, or with rediss for TLS");
    }
    Topology topology = topology(scheme.group(2));
    String authority = uri.getRawAuthority() == null ? "" : uri.getRawAuthority();
    int at = authority.lastIndexOf('@');
    if (at < 0 && !authority.isEmpty() && uri.toString().indexOf('@') >= 0) {
      throw invalid("must have a / ? or # in a user or password percent-encoded: %2F, %3F, %23");
    }
    RedisLogin login = at < 0 ? RedisLogin.NONE : login(authority.substring(0, at));
    List<HostAndPort> nodes = nodes(topology, authority.substring(at + 1));
    if (uri.getRawFragment() != null) {
      throw invalid("must not have a fragment");
    }
    String master = master(topology, uri.getRawQuery());
    int database = database(uri);
    if (topology == Topology.CLUSTER && database != 0) {
      throw invalid("must name no database: a cluster has only database 0, was " + database);
    }
    return new RedisAddress(topology, !scheme.group(1).isEmpty(), nodes, master, database, login);
  }

  Topology topology() {
    return topology;
  }

  boolean tls() {
    return tls;
  }

  /** The server, or the sentinels, or nodes of the cluster; at least one. */
  List<HostAndPort> nodes() {
    return nodes;
  }

  /** What the sentinels call the master; empty without sentinels. */
  String master() {
    return master;
  }

  int database() {
    return database;
  }

  RedisLogin login() {
    return login;
  }

  @Override
  public String toString() {
    String hosts = nodes.stream().map(HostAndPort::toString).collect(Collectors.joining(","));
    return switch (topology) {
      case STANDALONE -> hosts;
      case SENTINEL -> "master " + master + " of sentinels " + hosts;
      case CLUSTER -> "cluster " + hosts;
    };
  }

  private static Topology topology(@Nullable String suffix) {
    if (suffix == null) {
      return Topology.STANDALONE;
    }
    return suffix.equalsIgnoreCase("-sentinel") ? Topology.SENTINEL : Topology.CLUSTER;
  }

  private static List<HostAndPort> nodes(Topology topology, String hosts) {
    int defaultPort = topology == Topology.SENTINEL ? SENTINEL_PORT : REDIS_PORT;
    List<HostAndPort> nodes = new ArrayList<>();
    for (String text : hosts.split(",", -1)) {
      Matcher node = NODE.matcher(text);
      if (!node.matches()) {
        throw invalid("must name a host" + (topology == Topology.STANDALONE ? "" : " or several"));
      }
      String port = node.group("port");
      int number = port == null ? defaultPort : Integer.parseInt(port);
      if (number < 1 || number > 65_535) {
        throw invalid("must have a port from 1 to 65535");
      }
      nodes.add(new HostAndPort(node.group("host"), number));
    }
    if (topology == Topology.STANDALONE && nodes.size() > 1) {
      throw invalid("must name one host; several are for redis-sentinel:// or redis-cluster://");
    }
    if (nodes.size() > MOST_NODES) {
      throw invalid("must name at most " + MOST_NODES + " hosts, was " + nodes.size());
    }
    return List.copyOf(nodes);
  }

  private static String master(Topology topology, @Nullable String query) {
    if (topology != Topology.SENTINEL) {
      if (query != null) {
        throw invalid("must not have a query");
      }
      return "";
    }
    Matcher matcher = MASTER.matcher(query == null ? "" : query);
    if (!matcher.matches()) {
      throw invalid("must end in ?master=<what the sentinels call the master> and nothing else");
    }
    return matcher.group(1);
  }

  private static int database(URI uri) {
    String path = uri.getPath() == null ? "" : uri.getPath();
    if (path.isEmpty() || path.equals("/")) {
      return 0;
    }
    try {
      int database = Integer.parseInt(path.substring(1));
      if (database >= 0 && database < MOST_DATABASES) {
        return database;
      }
    } catch (NumberFormatException e) {
      // Told below, without the text: a misplaced password may be in it.
    }
    throw invalid("must have /<number of the database> or nothing after the port");
  }

  private static RedisLogin login(String rawUserInfo) {
    int colon = rawUserInfo.indexOf(':');
    if (colon < 0) {
      throw invalid("must have user:password or :password before the @");
    }
    return new RedisLogin(
        decoded(rawUserInfo.substring(0, colon)), decoded(rawUserInfo.substring(colon + 1)));
  }

  private static String decoded(String raw) {
    // A form decoder turns '+' into a space; in a URI a '+' is a '+'.
    return URLDecoder.decode(raw.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static IllegalArgumentException invalid(String rule) {
    return new IllegalArgumentException("redis uri " + rule);
  }
}
