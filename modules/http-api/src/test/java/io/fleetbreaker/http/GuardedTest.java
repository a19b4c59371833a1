package io.fleetbreaker.http;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.fleetbreaker.Ticker;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;

/** A server that asks for tokens, one of each role. */
abstract class GuardedTest extends HttpTest {
  static final String VIEWER = "viewer-token-0123456789-0123456789";
  static final String OPERATOR = "operator-token-0123456789-01234567";
  static final String ADMIN = "admin-token-0123456789-0123456789-";

  /** Tokens of all roles, and {@code more} settings of {@code fleetbreaker.http}. */
  static HttpSecurity guarded(String more) {
    return security(
        "auth.tokens = ["
            + entry("eve", "viewer", VIEWER)
            + ","
            + entry("otto", "operator", OPERATOR)
            + ","
            + entry("ada", "admin", ADMIN)
            + "]\n"
            + more);
  }

  static HttpSecurity security(String settings) {
    Config given = ConfigFactory.parseString(settings).atPath("fleetbreaker.http");
    return HttpSecurity.from(given.withFallback(ConfigFactory.load()));
  }

  static String entry(String name, String role, String token) {
    return "{ name = \""
        + name
        + "\", role = "
        + role
        + ", sha256 = \""
        + AccessToken.hashOf(token)
        + "\" }";
  }

  static HttpSettings settings(HttpSecurity security) {
    return new HttpSettings(LOOPBACK, Optional.empty(), 0, true, security);
  }

  @BeforeEach
  void askForTokens() throws Exception {
    serve(guarded(""));
  }

  /** In the place of the server there is. */
  final void serve(HttpSecurity security) throws Exception {
    serve(security, Ticker.system());
  }

  final void serve(HttpSecurity security, Ticker ticker) throws Exception {
    stopServer();
    server = start(worker, settings(security), ticker);
  }

  final HttpResponse<String> as(String token, String method, String path) throws Exception {
    return send(method, path, BodyPublishers.noBody(), "Authorization", "Bearer " + token);
  }
}
