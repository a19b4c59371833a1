package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

class RequestBodyTest extends HttpTest {
  private static final int LIMIT = 64 * 1024;

  @Test
  void aBodyIsReadAndForgotten() throws Exception {
    for (int size : new int[] {1, 10_000, LIMIT}) {
      assertThat(send("POST", "/reset/openai", bytes(size)).statusCode()).isEqualTo(200);
      assertThat(send("POST", "/reset/openai", chunks(size)).statusCode()).isEqualTo(200);
      assertThat(send("GET", "/status", bytes(size)).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void aBodyOverTheLimitIsRefusedSoThatItsSenderHearsIt() throws Exception {
    for (BodyPublisher body :
        new BodyPublisher[] {
          bytes(LIMIT + 1), chunks(LIMIT + 1), bytes(1_000_000), chunks(1_000_000)
        }) {
      HttpResponse<String> response = send("POST", "/reset/openai", body);

      assertThat(RefusalsTest.problem(response, ProblemType.TOO_LARGE).get("detail").textValue())
          .isEqualTo("the request's body must be at most 65536 bytes");
    }
  }

  @Test
  void aBodyDeclaredFarTooLargeIsRefusedUnread() throws Exception {
    try (RawHttp connection = new RawHttp(port())) {
      connection.say(
          RawHttp.head(
              "POST /reset/openai HTTP/1.1", "Host: localhost", "Content-Length: 99999999999"));

      assertThat(connection.hearToTheEnd())
          .startsWith("HTTP/1.1 413 ")
          .containsIgnoringCase("Connection: close");
    }
  }

  @Test
  void whoAsksBeforeSendingIsRefusedBeforeSending() throws Exception {
    try (RawHttp connection = new RawHttp(port())) {
      connection.say(
          RawHttp.head(
              "POST /reset/openai HTTP/1.1",
              "Host: localhost",
              "Expect: 100-continue",
              "Content-Length: 65537"));

      assertThat(connection.hearUntil("\r\n")).startsWith("HTTP/1.1 413 ");
    }
  }

  @Test
  void whoAsksBeforeSendingIsToldToGoOn() throws Exception {
    try (RawHttp connection = new RawHttp(port())) {
      connection.say(
          RawHttp.head(
              "POST /reset/openai HTTP/1.1",
              "Host: localhost",
              "Expect: 100-continue",
              "Content-Length: 5",
              "Connection: close"));
      assertThat(connection.hearUntil("\r\n\r\n")).startsWith("HTTP/1.1 100 ");

      connection.say("hello");

      assertThat(connection.hearToTheEnd()).startsWith("HTTP/1.1 200 ");
    }
  }

  private static BodyPublisher bytes(int size) {
    return BodyPublishers.ofByteArray(new byte[size]);
  }

  private static BodyPublisher chunks(int size) {
    return BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(new byte[size]));
  }
}
