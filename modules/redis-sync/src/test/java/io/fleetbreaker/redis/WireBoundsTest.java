package io.fleetbreaker.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.State;
import io.fleetbreaker.sync.FleetOverride;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What is refused when it is written is what would be refused when it is read, and no more. */
class WireBoundsTest {
  private static final long SERVER = 1_795_313_749_363L;
  private final SplittableRandom random = new SplittableRandom(20_261_122);

  private long number(long... odd) {
    return random.nextInt(12) == 0 ? odd[random.nextInt(odd.length)] : random.nextLong(SERVER);
  }

  private int count() {
    return (int) number(-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 0)
        & (random.nextInt(9) == 0 ? -1 : 0xFF);
  }

  private String text(int longest) {
    String part = random.nextInt(3) == 0 ? "\u0001\"\\ä" : "x";
    int length =
        switch (random.nextInt(14)) {
          case 0 -> longest + 1;
          case 1 -> longest;
          case 2 -> 0;
          default -> random.nextInt(1, 20);
        };
    return part.repeat(longest + 1).substring(0, length);
  }

  private RevisionId id() {
    return new RevisionId(
        Math.max(0, number(0, RevisionId.LIMIT - 1)),
        Math.max(0, number(0, 1, RevisionId.LIMIT - 1)),
        text(128));
  }

  private FleetOverride override() {
    long late = WireBounds.LAST_MILLIS;
    return new FleetOverride(
        OverrideMode.values()[random.nextInt(3)],
        text(600),
        text(256),
        number(-1, 0, late, late + 1),
        number(-1, 0, late, late + 1),
        text(128));
  }

  private StoredState state() {
    RevisionId id = id();
    List<String> ops = new ArrayList<>();
    int others = random.nextInt(8) == 0 ? random.nextInt(80) : random.nextInt(8);
    for (int i = 0; i < others; i++) {
      ops.add(text(128));
    }
    ops.add(random.nextInt(ops.size() + 1), id.op());
    long late = WireBounds.LAST_MILLIS;
    Revision revision =
        new Revision(
            id,
            ops,
            State.values()[random.nextInt(3)],
            number(-1, 0, late, late + 1),
            number(-1, 0, late, late + 1),
            number(-1, 0, late, late + 1),
            count(),
            text(600),
            text(256),
            count(),
            count(),
            number(0, late, late + 1, -1),
            random.nextInt(3) == 0 ? text(256) : "",
            random.nextInt(3) == 0 ? override() : null);
    return new StoredState(
        revision.effectiveState(),
        revision.failureCount(),
        revision.successCount(),
        Optional.of(Instant.ofEpochMilli(revision.lastFailureMillis())),
        Instant.ofEpochMilli(SERVER),
        Optional.of(revision),
        StoredState.SCHEMA);
  }

  @Test
  void ofStates() {
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      StoredState state = state();
      boolean unreadable =
          catchThrowable(() -> WireCodec.decodeState(WireCodec.unchecked(state))) != null;

      Throwable problem = catchThrowable(() -> WireCodec.encodeState(state));

      assertThat(problem != null).as("%s: %s", state, problem).isEqualTo(unreadable);
      refused += unreadable ? 1 : 0;
    }
    assertThat(refused).isBetween(2_000, 18_000);
  }

  @Test
  void ofEvents() {
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      Revision revision = state().revision().orElseThrow();
      BreakerEvent event = BreakerEvent.committed("openai", revision, count(), SERVER);
      boolean unreadable =
          catchThrowable(() -> WireCodec.decodeEvent(WireCodec.unchecked(event))) != null;

      Throwable problem = catchThrowable(() -> WireCodec.encodeEvent(event));

      assertThat(problem != null).as("%s: %s", event, problem).isEqualTo(unreadable);
      refused += unreadable ? 1 : 0;
    }
    assertThat(refused).isBetween(2_000, 18_000);
  }
}
