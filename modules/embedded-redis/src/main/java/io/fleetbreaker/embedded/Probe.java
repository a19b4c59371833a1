package io.fleetbreaker.embedded;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Asks a server on the loopback address whether it serves and who it is, without a client. */
final class Probe {
  private static final int TIMEOUT_MILLIS = 500;
  private static final int MOST_LINES = 200;

  private Probe() {}

  /**
   * Who answers.
   *
   * @param pid its process id, if it may tell
   * @param version for people; empty if it may not tell
   */
  record Identity(Optional<Long> pid, String version) {}

  /** The server's identity, or empty if it does not answer PING (yet). */
  static Optional<Identity> ask(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      String pong = command(socket, in, "PING");
      if (pong.startsWith("-NOAUTH")) {
        return Optional.of(new Identity(Optional.empty(), ""));
      }
      return pong.equals("+PONG") ? Optional.of(identity(socket, in)) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Identity identity(Socket socket, BufferedReader in) throws IOException {
    Map<String, String> info = new HashMap<>();
    // A bulk reply: its length, its lines, an empty line.
    String line = command(socket, in, "INFO server");
    for (int i = 0; i < MOST_LINES && !line.isEmpty() && !line.startsWith("-"); i++) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        info.put(line.substring(0, colon), line.substring(colon + 1));
      }
      line = readLine(in);
    }
    String valkey = info.get("valkey_version");
    String redis = info.getOrDefault("redis_version", "of unknown version");
    return new Identity(
        Optional.ofNullable(info.get("process_id")).map(Long::valueOf),
        valkey == null ? "Redis " + redis : "Valkey " + valkey);
  }

  private static String command(Socket socket, BufferedReader in, String text) throws IOException {
    socket.getOutputStream().write((text + "\r\n").getBytes(StandardCharsets.UTF_8));
    return readLine(in);
  }

  private static String readLine(BufferedReader in) throws IOException {
    String line = in.readLine();
    if (line == null) {
      throw new IOException("closed");
    }
    return line;
  }
}
