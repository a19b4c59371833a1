package io.fleetbreaker.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import org.apache.pekko.io.Inet;

/**
 * {@code SO_REUSEPORT} on a listening socket: several processes of one user may listen on the same
 * port, and on Linux the kernel spreads new connections over them.
 */
final class ReusePort extends Inet.AbstractSocketOptionV2 {

  /** Whether this system knows the option at all. */
  static boolean isSupported() {
    try (ServerSocketChannel probe = ServerSocketChannel.open()) {
      return probe.supportedOptions().contains(StandardSocketOptions.SO_REUSEPORT);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot open a socket", e);
    }
  }

  @Override
  public void beforeServerSocketBind(ServerSocket socket) {
    try {
      socket.setOption(StandardSocketOptions.SO_REUSEPORT, true);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot set SO_REUSEPORT", e);
    }
  }
}
