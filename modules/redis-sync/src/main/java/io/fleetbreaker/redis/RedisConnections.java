package io.fleetbreaker.redis;

import java.util.function.Function;
import org.apache.commons.pool2.impl.GenericObjectPoolConfig;
import redis.clients.jedis.Connection;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The pooled connections of one store. Thread-safe. Every wait is bounded: for a free connection
 * and for each answer by the operation time-out, for a new connection by the connect time-out.
 */
final class RedisConnections implements AutoCloseable {
  private static final int MOST = 8;
  private static final int LONGEST_REASON = 300;

  private final RedisAddress address;
  private final RedisClient client;

  RedisConnections(RedisAddress address, RedisSettings settings) {
    this.address = address;
    GenericObjectPoolConfig<Connection> pool = new ConnectionPoolConfig();
    pool.setMaxTotal(MOST);
    pool.setMaxIdle(MOST);
    // Jedis waits for ever by default.
    pool.setMaxWait(settings.operationTimeout());
    // An idle connection found dead would log a stack trace; the next user finds it out by itself.
    pool.setTestWhileIdle(false);
    pool.setJmxEnabled(false);
    this.client =
        RedisClient.builder()
            .hostAndPort(address.hostAndPort())
            .clientConfig(
                address.config(
                    "fleetbreaker",
                    settings.connectTimeout(),
                    settings.operationTimeout(),
                    settings.operationTimeout()))
            .poolConfig(pool)
            .build();
  }

  /**
   * Runs {@code work} on a connection of its own.
   *
   * @throws NotSentException if there was no connection, so that {@code work} has not run
   * @throws JedisException if {@code work} does
   */
  <T> T with(Function<Connection, T> work) {
    try (Connection connection = borrow()) {
      return keepingStep(connection, work);
    } catch (JedisConnectionException e) {
      // What broke this connection has most likely broken the idle ones, too.
      client.getPool().clear();
      throw e;
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
    return "redis at " + address + ": ";
  }

  /**
   * The cause that tells most: Jedis's outermost message often says no more than that it failed.
   */
  static String reason(Throwable failure) {
    Throwable told = failure;
    while (told.getCause() != null) {
      told = told.getCause();
    }
    if (told.getSuppressed().length > 0) {
      told = told.getSuppressed()[0];
    }
    String message = told.getMessage();
    return message == null ? told.getClass().getSimpleName() : printable(message);
  }

  /** Fit for a log line, whatever a server says. */
  private static String printable(String message) {
    StringBuilder out = new StringBuilder();
    message
        .codePoints()
        .limit(LONGEST_REASON)
        .forEach(c -> out.appendCodePoint(Character.isISOControl(c) ? '?' : c));
    return out.toString();
  }

  @Override
  public void close() {
    client.close();
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

  private Connection borrow() {
    try {
      return client.getPool().getResource();
    } catch (JedisException | IllegalStateException e) {
      if (e.getCause() instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
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
}
