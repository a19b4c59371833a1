package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HeadersTest extends GuardedTest {
  private static final Map<String, String> EXPECTED =
      Map.of(
          "content-security-policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
              + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
          "x-content-type-options",
          "nosniff",
          "referrer-policy",
          "no-referrer",
          "x-frame-options",
          "DENY",
          "cross-origin-resource-policy",
          "same-origin",
          "cross-origin-opener-policy",
          "same-origin",
          "cache-control",
          "no-store",
          "x-fleetbreaker-worker",
          PID);

  @Test
  void everyAnswerHasThemOnce() throws Exception {
    assertHas(200, as(ADMIN, "GET", "/status"));
    assertHas(200, as(ADMIN, "HEAD", "/status"));
    assertHas(200, as(ADMIN, "GET", "/metrics"));
    assertHas(200, get("/health/live"));
    assertHas(200, get("/problems/forbidden"));
    assertHas(401, get("/status"));
    assertHas(403, as(VIEWER, "POST", "/reset/openai"));
    assertHas(403, get("/health/live", "Origin", "http://evil.example"));
    assertHas(404, as(ADMIN, "GET", "/nowhere"));
    assertHas(405, as(ADMIN, "DELETE", "/status"));
    assertHas(
        413,
        send(
            "POST",
            "/reset/openai",
            BodyPublishers.ofString("a".repeat(100_000)),
            "Authorization",
            "Bearer " + ADMIN));
    worker.failWith(() -> new IllegalStateException("broken"));
    assertHas(500, as(ADMIN, "GET", "/status"));
  }

  @Test
  void soHasWhatIsNoRequest() throws Exception {
    for (String request :
        List.of(
            "GET /%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            "GET /status HTTP/1.1\r\n\r\n",
            RawHttp.head("GET /status HTTP/1.1", "Host: evil", "Connection: close"))) {
      String answer = RawHttp.exchange(port(), request);

      EXPECTED.forEach(
          (name, value) -> assertThat(answer).containsIgnoringCase(name + ": " + value + "\r\n"));
    }
  }

  @Test
  void withoutTlsNothingIsSaidOfIt() throws Exception {
    assertThat(get("/health/live").headers().firstValue("Strict-Transport-Security")).isEmpty();
  }

  @Test
  void noAnswerSetsACookieOrAllowsAnotherOrigin() throws Exception {
    HttpResponse<String> response = as(ADMIN, "OPTIONS", "/status");

    assertThat(response.headers().map().keySet())
        .noneMatch(name -> name.startsWith("access-control") || name.equals("set-cookie"));
  }

  private static void assertHas(int status, HttpResponse<String> response) {
    assertThat(response.statusCode()).isEqualTo(status);
    EXPECTED.forEach(
        (name, value) -> assertThat(response.headers().allValues(name)).containsExactly(value));
  }
}
