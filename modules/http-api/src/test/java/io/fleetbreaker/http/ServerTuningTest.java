package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.fleetbreaker.fleet.SettingsException;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code fleetbreaker.http.events} and {@code .server} may say. */
class ServerTuningTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "events.max-streams = 0 | events.max-streams must be 1 to 100000, was 0",
        "events.max-streams = many | events.max-streams has type STRING",
        "events.buffer = 100001 | events.buffer must be 1 to 100000, was 100001",
        "events.heartbeat = 1 ms | events.heartbeat must be 100 ms to 1 min, was 1 ms",
        "events.heartbeat = soon | No number in duration value 'soon'",
        "events.heartbeat = 40 s | events.heartbeat must be shorter than"
            + " fleetbreaker.http.server.idle-timeout (30000 ms)",
        "server.max-connections = foo | fleetbreaker.http.server cannot be used",
        "server.parsing.max-content-length = -1 | fleetbreaker.http.server cannot be used",
      })
  void whatTheServerCannotUseIsRefusedBeforeItStarts(String setting, String said) {
    Config config =
        ConfigFactory.parseString("fleetbreaker.http." + setting)
            .withFallback(ConfigFactory.load());

    assertThatThrownBy(() -> HttpSettings.from(config, Optional.empty(), 0))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining(said);
  }

  @Test
  void aServerThatIsStartedNeverthelessFailsItsStage() {
    ActorTestKit kit =
        ActorTestKit.create(
            ConfigFactory.parseString("fleetbreaker.http.events.max-streams = 0")
                .withFallback(ConfigFactory.load()));
    try {
      var started =
          HttpServer.start(
              kit.system(),
              TestWorker.named(HttpTest.INSTANCE),
              new HttpSettings(HttpTest.LOOPBACK, Optional.empty(), 0, false));

      assertThatThrownBy(() -> started.toCompletableFuture().join())
          .isInstanceOf(CompletionException.class)
          .cause()
          .isInstanceOf(SettingsException.class);
    } finally {
      kit.shutdownTestKit();
    }
  }
}
