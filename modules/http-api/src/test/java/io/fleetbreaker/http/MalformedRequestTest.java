package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is not a request gets a problem too, and the next caller gets an answer. */
class MalformedRequestTest extends HttpTest {
  static List<Arguments> malformed() {
    return List.of(
        Arguments.of(400, request("/%zz")),
        Arguments.of(505, request("/sta tus")),
        Arguments.of(400, "GET /status HTTP/1.1\r\n\r\n"),
        Arguments.of(505, request("/status").replace("1.1", "9.9")),
        Arguments.of(501, request("/status").replace("GET", "BREW")),
        Arguments.of(414, request("/" + "a".repeat(20_000))),
        Arguments.of(431, request("/status", "X-Long: " + "a".repeat(9_000))),
        Arguments.of(400, request("/status", "Bad Name: x")),
        Arguments.of(400, request("/status", "X-Control: \u0001")),
        Arguments.of(400, "\u0000\u0001\u0002".repeat(20) + "\r\n\r\n"));
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void bytesThatAreNoRequestGetAProblem(int status, String request) throws Exception {
    String answer = RawHttp.exchange(port(), request);

    assertThat(answer)
        .startsWith("HTTP/1.1 " + status + " ")
        .contains("application/problem+json")
        .contains("\"status\":" + status)
        .contains("\"worker_id\":\"" + PID + "\"")
        .doesNotContain("\tat ");
    assertThat(get("/status").statusCode()).as("the next caller").isEqualTo(200);
  }

  @Test
  void headersThatMakeNoSenseAreIgnored() throws Exception {
    String request =
        request(
            "/status",
            "Accept: ;;;,,",
            "Cookie: =",
            "If-Modified-Since: yesterday",
            "Range: bytes=9-1",
            "Authorization: \"",
            "X-Empty:",
            "Content-Type: nonsense");

    assertThat(RawHttp.exchange(port(), request)).startsWith("HTTP/1.1 200 ");
  }

  @Test
  void aBodyOfTwoLengthsIsRefused() throws Exception {
    String request = request("/status", "Content-Length: 4", "Content-Length: 9") + "abcd";

    assertThat(RawHttp.exchange(port(), request))
        .startsWith("HTTP/1.1 400 ")
        .contains("application/problem+json");
  }

  private static String request(String path, String... headers) {
    List<String> lines =
        new ArrayList<>(
            List.of("GET " + path + " HTTP/1.1", "Host: localhost", "Connection: close"));
    lines.addAll(List.of(headers));
    return RawHttp.head(lines.toArray(new String[0]));
  }
}
