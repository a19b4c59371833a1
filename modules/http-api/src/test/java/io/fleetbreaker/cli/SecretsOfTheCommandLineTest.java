package io.fleetbreaker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import io.fleetbreaker.cli.api.ApiSettings;
import io.fleetbreaker.cli.check.CheckSettings;
import io.fleetbreaker.http.ServedWorker;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No token and no password is in what the commands print, or in the text of what holds one. */
class SecretsOfTheCommandLineTest {
  private static final String TOKEN = "token-of-an-admin-0123456789-0123456789";
  private static final String WRONG = "wrong-token-98765432109876543210987654";
  private static final String PASSWORD = "hunter2";

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "status",
        "watch",
        "history",
        "history --follow",
        "workers",
        "operation openai op-1",
        "trip openai --reason why",
        "disable openai --reason why --json",
        "check --workers 1 --timeout 2s"
      })
  void noCommandPrintsItsTokenWhetherItIsKnownOrNot(String line) throws Exception {
    try (ServedWorker worker = ServedWorker.guarded(TOKEN, "openai")) {
      Path file = Files.writeString(directory.resolve("token"), WRONG + "\n");
      boolean ends = !line.startsWith("watch") && !line.endsWith("--follow");

      List<Ran> all = new ArrayList<>();
      all.add(run(line, worker.url(), Map.of("FLEETBREAKER_TOKEN", WRONG)));
      all.add(run(line + " --token-file " + file, worker.url(), Map.of()));
      all.add(run(line + " --token " + WRONG, worker.url(), Map.of()));
      all.add(run(line + " --token \u0000" + WRONG, worker.url(), Map.of()));
      all.add(run(line, URI.create("http://127.0.0.1:1"), Map.of("FLEETBREAKER_TOKEN", WRONG)));
      assertThat(all).allMatch(ran -> ran.code() != 0);
      if (ends) {
        Ran known = run(line, worker.url(), Map.of("FLEETBREAKER_TOKEN", TOKEN));
        assertThat(known.err()).doesNotContain("does not know this token");
        all.add(known);
      }

      for (Ran ran : all) {
        assertThat(ran.out() + ran.err()).isNotEmpty().doesNotContain(TOKEN).doesNotContain(WRONG);
      }
    }
  }

  private static Ran run(String line, URI url, Map<String, String> environment) {
    return Ran.of(environment, (line + " --url " + url).split(" ", -1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://ops:hunter2@127.0.0.1:1",
        "http://ops:hun ter2 hunter2@127.0.0.1:1",
        "http://ops:hunter2,more@127.0.0.1:1",
        "ftp://ops:hunter2@127.0.0.1:1",
        "//ops:hunter2@127.0.0.1:1"
      })
  void aPasswordInAnAddressIsRefusedAndNotRepeated(String url) {
    for (String command : List.of("status", "check")) {
      Ran ran = Ran.of(Map.of(), command, "--url", url);

      assertThat(ran.code()).as(ran.err()).isEqualTo(2);
      assertThat(ran.out() + ran.err())
          .contains("must be like http://localhost:8000, was one with a user in it")
          .doesNotContain(PASSWORD);
    }
    Ran byVariable = Ran.of(Map.of("FLEETBREAKER_URL", url), "status");

    assertThat(byVariable.code()).isEqualTo(2);
    assertThat(byVariable.err())
        .isEqualTo(
            "error: FLEETBREAKER_URL must be like http://localhost:8000, was one with a user in"
                + " it\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "redis { uri = \"redis://ops:hunter2@127.0.0.1:1/x\" }",
        "redis { uri = \"redis://ops:hun/ter2 hunter2@127.0.0.1:1\" }",
        "redis { uri = \"http://ops:hunter2@127.0.0.1:1\" }",
        "redis { password = \"hunter2\", uri = \"redis://ops:x@127.0.0.1:1\" }",
        "redis { password = [\"hunter2\"] }",
        "redis { pasword = \"hunter2\" }",
        "http.auth.token = \"hunter2\"",
        "http.auth.tokens = \"hunter2\"",
        "http.auth.tokens = [\"hunter2\"]",
        "http.auth.tokens = [{ name = a, role = hunter2, sha256 = hunter2 }]",
        "http.auth.tokens = [{ name = a, role = viewer, sha256 = hunter2 }]",
        "http.auth.tokens = [{ name = \"hunter2 !\", role = viewer, sha256 = hunter2 }]",
        "http.auth.tokens = [{ name = a, role = viewer, sha265 = hunter2 }]"
      })
  void aMistakeInTheSettingsIsToldWithoutTheSecretBesideIt(String settings) throws Exception {
    Path file = Files.writeString(directory.resolve("a.conf"), "fleetbreaker." + settings + "\n");

    Ran ran =
        Ran.of(Map.of(), "serve", "--port", "0", "--workers", "1", "--config", file.toString());

    assertThat(ran.code()).as(ran.out() + ran.err()).isEqualTo(2);
    assertThat(ran.out() + ran.err()).contains("error: ").doesNotContain(PASSWORD);
  }

  @Test
  void theTextOfWhatHoldsASecretDoesNotHoldIt() {
    CliConfig config =
        CliConfig.load(
            Optional.empty(),
            Map.of("FLEETBREAKER_REDIS_PASSWORD", PASSWORD),
            ConfigFactory.empty()
                .withValue(
                    "fleetbreaker.redis.uri",
                    ConfigValueFactory.fromAnyRef("redis://ops:hunter2@127.0.0.1:1")));
    assertThat(config.resolved().getString("fleetbreaker.redis.password")).isEqualTo(PASSWORD);
    URI url = URI.create("http://127.0.0.1:1");
    Duration time = Duration.ofSeconds(1);

    List<Object> holders =
        List.of(
            config,
            EnvironmentOverrides.of(
                Map.of("FLEETBREAKER_REDIS_PASSWORD", PASSWORD),
                config.resolved(),
                ConfigFactory.defaultReference()),
            new ApiSettings(url, Optional.of(PASSWORD), time, Optional.empty()),
            new CheckSettings(
                List.of(url),
                1,
                Optional.empty(),
                time,
                false,
                Optional.of(PASSWORD),
                Optional.empty()));

    for (Object holder : holders) {
      assertThat(holder.toString()).doesNotContain(PASSWORD);
    }
    assertThat(config.toString()).contains("redis://***@127.0.0.1:1");
    assertThat(CliConfig.shown("redis://ops:hun/ter2hunter2@h:1/0")).isEqualTo("redis://***@h:1/0");
  }
}
