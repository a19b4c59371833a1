package io.fleetbreaker.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import com.typesafe.config.ConfigFactory;
import io.fleetbreaker.embedded.EmbeddedRedis;
import io.fleetbreaker.redis.FleetStore;
import io.fleetbreaker.redis.RedisStore;
import io.fleetbreaker.redis.StoreException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** No password is ever said, whatever goes wrong, at the most talkative log level. */
class SecretsTest {
  private static final String SECRET = "geheim4711";
  private static final String PREFIX = ", prefix = \"{flexiai}\"";
  private static final String RIGHT = "right0815";
  private static final Duration SOON = Duration.ofSeconds(60);
  private static EmbeddedRedis redis;

  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final Talk talk = new Talk();
  private final List<String> said = new ArrayList<>();

  /** Everything that is logged, at any level. */
  private static final class Talk extends ListAppender<ILoggingEvent> {
    synchronized String text() {
      StringBuilder all = new StringBuilder();
      for (ILoggingEvent event : list) {
        all.append(event.getFormattedMessage()).append('\n');
        if (event.getThrowableProxy() != null) {
          all.append(ThrowableProxyUtil.asString(event.getThrowableProxy()));
        }
      }
      return all.toString();
    }

    @Override
    protected synchronized void append(ILoggingEvent event) {
      super.append(event);
    }
  }

  @BeforeAll
  static void startRedis() {
    redis = EmbeddedRedis.start(0, List.of("--requirepass", RIGHT));
  }

  @AfterAll
  static void stopRedis() {
    redis.close();
  }

  @BeforeEach
  void listen() {
    talk.setContext(root.getLoggerContext());
    talk.start();
    root.addAppender(talk);
    for (String talkative : List.of("io.fleetbreaker", "redis.clients")) {
      root.getLoggerContext().getLogger(talkative).setLevel(Level.TRACE);
    }
  }

  @AfterEach
  void quieten() {
    root.detachAppender(talk);
    for (String talkative : List.of("io.fleetbreaker", "redis.clients")) {
      root.getLoggerContext().getLogger(talkative).setLevel(null);
    }
  }

  /** Lets everything fail that can, and notes what it says. */
  private void fail(String hocon, String problem) {
    FleetSettings settings =
        FleetSettings.from(
            ConfigFactory.parseString(
                    """
                    fleetbreaker {
                      providers.openai.failure-threshold = 1
                      start-wait = 200 ms
                      redis { connect-timeout = 200 ms, operation-timeout = 200 ms }
                      redis { ping-interval = 50 ms, pong-timeout = 300 ms }
                      redis { %s }
                    }
                    """
                        .formatted(hocon))
                .withFallback(ConfigFactory.defaultReference())
                .resolve());
    said.add(settings.toString());
    said.add(settings.redis() + " " + settings.redis().login() + settings.redis().sentinelLogin());
    try (RedisStore store = RedisStore.open(settings.redis())) {
      said.add(store.toString());
      said.add(store.health().toString());
      said.add(store.acquireLock("job", Duration.ZERO, Duration.ofSeconds(1)).toString());
      try {
        store.getState("openai");
      } catch (StoreException e) {
        StringWriter trace = new StringWriter();
        e.printStackTrace(new PrintWriter(trace));
        said.add(trace.toString());
      }
      FleetStore.Subscription subscription =
          store.subscribe(FleetStore.EventListener.of(event -> said.add(event.toString())));
      await().atMost(SOON).until(() -> talk.text().contains("no events from the fleet"));
      subscription.close();
    }
    try (Fleet fleet = Fleet.start(settings)) {
      fleet.breaker("openai").tryAcquire().orElseThrow().failure();
      await()
          .atMost(SOON)
          .until(
              () -> {
                // What is wrong with Redis may be another thing each time it is looked at.
                said.add(fleet.sync().toString());
                return said.get(said.size() - 1).contains(problem);
              });
      said.add(fleet.breaker("openai").view().toString());
    }

    assertThat(String.join("\n", said)).contains(problem).doesNotContain(SECRET, RIGHT);
    assertThat(talk.text()).contains(problem).doesNotContain(SECRET, RIGHT);
  }

  private static String at(String scheme, String login, int port, String rest) {
    return "uri = \"" + scheme + "://" + login + "127.0.0.1:" + port + rest + "\"";
  }

  @Test
  void aWrongPasswordIsNotSaid() {
    fail(at("redis", "fleet:" + SECRET + "@", redis.port(), "/15"), "WRONGPASS");
    fail(at("redis", "", redis.port(), "/15") + ", password = " + SECRET, "WRONGPASS");
  }

  @Test
  void aPasswordIsNotSaidWhenNobodyListens() {
    fail(at("redis", ":" + SECRET + "@", 1, ""), "Connection refused");
    fail(at("redis-cluster", ":" + SECRET + "@", 1, "") + PREFIX, "Connection refused");
  }

  @Test
  void aPasswordIsNotSaidWhenNobodyAnswers() throws IOException {
    try (ServerSocket mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      fail(at("redis", ":" + SECRET + "@", mute.getLocalPort(), ""), "Read timed out");
      fail(at("rediss", ":" + SECRET + "@", mute.getLocalPort(), ""), "Read timed out");
    }
  }

  @Test
  void aPasswordIsNotSaidByOrToSentinels() {
    String master = "?master=mymaster";
    String sentinel = ", sentinel.password = " + SECRET;
    fail(at("redis-sentinel", ":" + SECRET + "@", 1, master) + sentinel, "Connection refused");
    fail(at("redis-sentinel", "", redis.port(), master) + sentinel, "WRONGPASS");
    fail(at("redis-sentinel", "", redis.port(), master), "NOAUTH");
    fail(
        at("redis-sentinel", ":" + SECRET + "@", redis.port(), master)
            + ", sentinel.password = "
            + RIGHT,
        "unknown command");
  }
}
