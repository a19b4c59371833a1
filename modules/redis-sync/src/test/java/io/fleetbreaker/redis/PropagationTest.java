package io.fleetbreaker.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.State;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class PropagationTest {
  private static final long SERVER = 1_795_313_749_363L;
  private static final long NOW = Duration.ofHours(1).toNanos();

  private final ServerClock clock = new ServerClock();
  private final AgeHistogram ages = new AgeHistogram();
  private final Propagation propagation = new Propagation("me:1:1:a", clock, ages);

  private static Revision open(String worker, long version, long since) {
    return new Revision(
        new RevisionId(1, version, "op" + version),
        List.of("op" + version),
        State.OPEN,
        since,
        60_000,
        since + 60_000,
        1,
        "because",
        worker,
        3,
        0,
        0);
  }

  private static long nanos(long millis) {
    return NOW + Duration.ofMillis(millis).toNanos();
  }

  @Test
  void anotherWorkersTransitionIsAsOldAsTheServersClockSays() {
    clock.seen(SERVER + 3, NOW);

    propagation.onHeld("openai", null, open("other:1:1:b", 1, SERVER), nanos(1));

    assertThat(ages.ages().sum()).isEqualTo(Duration.ofMillis(4));
    assertThat(ages.ages().counts().get(2)).as("above 2 ms, at most 5 ms").isOne();
  }

  @Test
  void anEventThatStoppedTrafficCountsFromThen() {
    propagation.onHint("openai", open("other:1:1:b", 1, SERVER).id(), nanos(0));
    propagation.onHint("openai", open("other:1:1:b", 1, SERVER).id(), nanos(20));
    clock.seen(SERVER + 32, nanos(30));

    propagation.onHeld("openai", null, open("other:1:1:b", 1, SERVER), nanos(30));

    assertThat(ages.ages().sum()).isEqualTo(Duration.ofMillis(2));
  }

  @Test
  void anEventThatToldOfSomethingElseDoesNotCount() {
    propagation.onHint("openai", open("other:1:1:b", 1, SERVER).id(), nanos(0));
    clock.seen(SERVER + 32, nanos(30));

    propagation.onHeld("openai", null, open("other:1:1:b", 2, SERVER), nanos(30));

    assertThat(ages.ages().sum()).isEqualTo(Duration.ofMillis(32));
  }

  @Test
  void ownTransitionsAndWhatIsWrittenAgainAreNotMeasured() {
    clock.seen(SERVER + 600_000, NOW);
    Revision known = open("other:1:1:b", 1, SERVER);

    propagation.onHeld("openai", null, open("me:1:1:a", 1, SERVER), NOW);
    propagation.onHeld("openai", known, open("other:1:1:b", 2, SERVER), NOW);

    assertThat(ages.ages().counts()).containsOnly(0L);
  }

  @Test
  void agesAreCountedByTheirBoundAndNoneIsNegative() {
    for (long millis : new long[] {-5, 0, 1, 2, 60_000, 60_001}) {
      ages.add(millis);
    }

    List<Long> counts = ages.ages().counts();
    assertThat(counts).hasSize(SyncMetrics.Ages.BOUNDS.size() + 1);
    assertThat(counts.get(0)).isEqualTo(3);
    assertThat(counts.get(1)).isEqualTo(1);
    assertThat(counts.get(counts.size() - 2)).isEqualTo(1);
    assertThat(counts.get(counts.size() - 1)).isEqualTo(1);
    assertThat(ages.ages().sum()).isEqualTo(Duration.ofMillis(120_004));
  }
}
