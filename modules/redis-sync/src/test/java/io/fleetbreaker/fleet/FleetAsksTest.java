package io.fleetbreaker.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.redis.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol;

/** Whoever asks a worker is answered, and not by waiting behind any number of others. */
class FleetAsksTest {
  @RegisterExtension private static final RedisFleets REDIS = new RedisFleets();

  private static FleetSettings settings() {
    return REDIS.settings(ProviderSettings.defaults("openai"));
  }

  private static CompletableFuture<OperationStatus> look(Fleet fleet, int i) {
    return fleet.operation("openai", "op" + i).toCompletableFuture();
  }

  @Test
  void aResetIsAnsweredAlthoughTheActorSystemEndsMeanwhile() throws Exception {
    REDIS.raw().set("test_flexiai:lock:state:openai", "another worker");
    ActorTestKit kit = ActorTestKit.create();
    try (Fleet fleet = Fleet.start(settings(), kit.system())) {
      CompletableFuture<ResetOutcome> outcome =
          fleet.reset("openai", "by a test").toCompletableFuture();

      kit.shutdownTestKit();

      assertThat(outcome.get(60, TimeUnit.SECONDS)).isEqualTo(ResetOutcome.UNKNOWN);
    }
  }

  @Test
  void moreQuestionsAboutOperationsThanCanBeAnsweredSoonAreRefused() {
    try (Fleet fleet = Fleet.start(settings())) {
      REDIS
          .raw()
          .executeCommand(
              new CommandArguments(Protocol.Command.CLIENT).add("PAUSE").add("6000").add("ALL"));
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
