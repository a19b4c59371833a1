package io.fleetbreaker.cli.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RedisKeeperTest {

  @Test
  void aRedisThatDiesIsBackOnItsPortAndBothAreSaid() {
    List<String> notices = new CopyOnWriteArrayList<>();
    try (RedisKeeper keeper = RedisKeeper.start(notices::add)) {
      URI uri = keeper.uri();
      long first = keeper.pid();

      ProcessHandle.of(first).orElseThrow().destroyForcibly();

      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> assertThat(keeper.pid()).isNotEqualTo(first));
      assertThat(keeper.uri()).isEqualTo(uri);
      await().untilAsserted(() -> assertThat(notices).hasSize(2));
      assertThat(notices.get(0)).contains("has ended", "port " + uri.getPort(), "is lost");
      assertThat(notices.get(1)).contains("is back");
    }
  }

  @Test
  void closeIsNotTakenForADeath() {
    List<String> notices = new CopyOnWriteArrayList<>();
    RedisKeeper keeper = RedisKeeper.start(notices::add);
    ProcessHandle server = ProcessHandle.of(keeper.pid()).orElseThrow();

    keeper.close();

    assertThat(server.isAlive()).isFalse();
    assertThat(notices).isEmpty();
  }
}
