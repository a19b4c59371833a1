package io.fleetbreaker.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.OptionalInt;

/** Says to a server what no proper HTTP client would. */
final class RawHttp implements AutoCloseable {
  /** Less than the 30 s after which the server ends a connection on which nothing is said. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Socket socket;

  RawHttp(int port) throws IOException {
    this(port, OptionalInt.empty());
  }

  private RawHttp(int port, OptionalInt receiveBuffer) throws IOException {
    socket = new Socket();
    if (receiveBuffer.isPresent()) {
      // Before it connects: later the kernel would not make the window smaller.
      socket.setReceiveBufferSize(receiveBuffer.getAsInt());
    }
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    socket.setSoTimeout((int) PATIENCE.toMillis());
  }

  /** One for which the kernel takes but a few kilobytes that it does not read. */
  static RawHttp withSmallWindow(int port) throws IOException {
    return new RawHttp(port, OptionalInt.of(4_096));
  }

  /** The lines of a request's head, and the empty one that ends it. */
  static String head(String... lines) {
    return String.join("\r\n", lines) + "\r\n\r\n";
  }

  static String exchange(int port, String request) throws IOException {
    try (RawHttp connection = new RawHttp(port)) {
      connection.say(request);
      return connection.hearToTheEnd();
    }
  }

  void say(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().flush();
  }

  String hearToTheEnd() throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  String hearUntil(String end) throws IOException {
    StringBuilder heard = new StringBuilder();
    while (heard.indexOf(end) < 0) {
      int next = socket.getInputStream().read();
      if (next < 0) {
        throw new IOException("the server hung up after: " + heard);
      }
      heard.append((char) next);
    }
    return heard.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
