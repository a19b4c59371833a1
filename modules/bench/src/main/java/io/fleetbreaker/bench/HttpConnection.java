package io.fleetbreaker.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Locale;

/**
 * One connection to a worker that is kept for many requests, and costs this machine little beside
 * the server that is measured. Not thread-safe.
 */
final class HttpConnection implements AutoCloseable {
  private static final int LONGEST_WAIT_MILLIS = 30_000;

  private final Socket socket;
  private final InputStream in;

  private HttpConnection(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
  }

  static HttpConnection open(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(LONGEST_WAIT_MILLIS);
    return new HttpConnection(socket);
  }

  /** An answer that has a body of a known length. */
  record Answer(int status, String body) {
    boolean isGood() {
      return status == 200;
    }
  }

  Answer get(String path) throws IOException {
    String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(ISO_8859_1));
    String status = line();
    int length = -1;
    for (String line = line(); !line.isEmpty(); line = line()) {
      if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        length = Integer.parseInt(line.substring(line.indexOf(':') + 1).trim());
      }
    }
    if (length < 0) {
      throw new IOException(path + " was answered without a length: " + status);
    }
    byte[] body = in.readNBytes(length);
    if (body.length < length) {
      throw new EOFException("the worker has ended the connection within an answer");
    }
    return new Answer(Integer.parseInt(status.split(" ", 3)[1]), new String(body, UTF_8));
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder(64);
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("the worker has closed the connection");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
