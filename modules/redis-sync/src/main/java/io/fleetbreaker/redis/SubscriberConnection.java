package io.fleetbreaker.redis;

import java.io.IOException;
import java.net.Socket;
import java.util.Optional;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisSocketFactory;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.JedisSocketFactory;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisConnectionException;

/**
 * A connection that only listens. Its own thread reads; once it is subscribed, {@link #sendPing} is
 * called by one other thread, which is then the only writer.
 *
 * <p>It sends its pings itself because {@code JedisPubSub.ping()} of Jedis 8.0.2 is unfit for it:
 * over RESP2 each call leaves an object behind that nothing removes, and over RESP3 an answer that
 * comes back before {@code ping()} has returned ends the subscription.
 */
final class SubscriberConnection extends Connection {

  /** Connects and shakes hands. */
  SubscriberConnection(Sockets sockets, JedisClientConfig config) {
    super(sockets, config);
  }

  void sendPing() {
    sendCommand(Protocol.Command.PING);
    flush();
  }

  /**
   * Makes the sockets of one subscriber, and can end the present one from any thread, also while
   * Jedis still shakes hands on it and has given nobody a connection to close.
   */
  static final class Sockets implements JedisSocketFactory {
    private final RedisPrimary primary;
    private final JedisClientConfig config;

    /** Guarded by this object's monitor, as are the node and the socket. */
    private boolean closed;

    private Optional<HostAndPort> node = Optional.empty();
    private Socket present = new Socket();

    Sockets(RedisPrimary primary, JedisClientConfig config) {
      this.primary = primary;
      this.config = config;
    }

    @Override
    public Socket createSocket() {
      HostAndPort wanted = primary.node();
      synchronized (this) {
        node = Optional.of(wanted);
      }
      Socket socket = new DefaultJedisSocketFactory(wanted, config).createSocket();
      synchronized (this) {
        present = socket;
        if (closed) {
          drop();
          throw new JedisConnectionException("closed while connecting");
        }
      }
      return socket;
    }

    /** Where the last connection was made to, or tried; empty if none has been yet. */
    synchronized Optional<HostAndPort> node() {
      return node;
    }

    /** Ends the present connection; its reader fails at once. */
    synchronized void drop() {
      try {
        present.close();
      } catch (IOException e) {
        // Closing is all that was wanted of it.
        present = new Socket();
      }
    }

    /** Ends the present connection, and each that may still be made. */
    synchronized void close() {
      closed = true;
      drop();
    }
  }
}
