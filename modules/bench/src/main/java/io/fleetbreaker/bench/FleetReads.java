package io.fleetbreaker.bench;

import io.fleetbreaker.fleet.Fleet;
import io.fleetbreaker.redis.WorkerBeat;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import redis.clients.jedis.Jedis;

/**
 * Lets 1,000 workers of 20 providers each tell a real Redis of themselves every five seconds, and
 * measures meanwhile how long it takes to read them all: for each reading, and for those who ask
 * while a reading is at most a second old. {@link FleetHttp} measures the same from outside.
 */
public final class FleetReads {
  private static final String PREFIX = "fleet-reads";
  private static final int WORKERS = 1_000;
  private static final int PROVIDERS = 20;
  private static final int READINGS = 200;
  private static final int WARM_UP = 20;
  private static final Duration ASKED_FOR = Duration.ofSeconds(20);
  private static final Duration BETWEEN_READINGS = Duration.ofMillis(100);
  private static final Duration BETWEEN_ASKS = Duration.ofMillis(5);
  private static final Duration LASTING = Duration.ofMinutes(10);
  private static final double MOST_MILLIS = 200;

  private FleetReads() {}

  /** Takes no arguments, and less than a minute. */
  public static void main(String[] args) {
    try (BenchRedis redis = BenchRedis.start();
        Fleet fleet = Fleet.start(redis.settings(PREFIX, List.of("upstream")));
        ManyWorkers workers = ManyWorkers.start(fleet.store(), WORKERS, PROVIDERS)) {
      double first = millis(() -> requireAll(fleet.store().workers(2_000).workers().size()));
      Samples readings = new Samples();
      for (int i = 0; i < READINGS + WARM_UP; i++) {
        Pause.of(BETWEEN_READINGS);
        long begun = System.nanoTime();
        requireAll(fleet.store().workers(2_000).workers().size());
        if (i >= WARM_UP) {
          readings.add(System.nanoTime() - begun);
        }
      }
      Samples asked = ask(fleet);
      workers.requireAllTold();
      System.out.printf(
          "%n%s, %s%n%n%s%n%s%n",
          Report.machine(),
          redis,
          Report.table(
              List.of("1,000 workers of 20 providers", "times", "p50 ms", "p99 ms", "most ms", ""),
              Stream.of(row("each reading", readings), row("who asks at any time", asked))),
          "the first reading of a cold JVM took " + Report.number(first) + " ms");
      try (Jedis jedis = redis.connect()) {
        System.out.println(memory(fleet, jedis));
      }
    }
  }

  private static Samples ask(Fleet fleet) {
    Samples asked = new Samples();
    long end = System.nanoTime() + ASKED_FOR.toNanos();
    while (System.nanoTime() - end < 0) {
      long begun = System.nanoTime();
      requireAll(fleet.workers().toCompletableFuture().join().workers().size());
      asked.add(System.nanoTime() - begun);
      Pause.of(BETWEEN_ASKS);
    }
    return asked;
  }

  private static void requireAll(int read) {
    if (read < WORKERS) {
      throw new IllegalStateException("only " + read + " workers were read");
    }
  }

  private static String row(String what, Samples samples) {
    double p99 = samples.percentileMicros(99) / 1_000;
    return Report.row(
        List.of(
            what,
            Integer.toString(samples.size()),
            Report.number(samples.percentileMicros(50) / 1_000),
            Report.number(p99),
            Report.number(samples.percentileMicros(100) / 1_000),
            Report.verdict(p99, MOST_MILLIS, "ms")));
  }

  private static double millis(Runnable task) {
    long begun = System.nanoTime();
    task.run();
    return (System.nanoTime() - begun) / 1e6;
  }

  /** What Redis says that a heartbeat takes, and an entry of the index. */
  private static String memory(Fleet fleet, Jedis jedis) {
    StringBuilder lines = new StringBuilder("bytes of a heartbeat, by the number of providers:");
    for (int providers : new int[] {2, 20, 200}) {
      WorkerBeat beat = ManyWorkers.beat(WORKERS + providers, providers);
      fleet.store().beat(beat, LASTING);
      String key = BenchRedis.PREFIX + ":" + PREFIX + ":worker:" + beat.instance();
      lines
          .append(' ')
          .append(providers)
          .append(": ")
          .append(jedis.strlen(key))
          .append(" (memory ")
          .append(jedis.memoryUsage(key))
          .append(')');
    }
    String index = BenchRedis.PREFIX + ":" + PREFIX + ":workers";
    return lines
        .append("; of the index, per worker: ")
        .append(jedis.memoryUsage(index, 0) / jedis.zcard(index))
        .toString();
  }
}
