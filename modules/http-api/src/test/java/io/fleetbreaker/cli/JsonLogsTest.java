package io.fleetbreaker.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fleetbreaker.cli.supervise.WorkerSignal;
import java.io.BufferedReader;
import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;
import org.slf4j.event.KeyValuePair;

class JsonLogsTest {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
  private static final String HOSTILE =
      "a \"quote\", a \\, \n{\"level\":\"FORGED\"}\r\u001b[31m\u0000";

  private static LoggingEvent event(String message, Throwable failure) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    LoggingEvent event =
        new LoggingEvent(
            "test",
            context.getLogger("io.fleetbreaker.Test"),
            Level.WARN,
            "{}: said",
            failure,
            new Object[] {message});
    event.addKeyValuePair(new KeyValuePair("provider", "open\"ai"));
    return event;
  }

  @Test
  void anEventIsOneLineThatParsesWhateverItSays() throws Exception {
    JsonLogEncoder encoder = new JsonLogEncoder();
    encoder.setContext((LoggerContext) LoggerFactory.getILoggerFactory());
    encoder.start();

    String text =
        new String(
            encoder.encode(event(HOSTILE, new IllegalStateException(HOSTILE))),
            StandardCharsets.UTF_8);

    assertThat(text).endsWith("\n");
    assertThat(text.strip().lines()).hasSize(1);
    JsonNode line = JSON.readTree(text);
    assertThat(line.path("formattedMessage").asText()).isEqualTo(HOSTILE + ": said");
    assertThat(line.path("level").asText()).isEqualTo("WARN");
    assertThat(line.path("loggerName").asText()).isEqualTo("io.fleetbreaker.Test");
    assertThat(line.path("provider").asText()).isEqualTo("open\"ai");
    assertThat(Instant.parse(line.path("time").asText()).toEpochMilli())
        .isEqualTo(line.path("timestamp").asLong());
    assertThat(line.at("/throwable/message").asText()).isEqualTo(HOSTILE);
  }

  /** The shipped logback.xml, in a context of its own. */
  private static LoggerContext shipped(String format) throws Exception {
    LoggerContext context = new LoggerContext();
    context.setMDCAdapter(((LoggerContext) LoggerFactory.getILoggerFactory()).getMDCAdapter());
    if (!format.isEmpty()) {
      context.putProperty("FLEETBREAKER_LOG_FORMAT", format);
    }
    JoranConfigurator configurator = new JoranConfigurator();
    configurator.setContext(context);
    configurator.doConfigure(JsonLogsTest.class.getResource("/logback.xml"));
    return context;
  }

  private static ConsoleAppender<ILoggingEvent> onlyAppender(LoggerContext context) {
    List<ch.qos.logback.core.Appender<ILoggingEvent>> all =
        StreamSupport.stream(
                ((Iterable<ch.qos.logback.core.Appender<ILoggingEvent>>)
                        () -> context.getLogger("ROOT").iteratorForAppenders())
                    .spliterator(),
                false)
            .toList();
    assertThat(all).hasSize(1);
    return (ConsoleAppender<ILoggingEvent>) all.get(0);
  }

  @Test
  void theFormatIsChosenByTheVariable() throws Exception {
    assertThat(onlyAppender(shipped("json")).getEncoder()).isInstanceOf(JsonLogEncoder.class);
    assertThat(onlyAppender(shipped("text")).getEncoder())
        .isInstanceOf(LayoutWrappingEncoder.class);
    assertThat(onlyAppender(shipped("")).getEncoder()).isInstanceOf(LayoutWrappingEncoder.class);
  }

  @Test
  void aMessageInTextIsOneLine() throws Exception {
    LoggerContext context = shipped("text");
    PatternLayout layout =
        (PatternLayout)
            ((LayoutWrappingEncoder<ILoggingEvent>) onlyAppender(context).getEncoder()).getLayout();

    String line = layout.doLayout(event(HOSTILE, null));

    assertThat(line.stripTrailing().chars()).noneMatch(Character::isISOControl);
    assertThat(line).contains("FORGED").endsWith("\n");
  }

  @Test
  void anyOtherFormatIsRefused() {
    Ran ran = Ran.of(java.util.Map.of(), "serve", "--log-format", "xml");

    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.err())
        .isEqualTo("error: fleetbreaker.log-format must be text or json, was xml\n");
  }

  @Test
  void whatASupervisorSaysOfItsWorkersParsesToo() throws Exception {
    StringWriter out = new StringWriter();
    JsonLines lines =
        new JsonLines(
            new Terminal(new PrintWriter(out, true), new PrintWriter(new StringWriter(), true)));

    lines.onLine(1, "{\"level\":\"INFO\",\"formattedMessage\":\"hello\",\"worker\":\"forged\"}");
    lines.onLine(2, "{not json");
    lines.onLine(3, "WARNING: a JVM's \"warning\" \u001b[31m");
    lines.onLine(4, "[1, 2]");
    lines.onReady(1, new WorkerSignal.Ready(4711, List.of(8001)));
    lines.onRestart(2, "ended with code 1", Duration.ofMillis(500));
    lines.onNotice("all 4 workers serve");

    List<JsonNode> read = new CopyOnWriteArrayList<>();
    for (String line : out.toString().lines().toList()) {
      read.add(JSON.readTree(line));
    }
    assertThat(read).hasSize(7).allMatch(JsonNode::isObject);
    assertThat(read)
        .extracting(line -> line.path("formattedMessage").asText())
        .startsWith("hello", "{not json", "WARNING: a JVM's \"warning\" \u001b[31m", "[1, 2]");
    assertThat(read)
        .extracting(line -> line.path("worker").asInt(-1))
        .containsExactly(1, 2, 3, 4, 1, 2, -1);
  }

  /** Without the tests' own configuration of the log. */
  private static String shippedClassPath() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(entry -> !entry.endsWith("test-classes"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  @Test
  @Timeout(300)
  void aRealFleetLogsOnlyJson() throws Exception {
    Process fleet =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-cp",
                shippedClassPath(),
                "io.fleetbreaker.cli.FleetbreakerCommand",
                "serve",
                "--workers",
                "1",
                "--port",
                "0",
                "--demo-endpoints",
                "--log-format",
                "json")
            .redirectErrorStream(true)
            .start();
    List<String> lines = new CopyOnWriteArrayList<>();
    Thread reader =
        new Thread(
            () -> {
              BufferedReader in = fleet.inputReader(StandardCharsets.UTF_8);
              in.lines().forEach(lines::add);
            });
    reader.start();
    try {
      await()
          .atMost(Duration.ofSeconds(90))
          .until(() -> lines.stream().anyMatch(line -> line.contains("workers serve")));
      String url =
          lines.stream()
              .filter(line -> line.contains("workers serve"))
              .findFirst()
              .orElseThrow()
              .replaceFirst(".*curl (http://\\S+)/status.*", "$1");
      HttpRequest trip =
          HttpRequest.newBuilder(URI.create(url + "/trigger-failure/openai"))
              .POST(BodyPublishers.noBody())
              .build();
      assertThat(HttpClient.newHttpClient().send(trip, BodyHandlers.ofString()).statusCode())
          .isEqualTo(200);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> lines.stream().anyMatch(line -> line.contains("CLOSED -> OPEN")));
    } finally {
      fleet.destroy();
      assertThat(fleet.waitFor(60, TimeUnit.SECONDS)).isTrue();
      reader.join(60_000);
    }
    for (String line : lines) {
      JsonNode read = JSON.readTree(line);
      assertThat(read.path("formattedMessage").isTextual()).as(line).isTrue();
      assertThat(read.path("time").isTextual()).as(line).isTrue();
    }
    JsonNode opened =
        JSON.readTree(
            lines.stream().filter(l -> l.contains("CLOSED -> OPEN")).findFirst().orElseThrow());
    assertThat(opened.path("provider").asText()).isEqualTo("openai");
    assertThat(opened.path("worker").asInt()).isEqualTo(1);
    assertThat(lines).anyMatch(line -> line.contains("subscribed: "));
  }
}
