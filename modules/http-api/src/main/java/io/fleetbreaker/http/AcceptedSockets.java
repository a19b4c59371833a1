package io.fleetbreaker.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.pekko.io.Inet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sockets of one listening port, by the addresses of their clients, so that a connection can be
 * cut off from below: TLS does not end before its handshake has, and a client may take as long for
 * that as it likes. Thread-safe.
 */
final class AcceptedSockets extends Inet.AbstractSocketOptionV2 {
  private static final Logger LOG = LoggerFactory.getLogger(AcceptedSockets.class);

  private final Map<InetSocketAddress, Socket> open = new ConcurrentHashMap<>();

  @Override
  public void afterConnect(Socket socket) {
    if (socket.getRemoteSocketAddress() instanceof InetSocketAddress client) {
      open.put(client, socket);
    }
  }

  /** The client's socket, if it is open. */
  Optional<Socket> of(InetSocketAddress client) {
    return Optional.ofNullable(open.get(client)).filter(socket -> !socket.isClosed());
  }

  /** Forgets those that are closed. To be called now and then. */
  void sweep() {
    open.values().removeIf(Socket::isClosed);
  }

  int count() {
    return open.size();
  }

  /** Both sides see the end; whoever reads from the socket then closes it. */
  static void cut(Socket socket) {
    try {
      socket.shutdownInput();
      socket.shutdownOutput();
    } catch (IOException e) {
      LOG.debug("a connection has ended by itself", e);
    }
  }
}
