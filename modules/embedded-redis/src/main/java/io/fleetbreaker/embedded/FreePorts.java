package io.fleetbreaker.embedded;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for servers that must be told theirs: a process of its own, or one that comes back on it.
 *
 * <p>They lie below the ports that systems give to clients (from 32,768 on Linux, 49,152
 * elsewhere). One of those that is free now could be some connection's own before the server binds
 * it, or while the server is restarted; on the loopback address a client that looks for the server
 * there could even be connected to itself.
 */
public final class FreePorts {
  private static final int LEAST = 16_384;
  private static final int GREATEST = 32_700;
  private static final int ATTEMPTS = 50;

  private FreePorts() {}

  /** A port that no client is given. A server may have it. */
  public static int candidate() {
    return ThreadLocalRandom.current().nextInt(LEAST, GREATEST);
  }

  /**
   * Finds a port that nobody has now.
   *
   * @throws IOException if none is free on the loopback address
   */
  public static int find() throws IOException {
    return find(1).get(0);
  }

  /**
   * Finds as many different ports that nobody has now.
   *
   * @throws IOException if there are not so many on the loopback address
   */
  public static List<Integer> find(int count) throws IOException {
    List<ServerSocket> held = new ArrayList<>();
    try {
      List<Integer> found = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        ServerSocket socket = hold();
        held.add(socket);
        found.add(socket.getLocalPort());
      }
      return List.copyOf(found);
    } finally {
      for (ServerSocket socket : held) {
        socket.close();
      }
    }
  }

  /** Whether a server could bind this port of the loopback address now. */
  public static boolean isFree(int port) {
    try (ServerSocket socket = bind(port)) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  private static ServerSocket hold() throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        return bind(candidate());
      } catch (BindException e) {
        // Taken. Another one may not be.
      }
    }
    // Where all of these are taken, whatever the system gives.
    return bind(0);
  }

  private static ServerSocket bind(int port) throws IOException {
    ServerSocket socket = new ServerSocket();
    try {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }
}
