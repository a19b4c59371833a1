package io.fleetbreaker.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.fleetbreaker.redis.Simulation.Fault;
import io.fleetbreaker.redis.Simulation.Result;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SimulationTest {
  private static final int SEEDS = Integer.getInteger("simulation.seeds", 2_000);
  private static final long FIRST = Long.getLong("simulation.first", 1);

  @Test
  void theRulesHoldWhateverFails() {
    Map<Fault, Integer> seedsWith = new EnumMap<>(Fault.class);
    for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
      Result result = Simulation.play(seed);
      if (!result.isGreen()) {
        fail("seed %d: %s%n%s", seed, result.violation(), String.join("\n", result.trace()));
      }
      assertThat(result.events()).as("events of seed " + seed).isGreaterThan(200);
      result.faults().keySet().forEach(fault -> seedsWith.merge(fault, 1, Integer::sum));
    }
    System.out.println("seeds with each kind of fault, of " + SEEDS + ": " + seedsWith);
    for (Fault fault : Fault.values()) {
      assertThat(seedsWith.getOrDefault(fault, 0)).as(fault.name()).isGreaterThan(SEEDS / 10);
    }
  }

  @Test
  void aSeedIsTheSameStoryEachTime() {
    assertThat(Simulation.play(FIRST).trace()).isEqualTo(Simulation.play(FIRST).trace());
  }
}
