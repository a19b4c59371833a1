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
          .atMost(Duration.ofSeconds(40))
          .untilAsserted(() -> assertThat(keeper.pid()).isNotEqualTo(first));
      assertThat(keeper.uri()).isEqualTo(uri);
      await().untilAsserted(() -> assertThat(notices).last().asString().contains("is back"));
      assertThat(notices.get(0)).contains("has ended", "port " + uri.getPort(), "is lost");
      // If somebody else had its port for a moment it was tried more than once.
      assertThat(notices).filteredOn(said -> !said.contains("did not start")).hasSize(2);
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
