package io.fleetbreaker.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.redis.Refusals.Kind;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class RefusalsTest {
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1);
  private final Refusals refusals = new Refusals(nanos::get);

  @Test
  void whoseScriptHasRunMayRunScripts() {
    refusals.refused(Kind.PROBE, "NOPERM User a has no permissions to run the 'evalsha' command");
    refusals.refused(Kind.COMMIT, "NOPERM User a has no permissions to run the 'set' command");

    refusals.written(Kind.HEARTBEAT);

    assertThat(refusals.shown()).startsWith("commits: ").doesNotContain("probes");
  }

  @Test
  void eachKindOfWriteThatIsRefusedIsNamedWithItsCause() {
    refusals.refused(Kind.HEARTBEAT, "OOM command not allowed");
    refusals.refused(Kind.COMMIT, "NOPERM set");

    assertThat(refusals.shown())
        .isEqualTo("commits: NOPERM set; heartbeats: OOM command not allowed");
  }

  @Test
  void anyWriteEndsWhatWouldHaveRefusedItToo() {
    refusals.refused(Kind.COMMIT, "OOM command not allowed");
    refusals.refused(Kind.PROBE, "NOPERM hset");
    refusals.refused(
        Kind.AFTER_COMMIT, "ERR Error running script: @user_script: 1: -READONLY You can't write");

    refusals.written(Kind.HEARTBEAT);

    assertThat(refusals.shown()).isEqualTo("probes: NOPERM hset");
    refusals.written(Kind.PROBE);
    assertThat(refusals.shown()).isEmpty();
  }

  @Test
  void aKeyOfAnotherTypeInTheWayIsNoRefusal() {
    refusals.untold("history: WRONGTYPE Operation against a key holding the wrong kind of value");
    assertThat(refusals.shown()).isEmpty();

    refusals.untold("history: ACL failure in script");
    assertThat(refusals.shown()).isEqualTo("what follows a commit: history: ACL failure in script");
  }

  @Test
  void whatNobodyTriesAgainIsForgotten() {
    refusals.refused(Kind.COMMIT, "NOPERM set");
    nanos.addAndGet(Refusals.KEPT.minus(Duration.ofNanos(1)).toNanos());
    assertThat(refusals.shown()).isNotEmpty();

    nanos.addAndGet(1);

    assertThat(refusals.shown()).isEmpty();
  }
}
