package io.fleetbreaker.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Connection;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * A primary that moves: others are asked where it is, when it is in doubt and every now and then.
 * Thread-safe; one thread asks at a time.
 *
 * <p>An answer of an older epoch than the one held counts only when nobody gives a newer one. Whom
 * to ask first changes with each search, so that one who is wrong does not stay the only one heard.
 */
final class FoundPrimary implements RedisPrimary {
  private static final Logger log = LoggerFactory.getLogger(FoundPrimary.class);

  /** Beyond it the nodes that a cluster tells of are not remembered. */
  private static final int MOST_GUIDES = 200;

  private final RedisAddress address;
  private final RedisSettings settings;
  private final Guide guide;
  private final ReentrantLock asking = new ReentrantLock();

  /** Guarded by {@code asking}, as are the next two. */
  private final Set<HostAndPort> guides = new LinkedHashSet<>();

  private final Map<HostAndPort, Connection> connections = new HashMap<>();
  private int next;

  /** Written by compare-and-set under this object's monitor. */
  private volatile @Nullable Found found;

  private volatile boolean closed;

  /** Where the primary is, and whether something has gone wrong there since. */
  private record Found(HostAndPort node, long epoch, boolean inDoubt) {}

  FoundPrimary(RedisAccess access, Guide guide) {
    this.address = access.address();
    this.settings = access.settings();
    this.guide = guide;
    guides.addAll(address.nodes());
  }

  @Override
  public HostAndPort node() {
    Found held = found;
    if (held != null && !held.inDoubt()) {
      return held.node();
    }
    acquire();
    try {
      Found meanwhile = found;
      return meanwhile == null || meanwhile.inDoubt() ? search(meanwhile) : meanwhile.node();
    } finally {
      release();
    }
  }

  @Override
  public Optional<HostAndPort> known() {
    return Optional.ofNullable(found).map(Found::node);
  }

  @Override
  public synchronized void doubt(HostAndPort node) {
    Found held = found;
    if (held != null && held.node().equals(node)) {
      found = new Found(node, held.epoch(), true);
    }
  }

  @Override
  public synchronized void moved(HostAndPort by, HostAndPort target) {
    Found held = found;
    if (held != null && held.node().equals(by)) {
      HostAndPort named =
          target.getHost().isEmpty() ? new HostAndPort(by.getHost(), target.getPort()) : target;
      hold(new Found(named, held.epoch(), false));
    }
  }

  @Override
  public void look() {
    Found held = found;
    if (held == null || held.inDoubt() || closed || !asking.tryLock()) {
      // Whoever needs it next asks anyway, or is asking.
      return;
    }
    HostAndPort whom = guide.primaryKnows() ? held.node() : nextGuides().get(0);
    try {
      Guide.Answer answer = ask(whom);
      if (answer.epoch() >= held.epoch()) {
        found(answer);
      }
    } catch (JedisException e) {
      log.debug("{} could not be asked for the primary: {}", whom, RedisConnections.reason(e));
      if (guide.primaryKnows()) {
        doubt(held.node());
      }
    } finally {
      release();
    }
  }

  @Override
  public void close() {
    closed = true;
    if (asking.tryLock()) {
      try {
        connections.values().forEach(Connection::close);
        connections.clear();
      } finally {
        asking.unlock();
      }
    }
  }

  @Override
  public String toString() {
    Found held = found;
    return held == null ? address.toString() : held.node() + " (" + address + ")";
  }

  private void acquire() {
    try {
      Duration patience = settings.operationTimeout();
      if (asking.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        return;
      }
      throw new JedisConnectionException("the primary is still being searched for");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new JedisConnectionException("interrupted while searching for the primary", e);
    }
  }

  /** Whoever closes this while somebody asks leaves the connections to the one who asks. */
  private void release() {
    asking.unlock();
    if (closed) {
      close();
    }
  }

  private HostAndPort search(@Nullable Found held) {
    long deadline =
        System.nanoTime() + settings.connectTimeout().plus(settings.operationTimeout()).toNanos();
    Guide.Answer best = null;
    List<String> failures = new ArrayList<>();
    for (HostAndPort whom : nextGuides()) {
      try {
        Guide.Answer answer = ask(whom);
        if (best == null || answer.epoch() > best.epoch()) {
          best = answer;
        }
        if (held == null || best.epoch() >= held.epoch()) {
          break;
        }
      } catch (JedisException e) {
        failures.add(whom + ": " + RedisConnections.reason(e));
      }
      if (System.nanoTime() - deadline > 0) {
        break;
      }
    }
    if (best == null) {
      throw new JedisConnectionException(
          "nobody asked could say where the primary is: " + String.join("; ", failures));
    }
    return found(best);
  }

  /** All who can be asked, another one first each time. */
  private List<HostAndPort> nextGuides() {
    List<HostAndPort> all = new ArrayList<>(guides);
    int first = Math.floorMod(next++, all.size());
    List<HostAndPort> rotated = new ArrayList<>(all.subList(first, all.size()));
    rotated.addAll(all.subList(0, first));
    return rotated;
  }

  private HostAndPort found(Guide.Answer answer) {
    // What this one tells replaces what others told: nodes that left must not be asked for ever.
    guides.clear();
    guides.addAll(address.nodes());
    answer.others().stream().limit(MOST_GUIDES).forEach(guides::add);
    connections
        .entrySet()
        .removeIf(
            kept -> {
              boolean gone = !guides.contains(kept.getKey());
              if (gone) {
                kept.getValue().close();
              }
              return gone;
            });
    synchronized (this) {
      hold(new Found(answer.primary(), answer.epoch(), false));
    }
    return answer.primary();
  }

  private void hold(Found now) {
    Found before = found;
    found = now;
    if (before != null && !before.node().equals(now.node())) {
      log.info("the primary of {} is {} now, after {}", address, now.node(), before.node());
    }
  }

  /** Over a connection that is kept; a kept one may have died meanwhile, a new one may not. */
  private Guide.Answer ask(HostAndPort whom) {
    if (closed) {
      throw new JedisConnectionException("closed");
    }
    Connection kept = connections.remove(whom);
    if (kept != null) {
      try {
        return asked(whom, kept);
      } catch (JedisConnectionException e) {
        log.debug("{} has to be connected to anew: {}", whom, RedisConnections.reason(e));
      }
    }
    return asked(whom, new Connection(whom, guide.config()));
  }

  private Guide.Answer asked(HostAndPort whom, Connection connection) {
    boolean keep = false;
    try {
      Guide.Answer answer = guide.ask(whom, connection);
      connections.put(whom, connection);
      keep = true;
      return answer;
    } catch (NumberFormatException e) {
      throw new JedisException("answered nonsense", e);
    } finally {
      if (!keep) {
        connection.close();
      }
    }
  }
}
