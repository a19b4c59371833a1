package io.fleetbreaker.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code watch} and {@code history --follow}, against a server that plays a stream of events. */
class WatchTest {
  private static final String FLEET =
      "{\"worker_id\":\"1\",\"sync\":{\"mode\":\"ok\"},\"workers\":{\"alive\":4,\"lost\":0},"
          + "\"providers\":[{\"name\":\"openai\",\"state\":\"closed\",\"reason\":\"started\"}]}";

  /** What each stream sends, one after the other; {@code CUT} ends the stream. */
  private final BlockingQueue<String> script = new LinkedBlockingQueue<>();

  private final List<String> lastIds = new CopyOnWriteArrayList<>();
  private final AtomicInteger refusal = new AtomicInteger();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final AtomicInteger code = new AtomicInteger(-1);
  private final ScriptedServer server;
  private Thread running;

  WatchTest() throws IOException {
    server = new ScriptedServer(this::answer);
  }

  @AfterEach
  void stop() throws InterruptedException {
    if (running != null) {
      running.interrupt();
      running.join(30_000);
    }
    server.close();
  }

  private void answer(HttpExchange exchange) throws IOException, InterruptedException {
    String path = exchange.getRequestURI().getPath();
    if (path.equals("/api/v1/fleet")) {
      ScriptedServer.send(exchange, 200, "application/json", FLEET);
    } else if (path.equals("/api/v1/history")) {
      ScriptedServer.send(
          exchange, 200, "application/json", "{\"entries\":[" + entry("7-0", "old") + "]}");
    } else if (refusal.get() > 0) {
      ScriptedServer.send(
          exchange, refusal.get(), "application/problem+json", "{\"detail\":\"no\"}");
    } else {
      lastIds.add(String.valueOf(exchange.getRequestHeaders().getFirst("Last-Event-ID")));
      exchange.getResponseHeaders().set("Content-Type", "text/event-stream; charset=utf-8");
      exchange.sendResponseHeaders(200, 0);
      String next = "event: hello\ndata: {}\n\n";
      while (!next.equals("CUT")) {
        exchange.getResponseBody().write(next.getBytes(StandardCharsets.UTF_8));
        exchange.getResponseBody().flush();
        next = script.poll(30, TimeUnit.SECONDS);
        if (next == null) {
          return;
        }
      }
    }
  }

  private static String entry(String id, String reason) {
    return "{\"id\":\""
        + id
        + "\",\"at\":\"2026-11-22T02:15:49.364548Z\",\"provider\":\"openai\",\"from\":\"closed\","
        + "\"to\":\"open\",\"worker_id\":\"host-a:5486:1:x\",\"reason\":\""
        + reason
        + "\"}";
  }

  private static String transition(String id, String reason) {
    return "id: " + id + "\nevent: transition\ndata: " + entry(id, reason) + "\n\n";
  }

  private void start(String... args) {
    Terminal terminal = new Terminal(new PrintWriter(out, true), new PrintWriter(err, true));
    String[] all = new String[args.length + 2];
    System.arraycopy(args, 0, all, 0, args.length);
    all[args.length] = "--url";
    all[args.length + 1] = server.url();
    running =
        new Thread(
            () -> code.set(FleetbreakerCommand.commandLine(terminal, Map.of()).execute(all)));
    running.start();
  }

  private void awaitOut(String text) {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(out.toString()).contains(text));
  }

  @Test
  void theStateIsShownAndThenALineForEachTransition() {
    start("watch");
    awaitOut("all 1 providers are closed".replace("all 1 providers are", "the provider is"));

    script.add(transition("8-0", "5 consecutive failures"));

    awaitOut(
        "2026-11-22 02:15:49.364  openai: closed -> open: 5 consecutive failures (host-a:5486)");
    assertThat(out.toString()).doesNotContain("\u001b");
  }

  @Test
  void aLostStreamIsSaidAndGoesOnAfterTheLastEvent() {
    start("watch");
    script.add(transition("8-0", "first"));
    awaitOut("first");

    script.add("CUT");
    awaitOut("DISCONNECTED: ");
    script.add(transition("9-0", "second"));

    awaitOut("connected again");
    awaitOut("second");
    assertThat(lastIds).containsExactly("null", "8-0");
    assertThat(out.toString().split("DISCONNECTED", -1)).hasSize(2);
  }

  @Test
  void whatIsThisWorkersAloneAndTheSyncAreTold() {
    start("watch");
    script.add(
        "event: local\ndata: {\"name\":\"openai\",\"state\":\"open\",\"shared\":false,"
            + "\"reason\":\"alone\"}\n\n");
    script.add(
        "event: local\ndata: {\"name\":\"openai\",\"state\":\"open\",\"shared\":true,"
            + "\"reason\":\"told twice\"}\n\n");
    script.add("event: sync\ndata: {\"mode\":\"degraded\",\"problem\":\"redis is away\"}\n\n");
    script.add("id: 9-0\nevent: gap\ndata: " + FLEET + "\n\n");

    awaitOut("openai: open (not confirmed by the fleet): alone");
    awaitOut("sync DEGRADED: redis is away");
    awaitOut("some transitions were missed; the fleet now:");
    assertThat(out.toString()).doesNotContain("told twice");
  }

  @Test
  void jsonIsOneLineForEachEvent() throws Exception {
    start("watch", "--json");
    script.add(": heartbeat\n\n" + transition("8-0", "two\\nlines"));
    awaitOut("two");

    List<String> lines = out.toString().lines().toList();
    assertThat(lines).hasSize(2);
    assertThat(new ObjectMapper().readTree(lines.get(0)).path("event").asText()).isEqualTo("hello");
    assertThat(new ObjectMapper().readTree(lines.get(1)).at("/data/reason").asText())
        .isEqualTo("two\nlines");
  }

  @Test
  void aRefusalOnTheWayEndsIt() {
    start("watch");
    awaitOut("the provider is closed");

    refusal.set(401);
    script.add("CUT");

    await().atMost(Duration.ofSeconds(30)).untilAtomic(code, org.hamcrest.Matchers.is(1));
    assertThat(err.toString()).contains("wants a token");
  }

  @Test
  void hostileEventsDoNoHarm() {
    start("watch");
    script.add("event: transition\ndata: no json\n\nevent: transition\ndata: [1]\n\n");
    script.add("data: {}\nretry: soon\nnonsense\n\n");
    script.add(transition("8-0", "\\u001b[2J\\u202e"));

    awaitOut("\\u001b[2J\\u202e");
    assertThat(out.toString()).doesNotContain("\u001b");
  }

  @Test
  void historyFollowsFromItsLastEntry() {
    start("history", "--follow");
    awaitOut("old");

    script.add(transition("8-0", "new"));

    awaitOut("openai: closed -> open: new");
    assertThat(lastIds).containsExactly("7-0");
  }
}
