package io.fleetbreaker.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.fleetbreaker.CallWindow;
import io.fleetbreaker.OpenTime;
import io.fleetbreaker.Outcome;
import io.fleetbreaker.OutcomeClassifier;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.TripCondition;
import io.fleetbreaker.TripPolicy;
import io.fleetbreaker.redis.RedisLogin;
import io.fleetbreaker.redis.RedisSettings;
import io.fleetbreaker.redis.RedisTls;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FleetSettingsTest {
  private static FleetSettings read(String hocon) {
    Config config =
        ConfigFactory.parseString("fleetbreaker { providers { openai {} } }\n" + hocon)
            .withFallback(ConfigFactory.defaultReference())
            .resolve();
    return FleetSettings.from(config);
  }

  @Test
  void theReferenceHoldsTheDocumentedDefaults() {
    FleetSettings settings = read("");

    ProviderSettings openai = settings.providers().get(0);
    assertThat(openai).isEqualTo(ProviderSettings.defaults("openai"));
    assertThat(settings.redis().uri()).hasToString("redis://127.0.0.1:6379");
    assertThat(settings.redis().channel()).isEqualTo("flexiai:events");
    assertThat(settings.sync().reconcileInterval()).isEqualTo(Duration.ofSeconds(5));
    assertThat(settings.heartbeatInterval()).isEqualTo(Duration.ofSeconds(5));
    assertThat(settings.startWithoutRedis()).isTrue();
  }

  @Test
  void heartbeatsAreNeitherTooOftenNorTooSeldom() {
    assertThat(read("fleetbreaker.heartbeat-interval = 60 s").heartbeatInterval())
        .isEqualTo(Duration.ofSeconds(60));
    for (String bad : new String[] {"999 ms", "61 s"}) {
      assertThatThrownBy(() -> read("fleetbreaker.heartbeat-interval = " + bad))
          .isInstanceOf(SettingsException.class)
          .hasMessageStartingWith(
              "fleetbreaker.heartbeat-interval must be 1 s to 60 s, was " + bad);
      assertThatThrownBy(
              () ->
                  read("")
                      .withHeartbeatInterval(
                          ConfigFactory.parseString("d = " + bad).getDuration("d")))
          .isInstanceOf(SettingsException.class)
          .hasMessage("fleetbreaker.heartbeat-interval must be 1 s to 60 s, was " + bad);
    }
  }

  @Test
  void providersAreOrderedByPriorityAndInheritDefaults() {
    FleetSettings settings =
        read(
            """
            fleetbreaker {
              provider-defaults.open-duration = 7 s
              providers {
                b { priority = 2 }
                a { priority = 2, failure-threshold = 3 }
                "x.y" { priority = 1 }
              }
            }
            """);

    assertThat(settings.providers())
        .extracting(ProviderSettings::name)
        .containsExactly("x.y", "a", "b", "openai");
    assertThat(settings.providers().get(1).tripPolicy().failuresThatOpen()).isEqualTo(3);
    assertThat(settings.providers().get(1).openDuration()).isEqualTo(Duration.ofSeconds(7));
  }

  @Test
  void everyTripPolicyCanBeConfigured() {
    ProviderSettings openai =
        read("""
                fleetbreaker.providers.openai {
                  failure-threshold = off
                  failure-count { threshold = 10, window = 30 s }
                  failure-rate { threshold = 50, minimum-calls = 40, window = 100 calls }
                  slow-call-rate { threshold = 33.3, slower-than = 2 s }
                  open-duration = 1 s
                  open-duration-multiplier = 2
                  open-duration-max = 1 m
                  open-duration-jitter = 0.2
                  open-duration-reset-after = 2 m
                }
                """)
            .providers()
            .get(0);

    assertThat(openai.tripPolicy())
        .isEqualTo(
            TripPolicy.anyOf(
                new TripCondition.FailureCount(10, Duration.ofSeconds(30)),
                new TripCondition.FailureRate(50, 40, CallWindow.calls(100)),
                new TripCondition.SlowCallRate(
                    33.3, Duration.ofSeconds(2), 20, CallWindow.time(Duration.ofSeconds(60)))));
    assertThat(openai.openTime())
        .isEqualTo(
            new OpenTime(
                Duration.ofSeconds(1), 2, Duration.ofMinutes(1), 0.2, Duration.ofMinutes(2)));
  }

  @Test
  void exceptionsAreToldApartByTheirClassNames() {
    OutcomeClassifier classifier =
        read("""
                fleetbreaker.providers.openai {
                  ignored-exceptions = [java.io.FileNotFoundException]
                  failure-exceptions = [java.io.IOException]
                }
                """)
            .providers()
            .get(0)
            .classifier();

    assertThat(classifier.ofException(new IOException("down")).kind())
        .isEqualTo(Outcome.Kind.FAILURE);
    assertThat(classifier.ofException(new FileNotFoundException()).kind())
        .isEqualTo(Outcome.Kind.IGNORED);
    assertThat(classifier.ofException(new IllegalStateException()).kind())
        .isEqualTo(Outcome.Kind.IGNORED);
  }

  @Test
  void theChannelFollowsThePrefixUnlessItIsNamed() {
    assertThat(read("fleetbreaker.redis.prefix = mine").redis().channel()).isEqualTo("mine:events");
    assertThat(read("fleetbreaker.redis.channel = other").redis().channel()).isEqualTo("other");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "fleetbreaker.redis.urll = x | unknown setting fleetbreaker.redis.urll (String: 2); known here: channel, connect-timeout",
        "fleetbreaker.reddis { } | unknown setting fleetbreaker.reddis",
        "fleetbreaker.providers.openai.treshold = 3 | unknown setting fleetbreaker.providers.openai.treshold = 3",
        "fleetbreaker.providers.openai.failure-threshold = 0 | failure-threshold must be at least 1, was 0 (providers.openai)",
        "fleetbreaker.providers.openai.failure-threshold = many | fleetbreaker.providers.openai.failure-threshold must be a whole number, was many",
        "fleetbreaker.providers.openai.open-duration = 0 s | open-duration must be at least 1 ms, was PT0S (providers.openai)",
        "fleetbreaker.providers.openai.failure-threshold = off | nothing would ever open this breaker: set at least one of failure-threshold",
        "fleetbreaker.providers.openai.failure-count.threshold = 0 | failure-count.threshold must be at least 1, was 0 (providers.openai)",
        "fleetbreaker.providers.openai.failure-count { threshold = 5, window = 10 ms } | failure-count.window must be at least 100 ms, was 10 ms (providers.openai)",
        "fleetbreaker.providers.openai.failure-rate.threshold = 101 | failure-rate.threshold must be above 0 and at most 100 percent, was 101.0 (providers.openai)",
        "fleetbreaker.providers.openai.failure-rate { threshold = 50, window = 0 calls } | failure-rate.window must be at least 1, was 0 (providers.openai)",
        "fleetbreaker.providers.openai.failure-rate { threshold = 50, window = 10 ms } | failure-rate.window must be at least 100 ms, was 10 ms (providers.openai)",
        "fleetbreaker.providers.openai.slow-call-rate { threshold = 50, window = 10001 calls } | slow-call-rate.window must be at most 10000, was 10001 (providers.openai)",
        "fleetbreaker.providers.openai.failure-rate { threshold = 50, window = often } | fleetbreaker.providers.openai.failure-rate.window must be a number of calls such as 100 calls, or a time such as 60 s, was often",
        "fleetbreaker.providers.openai.failure-rate { threshold = 50, window = 100 } | fleetbreaker.providers.openai.failure-rate.window must be a number of calls such as 100 calls, or a time such as 60 s, was 100",
        "fleetbreaker.providers.openai.slow-call-rate { threshold = 50, window = [100] } | fleetbreaker.providers.openai.slow-call-rate.window must be a number of calls such as 100 calls, or a time such as 60 s, was [100]",
        "fleetbreaker.providers.openai.failure-rate { threshold = 50, minimum-calls = 20, window = 10 calls } | failure-rate.minimum-calls must be at most 10, was 20 (providers.openai)",
        "fleetbreaker.providers.openai.failure-rate.treshold = 50 | unknown setting fleetbreaker.providers.openai.failure-rate.treshold = 50",
        "fleetbreaker.providers.openai.slow-call-rate { threshold = 50, slower-than = 0 s } | slow-call-rate.slower-than must be at least 1 ms, was PT0S (providers.openai)",
        "fleetbreaker.providers.openai.open-duration-multiplier = 0.5 | open-duration-multiplier must be at least 1.0, was 0.5 (providers.openai)",
        "fleetbreaker.providers.openai.open-duration-jitter = 0.6 | open-duration-jitter must be at most 0.5, was 0.6 (providers.openai)",
        "fleetbreaker.providers.openai.ignored-exceptions = [java.io.IOException, a.b.C] | fleetbreaker.providers.openai.ignored-exceptions must name exception classes on the class path, was a.b.C (",
        "fleetbreaker.providers.openai.failure-exceptions = [java.io.IOException, java.lang.String] | fleetbreaker.providers.openai.failure-exceptions must name classes of exceptions, was java.lang.String (",
        "fleetbreaker.providers.openai = 3 | fleetbreaker.providers.openai must be a section such as { failure-threshold = 3 }, was 3",
        "fleetbreaker.providers.\"bad/name\" {} | provider name must be 1 to 128 letters",
        "fleetbreaker.redis.tls.verify = perhaps | fleetbreaker.redis.tls.verify must be full or none, was perhaps",
        "fleetbreaker.redis.uri = \"redis-cluster://a,b\" | write prefix = \"{flexiai}\", was 'flexiai'",
        "fleetbreaker.redis = 3 | fleetbreaker.redis must be a section",
        "fleetbreaker.redis.lock-wait = soon | fleetbreaker.redis.lock-wait must be a duration with a unit such as 500 ms or 2 s, was soon",
        "fleetbreaker.redis.lock-wait = 61 s | fleetbreaker.redis.lock-wait must be 0 s to 60 s, was 61 s",
        "fleetbreaker.redis.pong-timeout = 1 s | fleetbreaker.redis.pong-timeout must be 1001 ms to 120 s, was 1 s",
        "fleetbreaker.redis.state-ttl = 90 s | state-ttl must be at least twice the longest open time that open-duration-max allows, was 90 s with 600 s (providers.openai)",
        "fleetbreaker.redis.prefix = \"a b\" | prefix must be 1 to 100 letters",
        "fleetbreaker.start-without-redis = perhaps | fleetbreaker.start-without-redis must be true or false, was perhaps",
      })
  void aBadSettingIsRefusedByKeyValueAndBound(String hocon, String message) {
    assertThatThrownBy(() -> read(hocon))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"60", "\"60\"", "\" 60 \"", "2.5", "-1"})
  void aDurationWithoutAUnitIsRefused(String value) {
    String key = "fleetbreaker.providers.openai.open-duration";

    assertThatThrownBy(() -> read(key + " = " + value))
        .isInstanceOf(SettingsException.class)
        .hasMessageStartingWith(key + " must be a duration with a unit such as 500 ms or 2 s, was ")
        .hasMessageEndingWith(value.replace("\"", "") + " (String: 2)");
  }

  @Test
  void theMillisOfAWindowAreNotGuessed() {
    assertThatThrownBy(
            () ->
                read("fleetbreaker.providers.openai.failure-count { threshold = 5, window = 300 }"))
        .hasMessageContaining(
            "failure-count.window must be a duration with a unit such as 500 ms or 2 s, was 300");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "\"0\"", "0.0", "0 s"})
  void aDurationOfZeroNeedsNoUnit(String zero) {
    assertThat(read("fleetbreaker.start-wait = " + zero).startWait()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "failure-threshold, 2.9",
    "failure-threshold, '\"2.9\"'",
    "priority, 1.5",
    "half-open-max-calls, 1.5",
    "success-threshold, 0.5"
  })
  void aFractionIsNoWholeNumber(String key, String fraction) {
    assertThatThrownBy(() -> read("fleetbreaker.providers.openai." + key + " = " + fraction))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining(
            key + " must be a whole number, was " + fraction.replace("\"", "") + " (");
  }

  @ParameterizedTest
  @ValueSource(strings = {"3", "3.0", "\"3\""})
  void aWholeNumberMayBeWrittenInManyWays(String three) {
    ProviderSettings openai =
        read("fleetbreaker.providers.openai.failure-threshold = " + three).providers().get(0);

    assertThat(openai.tripPolicy().failuresThatOpen()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({
    "window = 10 calls, 10",
    "window = 30 calls, 20",
    "window = 30 s, 20",
    "'window = 10 calls, minimum-calls = 5', 5"
  })
  void anInheritedMinimumIsAtMostTheWindowOfCalls(String given, int minimum) {
    TripPolicy policy =
        read("""
            fleetbreaker.providers.openai {
              failure-threshold = off
              failure-rate { threshold = 50, %1$s }
              slow-call-rate { threshold = 50, %1$s }
            }
            """
                .formatted(given))
            .providers()
            .get(0)
            .tripPolicy();

    assertThat(policy.conditions())
        .extracting(
            condition ->
                condition instanceof TripCondition.FailureRate rate
                    ? rate.minimumCalls()
                    : ((TripCondition.SlowCallRate) condition).minimumCalls())
        .containsExactly(minimum, minimum);
  }

  @Test
  void aRefusalSaysWhereTheValueStands() {
    assertThatThrownBy(() -> read("fleetbreaker.start-wait = 2 h"))
        .hasMessageEndingWith("was 2 h (String: 2)");
  }

  @Test
  void aBadUriIsNotRepeatedBecauseItMayHoldAPassword() {
    assertThatThrownBy(() -> read("fleetbreaker.redis.uri = \"redis://u:geheim@[h\""))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("fleetbreaker.redis")
        .hasMessageNotContaining("geheim");
    assertThatThrownBy(() -> read("fleetbreaker.redis.uri = \"http://u:geheim@h\""))
        .isInstanceOf(SettingsException.class)
        .hasMessageNotContaining("geheim");
  }

  @Test
  void aBadUriInCodeIsNotRepeatedEither() {
    assertThatThrownBy(
            () -> FleetSettings.of("redis://:geheim%@h", ProviderSettings.defaults("openai")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasNoCause()
        .hasMessageContaining("fleetbreaker.redis.uri must be redis://")
        .hasMessageNotContaining("geheim");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "redis = \"redis://:geheim@h\"",
        "redis-uri = \"redis://:geheim@h\"",
        "reddis.uri = \"redis://:geheim@h\"",
        "password = geheim",
        "providers.openai.redis-password = geheim",
        "http.uri = \"redis://:geheim@h\"",
      })
  void aSecretInTheWrongPlaceIsNotRepeated(String hocon) {
    assertThatThrownBy(() -> read("fleetbreaker." + hocon))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("fleetbreaker.")
        .hasMessageNotContaining("geheim");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "uri = [\"redis://u:geheim@h\"]",
        "password = { text = geheim }",
        "pasword = geheim",
        "sentinel = geheim",
        "sentinel.pass = geheim",
        "sentinel.password = geheim",
        "tls.key = geheim",
      })
  void noRefusalOfARedisSettingRepeatsASecret(String hocon) {
    assertThatThrownBy(() -> read("fleetbreaker.redis." + hocon))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("fleetbreaker.redis")
        .hasMessageNotContaining("geheim");
  }

  @Test
  void aUserAndAPasswordMayStandApartFromTheUri() {
    RedisSettings redis =
        read("fleetbreaker.redis { user = fleet, password = geheim, sentinel.password = s2,"
                + " uri = \"rediss-sentinel://a,b?master=m\", tls { ca-file = ca.pem } }")
            .redis();

    assertThat(redis.login()).isEqualTo(new RedisLogin("fleet", "geheim"));
    assertThat(redis.sentinelLogin()).isEqualTo(new RedisLogin("", "s2"));
    assertThat(redis.tls()).isEqualTo(RedisTls.trusting("ca.pem"));
    assertThat(redis.toString() + redis.login() + redis.sentinelLogin())
        .doesNotContain("geheim", "s2");
  }

  @Test
  void aFileForTlsThatCannotBeReadStopsTheStart() {
    FleetSettings settings =
        read("fleetbreaker.redis { uri = \"rediss://h\", tls.ca-file = nowhere.pem }");

    assertThatThrownBy(() -> Fleet.start(settings))
        .isInstanceOf(SettingsException.class)
        .hasMessage(
            "fleetbreaker.redis: tls.ca-file must name a readable file, was nowhere.pem (redis):"
                + " NoSuchFileException");
  }

  @Test
  void aFleetWithoutProvidersIsRefused() {
    Config none = ConfigFactory.defaultReference().resolve();

    assertThatThrownBy(() -> FleetSettings.from(none))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("names no provider");
  }

  @Test
  void settingsShowNoPassword() {
    FleetSettings settings = read("fleetbreaker.redis.uri = \"redis://u:geheim@h:1/2\"");

    assertThat(settings.toString()).doesNotContain("geheim");
  }
}
