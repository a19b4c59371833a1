package io.fleetbreaker.cli.check;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Asks the fleet, with a new connection for every request: a balancer, or a kernel that spreads
 * connections, sends every request of one connection to the same worker. Safe for several threads.
 */
final class FleetClient {
  private static final int MOST_BYTES = 4 << 20;

  private final List<URI> urls;
  private final Duration readTimeout;
  private final Duration changeTimeout;
  private final Optional<String> token;
  private final Optional<SSLContext> tls;
  private final ObjectMapper json = new ObjectMapper();
  private final AtomicInteger next = new AtomicInteger();

  /**
   * A client for the fleet of these settings.
   *
   * @param readTimeout for questions, which can be asked again; a change may take all the time of
   *     the settings, because whoever gives it up does not know whether it happened
   */
  FleetClient(CheckSettings settings, Duration readTimeout) {
    this.urls = settings.urls();
    this.token = settings.token();
    this.tls = settings.tls();
    this.readTimeout = readTimeout;
    this.changeTimeout = settings.timeout();
  }

  /**
   * What came back.
   *
   * @param status the HTTP status
   * @param body the JSON, or a missing node if it is none
   * @param sentNanos when the request was sent, by this machine's monotonic clock
   * @param receivedNanos when the answer had begun to arrive
   */
  record Answer(int status, JsonNode body, long sentNanos, long receivedNanos) {
    /** What an error says about itself. */
    String problem() {
      if (status == 401) {
        return "HTTP 401: the fleet wants a token that it knows: set FLEETBREAKER_TOKEN, or name a"
            + " --token-file";
      }
      String detail = body.path("detail").asText(body.path("title").asText(""));
      return "HTTP " + status + (detail.isEmpty() ? "" : ": " + detail);
    }
  }

  Answer get(String path) throws IOException {
    return send("GET", path, readTimeout);
  }

  Answer post(String path) throws IOException {
    return send("POST", path, changeTimeout);
  }

  private Answer send(String method, String path, Duration timeout) throws IOException {
    URI url = urls.get(Math.floorMod(next.getAndIncrement(), urls.size()));
    String base = url.toString().replaceAll("/+$", "");
    HttpURLConnection connection =
        (HttpURLConnection) URI.create(base + path).toURL().openConnection();
    if (tls.isPresent() && connection instanceof HttpsURLConnection secured) {
      secured.setSSLSocketFactory(tls.get().getSocketFactory());
    }
    token.ifPresent(secret -> connection.setRequestProperty("Authorization", "Bearer " + secret));
    int timeoutMillis = Math.toIntExact(Math.max(1, timeout.toMillis()));
    connection.setConnectTimeout(timeoutMillis);
    connection.setReadTimeout(timeoutMillis);
    connection.setUseCaches(false);
    connection.setInstanceFollowRedirects(false);
    connection.setRequestProperty("Connection", "close");
    connection.setRequestProperty("Accept", "application/json");
    connection.setRequestMethod(method);
    if (method.equals("POST")) {
      connection.setDoOutput(true);
      // A fixed length also keeps the JDK from silently repeating a POST that failed.
      connection.setFixedLengthStreamingMode(0);
    }
    try {
      connection.connect();
      long sent = System.nanoTime();
      if (method.equals("POST")) {
        connection.getOutputStream().close();
      }
      int status = connection.getResponseCode();
      long received = System.nanoTime();
      return new Answer(status, body(connection, status), sent, received);
    } finally {
      connection.disconnect();
    }
  }

  private JsonNode body(HttpURLConnection connection, int status) throws IOException {
    try (@Nullable InputStream in =
        status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
      if (in == null) {
        return MissingNode.getInstance();
      }
      String text = new String(in.readNBytes(MOST_BYTES), StandardCharsets.UTF_8);
      JsonNode node = json.readTree(text);
      return node == null ? MissingNode.getInstance() : node;
    } catch (JsonProcessingException e) {
      return MissingNode.getInstance();
    }
  }
}
