package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Under which names the server answers, and to which pages. */
class TrustTest extends GuardedTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "LOCALHOST:1",
        "127.0.0.1:80",
        "127.9.9.9",
        "[::1]",
        "[::1]:8000",
        "localhost."
      })
  void thisHostIsTrusted(String host) throws Exception {
    assertThat(status("/status", "Host: " + host)).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "localhost.evil.example",
        "evil.example:8000",
        "192.0.2.7",
        "0",
        "2130706433",
        "0x7f.1",
        "[2001:db8::1]",
        "127.0.0.1.evil.example",
        "xn--localhst-9va",
        "a.localhost"
      })
  void otherNamesAreNot(String host) throws Exception {
    String answer = exchange("/status", "Host: " + host);

    assertThat(answer).startsWith("HTTP/1.1 421 ").contains("/problems/untrusted-host");
    assertThat(status("/health/live", "Host: " + host)).as("a probe").isEqualTo(200);
    assertThat(status("/health/ready", "Host: " + host)).as("a probe").isEqualTo(200);
    assertThat(status("/metrics", "Host: " + host)).as("a scraper").isEqualTo(421);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Host:",
        "Host: ",
        "Host: a b",
        "Host: localhost\r\nHost: localhost",
        "Host: localhost\r\nHost: evil.example",
        "Host: localhost:99999999",
        "Host: localhost:-1",
        "Host: user@localhost",
        "Host: localhost/x",
        "Host: [::1",
        "Host: localhost, evil.example",
        "Host: \u00e9vil.example",
        "X-Forwarded-Host: localhost",
        "Host: evil.example\r\nX-Forwarded-Host: localhost\r\nForwarded: host=localhost"
      })
  void aHostThatSaysNothingIsRefused(String headers) throws Exception {
    String answer = exchange("/status", headers);

    assertThat(answer).matches("(?s)HTTP/1.1 (400|421) .*").contains("problem+json");
    assertThat(status("/status", "Host: localhost")).as("the next caller").isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://evil.example/status", "http://evil.example:80/status"})
  void aTargetWithAHostOfItsOwnMustBeTrustedToo(String target) throws Exception {
    assertThat(exchange(target, "Host: localhost")).matches("(?s)HTTP/1.1 (400|421) .*");
    assertThat(exchange(target, "Host: evil.example")).matches("(?s)HTTP/1.1 (400|421) .*");
  }

  @Test
  void aTargetWithTheTrustedHostIsServed() throws Exception {
    assertThat(status("http://localhost/status", "Host: localhost")).isEqualTo(200);
  }

  @Test
  void configuredNamesAreTrusted() throws Exception {
    serve(guarded("allowed-hosts = [Breakers.example, \"*.svc.cluster.local\", 192.0.2.7]"));

    for (String host :
        List.of(
            "breakers.example:8000", "a.b.svc.cluster.local", "BREAKERS.EXAMPLE", "192.0.2.7")) {
      assertThat(status("/status", "Host: " + host)).as(host).isEqualTo(200);
    }
    for (String host :
        List.of("x.breakers.example", "svc.cluster.local", "evilsvc.cluster.local", "192.0.2.8")) {
      assertThat(status("/status", "Host: " + host)).as(host).isEqualTo(421);
    }
  }

  @Test
  void aStarTrustsEveryName() throws Exception {
    serve(guarded("allowed-hosts = \"*\""));

    assertThat(status("/status", "Host: anything.example")).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "http://evil.example",
        "http://localhost.evil.example",
        "https://localhost",
        "http://localhost:1",
        "http://127.0.0.1",
        "",
        "???",
        "http://localhost/",
        "localhost",
        "http://user@localhost",
        "file://",
        "mailto:x",
        "http://localhost http://evil.example",
        "http://localhost\r\nOrigin: http://localhost"
      })
  void aPageOfAnotherOriginIsRefusedWhateverItAsksFor(String origin) throws Exception {
    for (String method : List.of("GET", "POST", "OPTIONS", "DELETE")) {
      String answer = exchangeBy(method, "/reset/openai", "Host: localhost", "Origin: " + origin);

      assertThat(answer)
          .as(method)
          .startsWith("HTTP/1.1 403 ")
          .contains("/problems/untrusted-origin")
          .doesNotContainIgnoringCase("access-control-");
    }
    assertThat(worker.resets()).isZero();
  }

  @Test
  void thisServersOwnPageIsServed() throws Exception {
    int port = port();
    for (String host : List.of("localhost:" + port, "127.0.0.1:" + port, "[::1]:" + port)) {
      assertThat(status("/status", "Host: " + host, "Origin: http://" + host)).isEqualTo(200);
    }
    assertThat(status("/status", "Host: localhost:80", "Origin: http://localhost")).isEqualTo(200);
    assertThat(status("/status", "Host: localhost", "Origin: HTTP://LOCALHOST:80")).isEqualTo(200);
    assertThat(exchangeBy("POST", "/reset/openai", "Host: localhost", "Origin: http://localhost"))
        .startsWith("HTTP/1.1 200 ");
  }

  @Test
  void aPageBehindAProxyIsNamedByThePublicUrl() throws Exception {
    serve(guarded("public-url = \"https://ops.example\""));

    assertThat(status("/status", "Host: ops.example", "Origin: https://ops.example"))
        .isEqualTo(200);
    assertThat(status("/status", "Host: localhost", "Origin: https://ops.example:443"))
        .isEqualTo(200);
    assertThat(status("/status", "Host: localhost", "Origin: https://ops.example:8443"))
        .isEqualTo(403);
  }

  @Test
  void aChangeThatABrowserCallsCrossSiteIsRefused() throws Exception {
    assertThat(exchangeBy("POST", "/reset/openai", "Host: localhost", "Sec-Fetch-Site: cross-site"))
        .startsWith("HTTP/1.1 403 ");
    assertThat(status("/status", "Host: localhost", "Sec-Fetch-Site: cross-site"))
        .as("a link from another page")
        .isEqualTo(200);
  }

  private int status(String target, String... headers) throws Exception {
    return Integer.parseInt(exchange(target, headers).substring(9, 12));
  }

  private String exchange(String target, String... headers) throws Exception {
    return exchangeBy("GET", target, headers);
  }

  private String exchangeBy(String method, String target, String... headers) throws Exception {
    List<String> lines = new ArrayList<>(List.of(method + " " + target + " HTTP/1.1"));
    List.of(headers).stream().filter(header -> !header.isEmpty()).forEach(lines::add);
    lines.addAll(List.of("Connection: close", "Authorization: Bearer " + ADMIN));
    return RawHttp.exchange(port(), RawHttp.head(lines.toArray(new String[0])));
  }
}
