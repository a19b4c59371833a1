package io.fleetbreaker.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.embedded.EmbeddedRedis;
import io.fleetbreaker.redis.RedisSettings;
import io.fleetbreaker.redis.StoreException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.RedisClient;

/** Whoever asks a worker is answered, and not by waiting behind any number of others. */
class FleetAsksTest {
  private final EmbeddedRedis redis = EmbeddedRedis.start();
  private final RedisClient raw = RedisClient.create(URI.create(redis.uri() + "/15"));

  @AfterEach
  void close() {
    raw.close();
    redis.close();
  }

  private FleetSettings settings() {
    return FleetSettings.of(
        RedisSettings.of(URI.create(redis.uri() + "/15")).withPrefix("test_flexiai"),
        ProviderSettings.defaults("openai"));
  }

  private static CompletableFuture<OperationStatus> look(Fleet fleet, int i) {
    return fleet.operation("openai", "op" + i).toCompletableFuture();
  }

  @Test
  void aResetIsAnsweredAlthoughTheActorSystemEndsMeanwhile() throws Exception {
    raw.set("test_flexiai:lock:state:openai", "another worker");
    ActorTestKit kit = ActorTestKit.create();
    try (Fleet fleet = Fleet.start(settings(), kit.system())) {
      CompletableFuture<ResetOutcome> outcome =
          fleet.reset("openai", "by a test").toCompletableFuture();

      kit.shutdownTestKit();

      assertThat(outcome.get(10, TimeUnit.SECONDS)).isEqualTo(ResetOutcome.UNKNOWN);
    }
  }

  @Test
  void moreQuestionsAboutOperationsThanCanBeAnsweredSoonAreRefused() {
    try (Fleet fleet = Fleet.start(settings())) {
      raw.executeCommand(
          new CommandArguments(Protocol.Command.CLIENT).add("PAUSE").add("1500").add("ALL"));
      List<CompletableFuture<OperationStatus>> asked = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        asked.add(look(fleet, i));
      }

      CompletableFuture<OperationStatus> oneMore = look(fleet, 16);

      assertThat(oneMore).isCompletedExceptionally();
      assertThatThrownBy(oneMore::join)
          .hasCauseInstanceOf(StoreException.class)
          .hasMessageContaining("16 operations are being looked for already: ask again later");
      await().until(() -> asked.stream().allMatch(CompletableFuture::isDone));
      await()
          .untilAsserted(
              () ->
                  assertThat(look(fleet, 17).join().fate())
                      .isEqualTo(OperationStatus.Fate.NOT_FOUND));
    }
  }
}
