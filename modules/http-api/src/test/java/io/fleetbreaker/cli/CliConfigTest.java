package io.fleetbreaker.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.fleetbreaker.fleet.FleetSettings;
import io.fleetbreaker.fleet.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CliConfigTest {
  private static final Config REFERENCE =
      ConfigFactory.parseString(
          """
          fleetbreaker {
            redis { uri = "redis://localhost:6379", prefix = flexiai, channel = null }
            reconcile-interval = 5s
            http { host = 127.0.0.1, port = 8000, demo-endpoints = false }
          }
          """);
  private static final Config NO_FLAGS = ConfigFactory.empty();

  @TempDir Path directory;

  @Test
  void aloneItHasTheProvidersOfTheCommandLine() {
    CliConfig config = CliConfig.load(REFERENCE, Optional.empty(), Map.of(), NO_FLAGS);

    Config providers = config.resolved().getConfig("fleetbreaker.providers");
    assertThat(providers.root().keySet()).containsExactlyInAnyOrder("openai", "anthropic");
    assertThat(providers.getInt("openai.failure-threshold")).isEqualTo(3);
    assertThat(providers.getInt("anthropic.priority")).isEqualTo(2);
    assertThat(config.namedRedis()).isEmpty();
    assertThat(config.port()).isEqualTo(8000);
  }

  @Test
  void aFileThatNamesProvidersReplacesThem() throws IOException {
    Path file = file("fleetbreaker.providers { stripe { priority = 1 } }");

    CliConfig config = CliConfig.load(REFERENCE, Optional.of(file), Map.of(), NO_FLAGS);

    assertThat(config.resolved().getConfig("fleetbreaker.providers").root().keySet())
        .containsExactly("stripe");
  }

  @Test
  void flagsWinOverTheEnvironmentAndThatOverTheFile() throws IOException {
    Path file = file("fleetbreaker { reconcile-interval = 1s, http { host = h1, port = 1 } }");
    Map<String, String> environment =
        Map.of("FLEETBREAKER_HTTP_HOST", "h2", "FLEETBREAKER_HTTP_PORT", "2");
    Config flags = ConfigFactory.parseString("fleetbreaker.http.port = 3");

    CliConfig config = CliConfig.load(REFERENCE, Optional.of(file), environment, flags);

    assertThat(config.resolved().getDuration("fleetbreaker.reconcile-interval")).hasSeconds(1);
    assertThat(config.host()).isEqualTo("h2");
    assertThat(config.port()).isEqualTo(3);
    assertThat(config.demoEndpoints()).isFalse();
  }

  @Test
  void aVariableSetsAnySettingAlsoOfAConfiguredProvider() {
    Map<String, String> environment =
        Map.of(
            "FLEETBREAKER_PROVIDERS_OPENAI_FAILURE_THRESHOLD", "7",
            "FLEETBREAKER_PROVIDERS_OPENAI_FAILURE_RATE_THRESHOLD", "50",
            "FLEETBREAKER_REDIS_URI", "redis://r:1",
            "FLEETBREAKER_REDIS_CHANNEL", "c",
            "FLEETBREAKER_RECONCILE_INTERVAL", "");

    CliConfig config = CliConfig.load(REFERENCE, Optional.empty(), environment, NO_FLAGS);

    Config resolved = config.resolved();
    assertThat(resolved.getInt("fleetbreaker.providers.openai.failure-threshold")).isEqualTo(7);
    assertThat(resolved.getDouble("fleetbreaker.providers.openai.failure-rate.threshold"))
        .isEqualTo(50);
    assertThat(resolved.getString("fleetbreaker.redis.channel")).isEqualTo("c");
    assertThat(resolved.getDuration("fleetbreaker.reconcile-interval")).hasSeconds(5);
    assertThat(config.namedRedis()).contains("redis://r:1");
    assertThat(config.notes()).isEmpty();
  }

  @Test
  void aDurationInAVariableNeedsItsUnitToo() {
    Map<String, String> environment = Map.of("FLEETBREAKER_PROVIDERS_OPENAI_OPEN_DURATION", "60");

    CliConfig config = CliConfig.load(Optional.empty(), environment, NO_FLAGS);

    assertThatThrownBy(() -> FleetSettings.from(config.resolved()))
        .isInstanceOf(SettingsException.class)
        .hasMessage(
            "fleetbreaker.providers.openai.open-duration must be a duration with a unit such as"
                + " 500 ms or 2 s, was 60 (variable FLEETBREAKER_PROVIDERS_OPENAI_OPEN_DURATION)");
  }

  @Test
  void aVariableThatIsNoSettingIsMentioned() {
    Map<String, String> environment =
        Map.of("FLEETBREAKER_REDIS_URL", "x", "FLEETBREAKER_WORKER_OPTS", "-Xmx1g", "HOME", "/");

    CliConfig config = CliConfig.load(REFERENCE, Optional.empty(), environment, NO_FLAGS);

    assertThat(config.notes()).hasSize(1).allMatch(note -> note.contains("FLEETBREAKER_REDIS_URL"));
  }

  @Test
  void aVariableThatMeansTwoSettingsIsRefused() throws IOException {
    Path file = file("fleetbreaker.providers { a-b { priority = 1 }, \"a.b\" { priority = 2 } }");
    Map<String, String> environment = Map.of("FLEETBREAKER_PROVIDERS_A_B_PRIORITY", "5");

    assertThatThrownBy(() -> CliConfig.load(REFERENCE, Optional.of(file), environment, NO_FLAGS))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("FLEETBREAKER_PROVIDERS_A_B_PRIORITY")
        .hasMessageContaining("providers.a-b.priority");
  }

  @Test
  void aFileMayReferToOtherSettings() throws IOException {
    Path file = file("fleetbreaker.redis.uri = \"redis://h:\"${fleetbreaker.http.port}");

    CliConfig config = CliConfig.load(REFERENCE, Optional.of(file), Map.of(), NO_FLAGS);

    assertThat(config.namedRedis()).contains("redis://h:8000");
  }

  @Test
  void aFileThatCannotBeReadIsNamed() {
    Optional<Path> missing = Optional.of(directory.resolve("missing.conf"));

    assertThatThrownBy(() -> CliConfig.load(REFERENCE, missing, Map.of(), NO_FLAGS))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("--config")
        .hasMessageContaining("missing.conf");
  }

  @Test
  void noPasswordIsShown() {
    assertThat(CliConfig.shown("redis://user:secret@host:1/2")).isEqualTo("redis://***@host:1/2");
    assertThat(CliConfig.shown("redis://:sec@ret@host:1/2")).isEqualTo("redis://***@host:1/2");
    assertThat(CliConfig.shown("redis://host:1")).isEqualTo("redis://host:1");
  }

  private Path file(String text) throws IOException {
    return Files.writeString(directory.resolve("fleet.conf"), text);
  }
}
