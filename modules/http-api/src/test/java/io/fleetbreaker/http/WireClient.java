package io.fleetbreaker.http;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Sends what it is told to, legal or not, over a connection that it keeps while it can. */
final class WireClient implements AutoCloseable {
  private final int port;
  private @Nullable Socket socket;
  private @Nullable InputStream in;

  WireClient(int port) {
    this.port = port;
  }

  /** What came back. */
  record Answer(int status, Map<String, String> headers, String body) {
    String mediaType() {
      String type = headers.getOrDefault("content-type", "");
      int parameters = type.indexOf(';');
      return (parameters < 0 ? type : type.substring(0, parameters)).strip();
    }
  }

  /**
   * One request and its answer.
   *
   * @param upTo stop reading a body that does not end when it holds this; null to read it all
   */
  Answer exchange(byte[] request, boolean head, @Nullable String upTo) throws IOException {
    if (socket == null) {
      connect();
    }
    try {
      return attempt(request, head, upTo);
    } catch (IOException e) {
      // The server may have closed an idle connection, or closes after refusing a body.
      close();
      connect();
      return attempt(request, head, upTo);
    }
  }

  private void connect() throws IOException {
    Socket fresh = new Socket(InetAddress.getLoopbackAddress(), port);
    fresh.setSoTimeout((int) HttpTest.SOON.toMillis());
    fresh.setTcpNoDelay(true);
    socket = fresh;
    in = new BufferedInputStream(fresh.getInputStream());
  }

  private Answer attempt(byte[] request, boolean head, @Nullable String upTo) throws IOException {
    Socket connection = java.util.Objects.requireNonNull(socket);
    connection.getOutputStream().write(request);
    connection.getOutputStream().flush();
    String status = line();
    Map<String, String> headers = new TreeMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    String body = head ? "" : body(headers, upTo);
    if (upTo != null || "close".equalsIgnoreCase(headers.get("connection"))) {
      close();
    }
    return new Answer(Integer.parseInt(status.substring(9, 12)), headers, body);
  }

  private String body(Map<String, String> headers, @Nullable String upTo) throws IOException {
    InputStream from = java.util.Objects.requireNonNull(in);
    if (headers.containsKey("content-length")) {
      return new String(
          from.readNBytes(Integer.parseInt(headers.get("content-length"))), StandardCharsets.UTF_8);
    }
    if ("chunked".equals(headers.get("transfer-encoding"))) {
      StringBuilder text = new StringBuilder();
      while (upTo == null || text.indexOf(upTo) < 0) {
        int size = Integer.parseInt(line(), 16);
        text.append(new String(from.readNBytes(size), StandardCharsets.UTF_8));
        line();
        if (size == 0) {
          break;
        }
      }
      return text.toString();
    }
    return "";
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = read(); next != '\n'; next = read()) {
      line.write(next);
    }
    return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
  }

  private int read() throws IOException {
    int next = java.util.Objects.requireNonNull(in).read();
    if (next < 0) {
      throw new EOFException("the server hung up");
    }
    return next;
  }

  @Override
  public void close() throws IOException {
    if (socket != null) {
      socket.close();
      socket = null;
    }
  }
}
