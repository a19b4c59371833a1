package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.fleetbreaker.Ticker;
import io.fleetbreaker.embedded.EmbeddedRedis;
import io.fleetbreaker.fleet.Fleet;
import io.fleetbreaker.fleet.FleetSettings;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * No token, hash or password is in an answer, in an event, in the text of what holds one, or in a
 * log line, down to the finest level that any logger has.
 */
class SecretsTest extends GuardedTest {
  private static final String WRONG = "wrong-token-98765432109876543210987654";
  private static final String PASSWORD = "pass-of-redis-31415926535";

  private final Log log = new Log();

  @TempDir Path directory;

  /** Everything that this process logs. */
  private static final class Log extends AppenderBase<ILoggingEvent> {
    private final Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private Level before = Level.WARN;

    void open() {
      before = root.getLevel();
      setContext(root.getLoggerContext());
      start();
      // In the place of the console, which the finest level would flood.
      root.iteratorForAppenders()
          .forEachRemaining(appender -> appender.addFilter(new WarningsOnly()));
      root.setLevel(Level.TRACE);
      root.addAppender(this);
    }

    void close() {
      root.detachAppender(this);
      root.setLevel(before);
      root.iteratorForAppenders().forEachRemaining(appender -> appender.clearAllFilters());
      stop();
    }

    @Override
    protected void append(ILoggingEvent event) {
      String thrown =
          event.getThrowableProxy() == null
              ? ""
              : ThrowableProxyUtil.asString(event.getThrowableProxy());
      lines.add(
          event.getLevel()
              + " "
              + event.getLoggerName()
              + " "
              + event.getFormattedMessage()
              + " "
              + thrown);
    }

    private static final class WarningsOnly extends Filter<ILoggingEvent> {
      @Override
      public FilterReply decide(ILoggingEvent event) {
        return event.getLevel().isGreaterOrEqual(Level.WARN)
            ? FilterReply.NEUTRAL
            : FilterReply.DENY;
      }
    }
  }

  @BeforeEach
  void listen() {
    log.open();
  }

  @AfterEach
  void listenNoMore() {
    log.close();
  }

  @Test
  void noTokenOrHashIsInAnswersOrLogs() throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("tokens.conf"),
            "fleetbreaker.http.auth.tokens = [" + entry("eve", "viewer", VIEWER) + "]");
    Path broken = Files.writeString(directory.resolve("broken.conf"), "a = [" + OPERATOR);
    serve(security("auth.tokens-file = \"" + file + "\"\nlimits.failed-logins.burst = 100"));
    List<String> told = new ArrayList<>();

    for (String path : paths()) {
      for (String token : List.of(VIEWER, WRONG)) {
        for (String method : List.of("GET", "POST")) {
          told.add(text(as(token, method, path)));
        }
        told.add(text(send("GET", path, BodyPublishers.noBody(), "Authorization", token)));
      }
    }
    Files.writeString(file, Files.readString(broken));
    worker.failWith(() -> new IllegalStateException("a fault"));
    await(() -> log.lines.stream().anyMatch(line -> line.contains("stays in use")), told);

    assertThat(told).anyMatch(answer -> answer.startsWith("200 "));
    assertThat(told).anyMatch(answer -> answer.startsWith("401 "));
    assertThat(told).anyMatch(answer -> answer.startsWith("403 "));
    assertThat(told).anyMatch(answer -> answer.startsWith("500 "));
    assertThat(log.lines).anyMatch(line -> line.contains("a wrong token was shown"));
    LoggerFactory.getLogger(HttpServer.class).trace("down to here");
    assertThat(log.lines).anyMatch(line -> line.startsWith("TRACE ") && line.contains("down to"));
    holdNothing(told, VIEWER, WRONG, OPERATOR);
    holdNothing(log.lines, VIEWER, WRONG, OPERATOR);
  }

  /** The files of tokens are looked at once a second, and only when somebody asks. */
  private void await(Callable<Boolean> condition, List<String> told) {
    org.awaitility.Awaitility.await()
        .atMost(SOON)
        .until(
            () -> {
              told.add(text(as(VIEWER, "GET", "/status")));
              return condition.call();
            });
  }

  @Test
  void noPasswordOfRedisIsInAnswersOrLogsWhetherItIsRefusedOrNobodyIsThere() throws Exception {
    List<String> told = new ArrayList<>();
    try (EmbeddedRedis redis = EmbeddedRedis.start()) {
      String address = redis.uri().getHost() + ":" + redis.uri().getPort();
      for (String where : List.of(address, "127.0.0.1:1")) {
        Config config =
            ConfigFactory.parseString(
                    "fleetbreaker { redis.uri = \"redis://nobody:"
                        + PASSWORD
                        + "@"
                        + where
                        + "\", providers { openai { priority = 1 } }, start-wait = 2 s }")
                .withFallback(ConfigFactory.load());
        FleetSettings settings = FleetSettings.from(config);
        ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "secrets", config);
        try (Fleet fleet = Fleet.start(settings, system)) {
          HttpServer fleetServer =
              resultOf(
                  HttpServer.start(system, fleet, HttpSettings.from(config, Optional.empty(), 0)));
          org.awaitility.Awaitility.await()
              .atMost(SOON)
              .until(() -> !fleet.sync().problem().isEmpty());
          for (String path : paths()) {
            told.add(
                text(
                    client.send(
                        request(
                                fleetServer.boundPorts().own(),
                                "GET",
                                path,
                                BodyPublishers.noBody())
                            .build(),
                        HttpResponse.BodyHandlers.ofString())));
          }
          told.add(settings.toString());
          resultOf(fleetServer.stop(java.time.Duration.ofSeconds(1)));
        } finally {
          system.terminate();
        }
      }
    }

    assertThat(told).anyMatch(answer -> answer.startsWith("503 "));
    assertThat(log.lines).anyMatch(line -> line.contains("RedisSyncActor"));
    holdNothing(told, PASSWORD);
    holdNothing(log.lines, PASSWORD);
  }

  @Test
  void theTextOfWhatHoldsASecretDoesNotHoldIt() {
    HttpSecurity security = guarded("");
    Logins logins = new Logins(security, Ticker.system());

    List<String> texts =
        Stream.of(
                security,
                security.tokens().get(0),
                settings(security),
                new TokenBook(security, Ticker.system()),
                logins,
                logins.login("Bearer " + VIEWER, "192.0.2.1"),
                logins.login("Bearer " + WRONG, "192.0.2.1"))
            .map(Object::toString)
            .toList();

    assertThat(texts.get(1)).contains("eve");
    holdNothing(texts, VIEWER, WRONG);
  }

  private static List<String> paths() {
    return List.of(
        "/status",
        "/providers",
        "/health",
        "/health/ready",
        "/metrics",
        "/reset/openai",
        "/api/v1/providers",
        "/api/v1/providers/openai",
        "/api/v1/providers/openai/trip",
        "/api/v1/operations/openai/op-1",
        "/api/v1/workers",
        "/api/v1/fleet",
        "/api/v1/history",
        "/api/v1/me",
        "/nowhere");
  }

  private static String text(HttpResponse<String> response) {
    return response.statusCode() + " " + response.headers().map() + " " + response.body();
  }

  private static void holdNothing(List<String> texts, String... secrets) {
    for (String secret : secrets) {
      String hash = AccessToken.hashOf(secret);
      assertThat(texts).noneMatch(text -> text.contains(secret) || text.contains(hash));
    }
  }
}
