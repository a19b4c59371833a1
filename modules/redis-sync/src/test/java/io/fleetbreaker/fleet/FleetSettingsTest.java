package io.fleetbreaker.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.fleetbreaker.ProviderSettings;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    assertThat(settings.reconcileInterval()).isEqualTo(Duration.ofSeconds(5));
    assertThat(settings.startWithoutRedis()).isTrue();
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
    assertThat(settings.providers().get(1).failureThreshold()).isEqualTo(3);
    assertThat(settings.providers().get(1).openDuration()).isEqualTo(Duration.ofSeconds(7));
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
        "fleetbreaker.redis.urll = x | unknown setting fleetbreaker.redis.urll = x",
        "fleetbreaker.redis.urll = x | known here: channel, connect-timeout",
        "fleetbreaker.reddis { } | unknown setting fleetbreaker.reddis",
        "fleetbreaker.providers.openai.treshold = 3 | unknown setting fleetbreaker.providers.openai.treshold = 3",
        "fleetbreaker.providers.openai.failure-threshold = 0 | failure-threshold must be at least 1, was 0 (providers.openai)",
        "fleetbreaker.providers.openai.failure-threshold = many | fleetbreaker.providers.openai.failure-threshold must be a whole number, was many",
        "fleetbreaker.providers.openai.open-duration = 0 s | open-duration must be at least 1 ms, was PT0S (providers.openai)",
        "fleetbreaker.providers.openai = 3 | fleetbreaker.providers.openai must be a section such as { failure-threshold = 3 }, was 3",
        "fleetbreaker.providers.\"bad/name\" {} | provider name must be 1 to 128 letters",
        "fleetbreaker.redis = 3 | fleetbreaker.redis must be a section",
        "fleetbreaker.redis.lock-wait = soon | fleetbreaker.redis.lock-wait must be a duration such as 500 ms or 2 s, was soon",
        "fleetbreaker.redis.lock-wait = 61 s | fleetbreaker.redis.lock-wait must be 0 s to 60 s, was 61 s",
        "fleetbreaker.redis.pong-timeout = 1 s | fleetbreaker.redis.pong-timeout must be 1001 ms to 120 s, was 1 s",
        "fleetbreaker.redis.state-ttl = 90 s | state-ttl must be at least twice the longest open-duration, was 90 s with 60 s (providers.openai)",
        "fleetbreaker.redis.prefix = \"a b\" | prefix must be 1 to 100 letters",
        "fleetbreaker.start-without-redis = perhaps | fleetbreaker.start-without-redis must be true or false, was perhaps",
      })
  void aBadSettingIsRefusedByKeyValueAndBound(String hocon, String message) {
    assertThatThrownBy(() -> read(hocon))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining(message);
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
