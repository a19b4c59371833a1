package io.fleetbreaker.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RefusalLogTest {
  private static final long LATER = Duration.ofSeconds(30).toNanos();

  private final RefusalLog log = new RefusalLog();

  @Test
  void oneReasonIsOneLineWhoeverWantedToWrite() {
    assertThat(log.tryPass("redis at 127.0.0.1:1: OOM command not allowed", 0)).hasValue(0);
    assertThat(log.tryPass("heartbeats: OOM command not allowed, in a script", 1)).isEmpty();
    assertThat(log.tryPass("NOPERM User a may not run 'evalsha' (docs)", 2)).hasValue(0);
    assertThat(log.tryPass("heartbeats: NOPERM User a may not run 'evalsha'; probes: x", 3))
        .isEmpty();
  }

  @Test
  void anotherReasonIsAnotherLine() {
    assertThat(log.tryPass("NOPERM User a may not run 'evalsha'", 0)).hasValue(0);
    assertThat(log.tryPass("NOPERM User a may not run 'zadd'", 0)).hasValue(0);
    assertThat(log.tryPass("no memory", 0)).hasValue(0);
    assertThat(log.tryPass("no place in the order", 0)).hasValue(0);
  }

  @Test
  void whatGoesOnIsSaidAgainAfterAWhileWithHowOften() {
    log.tryPass("OOM", 0);
    log.tryPass("OOM", 1);
    log.tryPass("OOM", LATER - 1);

    assertThat(log.tryPass("OOM", LATER)).hasValue(2);
  }

  @Test
  void manyReasonsTakeLittleMemory() {
    log.tryPass("first", 0);
    for (int other = 0; other < 16; other++) {
      log.tryPass("other " + other, 0);
    }

    assertThat(log.tryPass("first", 0)).as("forgotten").hasValue(0);
  }
}
