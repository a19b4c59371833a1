package io.fleetbreaker.httpclient;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.util.concurrent.CountDownLatch;

/** A server on this machine that takes one request and never answers. */
final class SilentServer implements AutoCloseable {
  private final ServerSocket listening;
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch left = new CountDownLatch(1);

  SilentServer() {
    try {
      listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread thread = new Thread(this::serve, "silent-server");
    thread.setDaemon(true);
    thread.start();
  }

  private void serve() {
    try (Socket client = listening.accept()) {
      InputStream request = client.getInputStream();
      int read = request.read();
      asked.countDown();
      while (read != -1) {
        read = request.read();
      }
    } catch (IOException e) {
      // The client or the test has hung up, which is what is waited for.
    } finally {
      left.countDown();
    }
  }

  HttpRequest.Builder request() {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listening.getLocalPort()));
  }

  /** Whether a request has begun to arrive. */
  boolean isAsked() {
    return asked.getCount() == 0;
  }

  /** Whether the client has closed its connection. */
  boolean isLeft() {
    return left.getCount() == 0;
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}
