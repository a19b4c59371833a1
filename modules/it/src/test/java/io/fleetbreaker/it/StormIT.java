package io.fleetbreaker.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.args.ClientType;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.params.ClientKillParams;

/** Half a minute in which everything happens that can, and the calm after it. */
@Tag("full")
class StormIT {
  private static final long SEED = Long.getLong("storm.seed", 20_261_122L);
  private static final long STORM_MILLIS = 30_000;
  private static final Duration CALM = Duration.ofSeconds(10);
  private static final List<String> PROVIDERS = List.of("openai", "anthropic");
  private static final String SETTINGS =
      "fleetbreaker.provider-defaults { failure-threshold = 3, open-duration = 700 ms }\n"
          + "fleetbreaker.providers { openai {}, anthropic {} }";

  @RegisterExtension final FaultBench bench = new FaultBench(FaultyRedis::start);

  /** What happens, and when, in milliseconds from the beginning. */
  private record Blow(long atMillis, String what, Runnable action) {}

  private List<Blow> plan(Random random, List<WorkerProcess> workers) {
    List<Blow> plan = new ArrayList<>();
    long at = 0;
    while (at < STORM_MILLIS) {
      at += 50 + random.nextInt(400);
      WorkerProcess worker = workers.get(random.nextInt(workers.size()));
      String provider = PROVIDERS.get(random.nextInt(PROVIDERS.size()));
      int dice = random.nextInt(100);
      if (dice < 55) {
        plan.add(new Blow(at, worker + " trips " + provider, () -> worker.tell("fail", provider)));
      } else if (dice < 70) {
        plan.add(
            new Blow(at, worker + " resets " + provider, () -> worker.tell("reset", provider)));
      } else if (dice < 78) {
        plan.add(new Blow(at, "FLUSHALL", () -> tell(Jedis::flushAll)));
      } else if (dice < 86) {
        plan.add(new Blow(at, "CLIENT KILL", () -> tell(StormIT::killClients)));
      } else if (dice < 93) {
        plan.add(new Blow(at, "SIGSTOP", bench.redis()::stall));
        at += 100 + random.nextInt(2_500);
        plan.add(new Blow(at, "SIGCONT", bench.redis()::resume));
      } else {
        plan.add(new Blow(at, "kill -9", bench.redis()::kill));
        at += random.nextInt(2_000);
        plan.add(new Blow(at, "start", bench.redis()::startEmpty));
      }
    }
    return plan;
  }

  private static void killClients(Jedis jedis) {
    jedis.clientKill(ClientKillParams.clientKillParams().type(ClientType.PUBSUB));
    jedis.clientKill(
        ClientKillParams.clientKillParams()
            .type(ClientType.NORMAL)
            .skipMe(ClientKillParams.SkipMe.YES));
  }

  private void tell(Consumer<Jedis> order) {
    try {
      bench.redis().tell(order);
    } catch (JedisException e) {
      // The storm may have hit this order as well.
      System.out.println("not obeyed: " + e.getMessage());
    }
  }

  @Test
  void r3AfterAStormAllAgreeWithEachOtherAndWithTheKey() throws Exception {
    List<WorkerProcess> workers = bench.workers(4, SETTINGS);
    PROVIDERS.forEach(provider -> workers.forEach(worker -> worker.ask("traffic " + provider)));
    List<Blow> plan = plan(new Random(SEED), workers);
    System.out.println("Storm of seed " + SEED + ": " + plan.size() + " blows");

    rage(plan);

    // What the last trips have opened, traffic closes again.
    long calm = System.nanoTime();
    FaultBench.within(CALM)
        .pollInterval(Duration.ofMillis(50))
        .untilAsserted(
            () -> {
              assertThat(workers).allSatisfy(w -> assertThat(w.ask("sync")).startsWith("OK "));
              PROVIDERS.forEach(provider -> assertAgreement(workers, provider));
            });
    Timings.print("a storm's end to agreement", Duration.ofNanos(System.nanoTime() - calm));
    for (String provider : PROVIDERS) {
      assertThat(workers.get(0).ask("reset " + provider)).isEqualTo("COMMITTED");
      bench.awaitShared(workers, provider, "closed");
    }
  }

  /** A store that forgot a plain CLOSED is right about it. */
  private void assertAgreement(List<WorkerProcess> workers, String provider) {
    assertThat(workers)
        .allSatisfy(w -> assertThat(w.view(provider)).startsWith("closed ").contains(" shared "));
    assertThat(bench.stateInStore(provider).orElse("closed")).isEqualTo("closed");
    bench
        .revisionInStore(provider)
        .ifPresent(
            revision ->
                assertThat(workers)
                    .allSatisfy(w -> assertThat(w.revision(provider)).isEqualTo(revision)));
  }

  private static void rage(List<Blow> plan) throws Exception {
    ScheduledExecutorService weather = Executors.newSingleThreadScheduledExecutor();
    try {
      List<Future<?>> blows = new ArrayList<>();
      for (Blow blow : plan) {
        blows.add(weather.schedule(blow.action(), blow.atMillis(), TimeUnit.MILLISECONDS));
      }
      for (Future<?> blow : blows) {
        blow.get(STORM_MILLIS * 2, TimeUnit.MILLISECONDS);
      }
    } finally {
      weather.shutdownNow();
    }
  }
}
