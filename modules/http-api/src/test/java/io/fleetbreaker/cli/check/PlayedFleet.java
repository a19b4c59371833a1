package io.fleetbreaker.cli.check;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A fleet behind a balancer that picks at random, as seen over HTTP; with faults on demand. Nobody
 * is picked again before everybody was: so few answers, on a busy machine, show all workers.
 */
final class PlayedFleet implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService threads = Executors.newFixedThreadPool(4);
  private final List<Member> members = new ArrayList<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Random random = new Random(42);
  private final Deque<Member> round = new ArrayDeque<>();
  private boolean demoEndpoints = true;
  private boolean resets = true;
  private String redisConnected = "true";
  private boolean keptConnection;
  private String token = "";
  private Duration changesTake = Duration.ZERO;

  /** One worker, which is open if its moment has come and it was not reset since. */
  private static final class Member {
    private final String id;
    private long delayNanos;
    private boolean follows = true;
    private long opensAt = Long.MAX_VALUE;
    private int failures;

    Member(String id) {
      this.id = id;
    }

    boolean isOpen(long now) {
      return opensAt != Long.MAX_VALUE && now - opensAt >= 0;
    }

    String breaker(long now) {
      long since = isOpen(now) ? opensAt : now - 5_000_000_000L;
      return "{\"state\": \"%s\", \"failure_count\": %d, \"last_failure\": null, \"state_age_ms\": %s}"
          .formatted(isOpen(now) ? "open" : "closed", failures, (now - since) / 1e6);
    }
  }

  PlayedFleet(int workers) throws IOException {
    for (int i = 0; i < workers; i++) {
      members.add(new Member(String.valueOf(12345 + i)));
    }
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** Each worker but the origin opens so long after it. */
  synchronized PlayedFleet withDelay(Duration delay) {
    members.forEach(member -> member.delayNanos = delay.toNanos());
    return this;
  }

  /** The last worker never follows. */
  synchronized PlayedFleet withDeafWorker() {
    members.get(members.size() - 1).follows = false;
    return this;
  }

  synchronized PlayedFleet withoutDemoEndpoints() {
    demoEndpoints = false;
    return this;
  }

  synchronized PlayedFleet withToken(String wanted) {
    token = wanted;
    return this;
  }

  /** Trips and resets are answered so much later. */
  synchronized PlayedFleet withSlowChanges(Duration delay) {
    changesTake = delay;
    return this;
  }

  synchronized PlayedFleet withoutRedis() {
    redisConnected = "false";
    return this;
  }

  synchronized PlayedFleet withoutReset() {
    resets = false;
    return this;
  }

  synchronized PlayedFleet alreadyOpen() {
    members.forEach(member -> member.opensAt = System.nanoTime());
    return this;
  }

  synchronized long open() {
    return members.stream().filter(member -> member.isOpen(System.nanoTime())).count();
  }

  /** Whether any request asked to keep its connection. */
  synchronized boolean keptConnection() {
    return keptConnection;
  }

  private void answer(HttpExchange exchange) {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String close = exchange.getRequestHeaders().getFirst("Connection");
      byte[] body;
      int status = 200;
      synchronized (this) {
        keptConnection |= !"close".equals(close);
        Member member = picked();
        String text =
            switch (path) {
              case "/status" -> status(member);
              case "/health" ->
                  "{\"instance\": \"host:%s\", \"redis_connected\": %s, \"sync\": \"degraded\"}"
                      .formatted(member.id, redisConnected);
              case "/trigger-failure/openai" -> demoEndpoints ? trigger(member) : "";
              case "/reset/openai" -> reset(member);
              default -> "";
            };
        status = text.isEmpty() ? 404 : 200;
        String shown = exchange.getRequestHeaders().getFirst("Authorization");
        if (!token.isEmpty() && !("Bearer " + token).equals(shown)) {
          status = 401;
          text = "{\"detail\": \"this needs a token\"}";
        }
        body =
            (text.isEmpty() ? "{\"detail\": \"no such route\"}" : text)
                .getBytes(StandardCharsets.UTF_8);
      }
      if (exchange.getRequestMethod().equals("POST")) {
        ended.await(changesTake().toNanos(), TimeUnit.NANOSECONDS);
      }
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized Duration changesTake() {
    return changesTake;
  }

  private Member picked() {
    if (round.isEmpty()) {
      List<Member> shuffled = new ArrayList<>(members);
      Collections.shuffle(shuffled, random);
      round.addAll(shuffled);
    }
    return round.pop();
  }

  private String status(Member member) {
    long now = System.nanoTime();
    String providers =
        List.of("openai", "anthropic").stream()
            .map(
                name ->
                    "{\"name\": \"%s\", \"priority\": 1, \"circuit_breaker\": %s}"
                        .formatted(
                            name,
                            name.equals("openai")
                                ? member.breaker(now)
                                : "{\"state\": \"closed\", \"failure_count\": 0}"))
            .collect(Collectors.joining(", "));
    return "{\"worker_id\": \"%s\", \"instance\": \"host:%s\", \"providers\": [%s], \"sync\": \"ok\"}"
        .formatted(member.id, member.id, providers);
  }

  private String trigger(Member origin) {
    long now = System.nanoTime();
    for (Member member : members) {
      if (member == origin) {
        member.opensAt = now;
        member.failures = 5;
      } else if (member.follows) {
        member.opensAt = now + member.delayNanos;
      }
    }
    return "{\"worker_id\": \"%s\", \"instance\": \"host:%s\", \"circuit_breaker\": %s}"
        .formatted(origin.id, origin.id, origin.breaker(now));
  }

  private String reset(Member member) {
    for (Member each : members) {
      if (resets || each == member) {
        each.opensAt = Long.MAX_VALUE;
        each.failures = 0;
      }
    }
    return "{\"worker_id\": \"%s\", \"new_state\": \"closed\"}".formatted(member.id);
  }

  @Override
  public void close() {
    ended.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
