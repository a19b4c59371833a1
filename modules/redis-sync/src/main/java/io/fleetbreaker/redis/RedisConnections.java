package io.fleetbreaker.redis;

import java.util.function.Function;
import org.apache.commons.pool2.impl.GenericObjectPoolConfig;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;
import redis.clients.jedis.ConnectionPool;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisMovedDataException;

/**
 * The pooled connections of one store, all to the node that its keys are on. Thread-safe. Every
 * wait is bounded: for a free connection and for each answer by the operation time-out, for a new
 * connection by the connect time-out, and for finding the node as {@link RedisPrimary} says.
 */
final class RedisConnections implements AutoCloseable {
  private static final int MOST = 8;
  private final RedisPrimary primary;
  private final JedisClientConfig config;
  private final GenericObjectPoolConfig<Connection> poolConfig;

  /** Changed under this object's monitor. */
  private volatile @Nullable NodePool present;

  private volatile boolean closed;

  /** The connections to one node. */
  private record NodePool(HostAndPort node, ConnectionPool pool) {}

  RedisConnections(RedisPrimary primary, RedisAccess access) {
    this.primary = primary;
    this.config = access.forCommands();
    this.poolConfig = new ConnectionPoolConfig();
    poolConfig.setMaxTotal(MOST);
    poolConfig.setMaxIdle(MOST);
    // Jedis waits for ever by default.
    poolConfig.setMaxWait(access.settings().operationTimeout());
    // An idle connection found dead would log a stack trace; the next user finds it out by itself.
    poolConfig.setTestWhileIdle(false);
    poolConfig.setJmxEnabled(false);
  }

  /**
   * Runs {@code work} on a connection of its own. It runs again, from its beginning, if a cluster
   * says that the fleet's slot is elsewhere; what was sent before has done nothing then.
   *
   * @throws NotSentException if there was no connection, so that {@code work} has not run
   * @throws NotServedException if the node serves the fleet's keys no longer, or not yet, so that
   *     the command it said this of has done nothing
   * @throws JedisException if {@code work} does
   */
  <T> T with(Function<Connection, T> work) {
    try {
      return once(work);
    } catch (JedisMovedDataException e) {
      try {
        return once(work);
      } catch (JedisMovedDataException again) {
        throw new NotServedException(again);
      }
    }
  }

  private <T> T once(Function<Connection, T> work) {
    NodePool at = pool();
    try (Connection connection = borrow(at)) {
      return keepingStep(connection, work);
    } catch (JedisMovedDataException e) {
      primary.moved(at.node(), e.getTargetNode());
      throw e;
    } catch (JedisConnectionException e) {
      // What broke this connection has most likely broken the idle ones, too.
      at.pool().clear();
      primary.doubt(at.node());
      throw e;
    } catch (JedisDataException e) {
      if (!Replies.saysNotServed(e)) {
        throw e;
      }
      primary.doubt(at.node());
      throw new NotServedException(e);
    }
  }

  /**
   * The same for a caller that is content with an exception.
   *
   * @param attempt what is attempted, for the message: {@code "read states"}
   */
  <T> T require(String attempt, Function<Connection, T> work) {
    try {
      return with(work);
    } catch (JedisException e) {
      throw new StoreException("could not " + attempt + ": " + describe(e), e);
    }
  }

  /** What went wrong, with host and port. */
  String describe(JedisException failure) {
    return at() + reason(failure);
  }

  /** How a message about this Redis begins. */
  String at() {
    return "redis at " + primary + ": ";
  }

  /** What went wrong, in one line that is fit for a log. */
  static String reason(Throwable failure) {
    return Replies.reason(failure);
  }

  @Override
  public void close() {
    closed = true;
    synchronized (this) {
      NodePool last = present;
      if (last != null) {
        last.pool().close();
      }
    }
  }

  /**
   * Throws the connection away if {@code work} stops halfway: answers that it did not read would be
   * taken by the next user for its own.
   */
  private static <T> T keepingStep(Connection connection, Function<Connection, T> work) {
    boolean inStep = false;
    try {
      T result = work.apply(connection);
      inStep = true;
      return result;
    } catch (JedisDataException refused) {
      inStep = true;
      throw refused;
    } finally {
      if (!inStep) {
        connection.setBroken();
      }
    }
  }

  /** The pool of the node that is the primary now; the former node's is closed. */
  private NodePool pool() {
    HostAndPort node;
    try {
      node = primary.node();
    } catch (JedisException e) {
      throw new NotSentException(e);
    }
    NodePool pool = present;
    return pool != null && pool.node().equals(node) && !closed ? pool : switchTo(node);
  }

  private synchronized NodePool switchTo(HostAndPort node) {
    if (closed) {
      throw new NotSentException(new IllegalStateException("the store is closed"));
    }
    NodePool former = present;
    if (former != null) {
      if (former.node().equals(node)) {
        return former;
      }
      // Connections in use end when they are given back.
      former.pool().close();
    }
    NodePool now = new NodePool(node, new ConnectionPool(node, config, poolConfig));
    present = now;
    return now;
  }

  private Connection borrow(NodePool at) {
    try {
      return at.pool().getResource();
    } catch (JedisException | IllegalStateException e) {
      if (e.getCause() instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      primary.doubt(at.node());
      throw new NotSentException(e);
    }
  }

  /** There was no connection to send anything on. */
  static final class NotSentException extends JedisException {
    private static final long serialVersionUID = 1L;

    NotSentException(RuntimeException cause) {
      super(reason(cause), cause);
    }
  }

  /** The node that was asked does not serve the fleet's keys now; another one may, or it later. */
  static final class NotServedException extends JedisException {
    private static final long serialVersionUID = 1L;

    NotServedException(JedisDataException cause) {
      super(reason(cause), cause);
    }
  }
}
