package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.fleet.ResetOutcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who asks too much, or too slowly, or only holds on, is cut off, and the others are served. */
class LimitsTest extends GuardedTest {
  private static final int MANY = 5_000;

  /** Long enough to notice a cut by it, and less than the 30 s of an idle connection. */
  private static final Duration CUT = Duration.ofSeconds(20);

  private static final Duration LONGER_THAN_A_HEAD_MAY_TAKE = Duration.ofSeconds(21);

  /**
   * By which the server measures its limits: a test that stands still has lost no time. It goes on
   * with each look, since who came last is missed most.
   */
  private final AtomicLong now = new AtomicLong();

  @BeforeEach
  void measureByThatClock() throws Exception {
    serve(guarded(""), now::incrementAndGet);
  }

  private void headsAreOverdue() {
    now.addAndGet(LONGER_THAN_A_HEAD_MAY_TAKE.toNanos());
  }

  @Test
  void idleConnectionsKeepNobodyOut() throws Exception {
    List<SocketChannel> idle = new ArrayList<>();
    try {
      for (int i = 0; i < MANY; i++) {
        idle.add(
            SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port())));
        if (i % 1_000 == 0) {
          assertHealthIsAnswered();
        }
      }

      for (int i = 0; i < 20; i++) {
        assertHealthIsAnswered();
      }

