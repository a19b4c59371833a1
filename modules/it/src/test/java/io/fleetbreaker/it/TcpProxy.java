package io.fleetbreaker.it;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A way to a server on the loopback address that can be cut, so that connections break and new ones
 * fail, or become a black hole, so that connections stay and nothing arrives any more. Thread-safe.
 */
final class TcpProxy implements AutoCloseable {
  private static final int BUFFER = 64 * 1024;

  private enum Way {
    CLEAR,
    CUT,
    BLACK_HOLE
  }

  private final int target;
  private final ServerSocket server;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private volatile Way way = Way.CLEAR;

  private TcpProxy(int target, ServerSocket server) {
    this.target = target;
    this.server = server;
  }

  static TcpProxy to(int target) {
    try {
      TcpProxy proxy =
          new TcpProxy(target, new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
      start("proxy", proxy::accept);
      return proxy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return server.getLocalPort();
  }

  /** Breaks all connections, and new ones as soon as they are made. */
  void cut() {
    way = Way.CUT;
    links.forEach(Link::close);
  }

  /** Swallows whatever comes, on the connections there are and on new ones. */
  void swallow() {
    way = Way.BLACK_HOLE;
    links.forEach(Link::swallow);
  }

  /**
   * Forwards new connections; those that were swallowed stay silent, as if a router forgot them.
   */
  void restore() {
    way = Way.CLEAR;
  }

  @Override
  public void close() {
    cut();
    closeQuietly(server);
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        connect(server.accept());
      } catch (IOException e) {
        // This is closed: the loop's condition tells.
        closeQuietly(server);
      }
    }
  }

  private void connect(Socket client) {
    try {
      if (way == Way.CUT) {
        client.close();
      } else {
        new Link(client, new Socket(InetAddress.getLoopbackAddress(), target)).open();
      }
    } catch (IOException e) {
      // The server behind it is down.
      closeQuietly(client);
    }
  }

  private static void start(String name, Runnable loop) {
    Thread thread = new Thread(loop, name);
    thread.setDaemon(true);
    thread.start();
  }

  private static void closeQuietly(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** One connection through the proxy. */
  private final class Link {
    private final Socket client;
    private final Socket upstream;
    private volatile boolean swallowing;

    Link(Socket client, Socket upstream) {
      this.client = client;
      this.upstream = upstream;
    }

    void open() {
      links.add(this);
      // Whoever has closed or silenced all links meanwhile has not seen this one.
      if (way == Way.CUT) {
        close();
        return;
      } else if (way == Way.BLACK_HOLE) {
        swallow();
      }
      start("proxy-up", () -> forward(client, upstream));
      start("proxy-down", () -> forward(upstream, client));
    }

    void swallow() {
      swallowing = true;
    }

    void close() {
      links.remove(this);
      closeQuietly(client);
      closeQuietly(upstream);
    }

    private void forward(Socket from, Socket to) {
      byte[] buffer = new byte[BUFFER];
      try {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
          if (!swallowing) {
            out.write(buffer, 0, read);
            out.flush();
          }
        }
      } catch (IOException e) {
        // One side has gone, and so shall the other.
        close();
        return;
      }
      close();
    }
  }
}