      await().atMost(SOON).until(() -> server.connections().count() <= 1_024);
      await().atMost(SOON).until(() -> server.connections().ended() >= MANY - 1_024L);
      assertThat(as(VIEWER, "GET", "/status").statusCode()).isEqualTo(200);
    } finally {
      for (SocketChannel channel : idle) {
        channel.close();
      }
    }
    await().atMost(SOON).until(() -> server.connections().count() <= 1);
  }

  @Test
  void connectionsThatHaveBegunARequestKeepNobodyOutEither() throws Exception {
    List<SocketChannel> slow = new ArrayList<>();
    try {
      for (int i = 0; i < 1_500; i++) {
        SocketChannel channel =
            SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port()));
        channel.write(
            ByteBuffer.wrap("GET /status HTTP/1.1\r\nHost: l".getBytes(StandardCharsets.US_ASCII)));
        slow.add(channel);
      }

      assertHealthIsAnswered();
    } finally {
      for (SocketChannel channel : slow) {
        channel.close();
      }
    }
  }

  @Test
  void aHeadThatArrivesByteByByteIsCutOff() throws Exception {
    assertThat(isCutWhileSending("GET /status HTTP/1.1\r\nHost: localhost\r\nX: ", "a")).isTrue();

    assertThat(as(VIEWER, "GET", "/status").statusCode()).isEqualTo(200);
  }

  @Test
  void aBodyThatArrivesByteByByteIsCutOff() throws Exception {
    String head =
        RawHttp.head(
            "POST /reset/openai HTTP/1.1",
            "Host: localhost",
            "Authorization: Bearer " + OPERATOR,
            "Expect: 100-continue",
            "Content-Length: 10000");

    try (RawHttp connection = new RawHttp(port())) {
      connection.say(head);
      assertThat(connection.hearUntil("\r\n\r\n")).startsWith("HTTP/1.1 100 ");
      // A body has a time of its own.
      headsAreOverdue();
      Thread dribble = dribbling(connection);
      assertThat(connection.hearUntil("\r\n\r\n")).startsWith("HTTP/1.1 408 ");
      dribble.interrupt();
      dribble.join();
    }
    assertThat(worker.resets()).isZero();
  }

  @Test
  void aBodyOfWhomIsNotLetInIsCutOffToo() throws Exception {
    try (RawHttp connection = new RawHttp(port())) {
      connection.say(
          RawHttp.head("POST /reset/openai HTTP/1.1", "Host: localhost", "Content-Length: 10000"));
      Thread dribble = dribbling(connection);
      assertThat(connection.hearUntil("\r\n\r\n")).startsWith("HTTP/1.1 408 ");
      dribble.interrupt();
      dribble.join();
    }
  }

  @Test
  void anIdleConnectionIsClosedAfterItsAnswer() throws Exception {
    try (RawHttp connection = new RawHttp(port())) {
      connection.say("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
      assertThat(connection.hearUntil("}")).startsWith("HTTP/1.1 200 ");

      headsAreOverdue();

      assertThat(connection.hearToTheEnd()).isEmpty();
    }
  }

  @Test
  void aRequestThatIsBeingAnsweredIsNotCutOff() throws Exception {
    CompletableFuture<ResetOutcome> outcome = new CompletableFuture<>();
    worker.answerResetsWith(outcome);

    try (RawHttp connection = new RawHttp(port())) {
      connection.say(
          RawHttp.head(
              "POST /reset/openai HTTP/1.1",
              "Host: localhost",
              "Connection: close",
              "Authorization: Bearer " + OPERATOR));
      await().atMost(SOON).until(() -> worker.resets() == 1);
      // Another connection, which is younger, is.
      try (RawHttp idle = new RawHttp(port())) {
        await().atMost(SOON).until(() -> server.connections().count() == 2);
        headsAreOverdue();
        assertThat(idle.hearToTheEnd()).isEmpty();
      }
      outcome.complete(ResetOutcome.COMMITTED);

      assertThat(connection.hearToTheEnd()).startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void wrongTokensAreSoonNotHeardAndTakeNoMemory() throws Exception {
    int refused = 0;
    int limited = 0;
    for (int i = 0; i < 3_000; i++) {
      HttpResponse<String> response = as("wrong-" + i, "GET", "/status");
      refused += response.statusCode() == 401 ? 1 : 0;
      if (response.statusCode() == 429) {
        limited++;
        assertThat(json(response).get("type").textValue()).isEqualTo("/problems/rate-limited");
        assertThat(response.headers().firstValueAsLong("Retry-After").orElse(0)).isBetween(1L, 6L);
      }
    }

    assertThat(refused).isEqualTo(10);
    assertThat(limited).isEqualTo(2_990);
    assertThat(as(ADMIN, "GET", "/status").statusCode())
        .as("a right token, but guessed for all we know")
        .isEqualTo(429);
    assertThat(get("/health/live").statusCode()).isEqualTo(200);
    assertThat(get("/status").statusCode()).as("no token at all").isEqualTo(401);
  }

  @Test
  void whoWasLetInBeforeStaysIn() throws Exception {
    assertThat(as(OPERATOR, "GET", "/status").statusCode()).isEqualTo(200);
    for (int i = 0; i < 30; i++) {
      as("wrong-" + i, "GET", "/status");
    }

    assertThat(as("wrong", "GET", "/status").statusCode()).isEqualTo(429);
    assertThat(as(OPERATOR, "GET", "/status").statusCode()).isEqualTo(200);
    assertThat(as(VIEWER, "GET", "/status").statusCode()).isEqualTo(429);
  }

  @Test
  void changesAreLimitedForEachCaller() throws Exception {
    serve(guarded("limits.changes { per-minute = 1, burst = 3 }"), now::get);
    for (int i = 0; i < 3; i++) {
      assertThat(as(OPERATOR, "POST", "/reset/openai").statusCode()).isEqualTo(200);
    }

    HttpResponse<String> limited = as(OPERATOR, "POST", "/reset/openai");

    assertThat(limited.statusCode()).isEqualTo(429);
    assertThat(limited.headers().firstValueAsLong("Retry-After").orElse(0)).isBetween(1L, 60L);
    assertThat(worker.resets()).isEqualTo(3);
    assertThat(as(OPERATOR, "GET", "/status").statusCode()).isEqualTo(200);
    assertThat(as(ADMIN, "POST", "/reset/openai").statusCode()).as("another").isEqualTo(200);
  }

  @Test
  void aBombOfHeadersIsRefused() throws Exception {
    List<String> lines = new ArrayList<>(List.of("GET /status HTTP/1.1", "Host: localhost"));
    for (int i = 0; i < 2_000; i++) {
      lines.add("X-" + i + ": " + "a".repeat(500));
    }

    assertThat(answerTo(RawHttp.head(lines.toArray(new String[0])))).startsWith("HTTP/1.1 4");
    assertThat(answerTo("GET /status HTTP/1.1\r\nHost: localhost\r\nX: a\u0000b\r\n\r\n"))
        .startsWith("HTTP/1.1 400 ");
    assertThat(answerTo("GET /status HTTP/1.1\r\nHost: localhost\r\n Folded: x\r\nX: \r\r\n\r\n"))
        .startsWith("HTTP/1.1 4");
    assertHealthIsAnswered();
  }

  /** What was heard before the server hung up on a client that may still have been talking. */
  private String answerTo(String request) throws IOException {
    try (RawHttp connection = new RawHttp(port())) {
      try {
        connection.say(request);
      } catch (IOException hungUp) {
        // The answer may have come nevertheless.
      }
      return connection.hearUntil("\r\n\r\n");
    }
  }

  private void assertHealthIsAnswered() throws Exception {
    String request =
        RawHttp.head("GET /health/live HTTP/1.1", "Host: localhost", "Connection: close");
    assertThat(RawHttp.exchange(port(), request)).startsWith("HTTP/1.1 200 ");
  }

  private Thread dribbling(RawHttp connection) {
    Thread thread =
        new Thread(
            () -> {
              try {
                while (!Thread.currentThread().isInterrupted()) {
                  connection.say("x");
                  LockSupport.parkNanos(20_000_000);
                }
              } catch (IOException hungUp) {
                // As it should.
              }
            });
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /** Sends without end; whether the server hangs up. */
  private boolean isCutWhileSending(String begin, String more) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
      socket.setSoTimeout(20);
      socket.getOutputStream().write(begin.getBytes(StandardCharsets.US_ASCII));
      await().atMost(SOON).until(() -> server.connections().count() == 1);
      headsAreOverdue();
      long deadline = System.nanoTime() + CUT.toNanos();
      while (System.nanoTime() < deadline) {
        try {
          socket.getOutputStream().write(more.getBytes(StandardCharsets.US_ASCII));
          if (socket.getInputStream().read() < 0) {
            return true;
          }
        } catch (IOException e) {
          if (!(e instanceof SocketTimeoutException)) {
            return true;
          }
        }
      }
      return false;
    }
  }
}
