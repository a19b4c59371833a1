package io.fleetbreaker.bench;

import io.fleetbreaker.CallNotPermittedException;
import io.fleetbreaker.CircuitBreaker;
import io.fleetbreaker.State;
import io.fleetbreaker.fleet.Fleet;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import redis.clients.jedis.Jedis;

/**
 * Counts the commands that a worker sends to Redis, by {@code INFO commandstats}; those that its
 * scripts call count as well, {@code PING} does not.
 *
 * <p>For the calls the reconcile interval is an hour, so that every command counted is one that a
 * call has caused.
 */
final class Commands {
  private static final int CALLS = 1_000_000;
  private static final Pattern STATISTIC = Pattern.compile("cmdstat_([^:]+):calls=(\\d+)");
  private static final Set<String> NOT_COUNTED = Set.of("info", "ping");

  private static final String NO_PINGS = "redis { ping-interval = 60 s, pong-timeout = 120 s }";
  private static final String NO_RECONCILE = "reconcile-interval = 1 h";

  private static final Duration INTERVAL = Duration.ofMillis(250);
  private static final int INTERVALS = 20;
  private static final double MOST_AT_REST = 3;

  /** In which what a start or a trip has caused comes to its end. */
  private static final Duration SETTLING = Duration.ofSeconds(1);

  private static final Callable<String> CALL = () -> "fine";

  private Commands() {}

  /** A million calls that are made. */
  static Figure closed(BenchRedis redis) throws Exception {
    try (Fleet fleet = start(redis, "commands-closed", 1, NO_RECONCILE);
        Jedis jedis = redis.connect()) {
      CircuitBreaker breaker = fleet.breakers().get(0);
      Pause.of(SETTLING);
      long before = count(jedis);
      for (int i = 0; i < CALLS; i++) {
        breaker.call(CALL);
      }
      return calls("commands-closed", count(jedis) - before);
    }
  }

  /** A million calls that are refused. */
  static Figure open(BenchRedis redis) throws Exception {
    try (Fleet fleet = start(redis, "commands-open", 1, NO_RECONCILE);
        Jedis jedis = redis.connect()) {
      CircuitBreaker breaker = fleet.breakers().get(0);
      breaker.tryAcquire().orElseThrow().failure();
      Pause.until(
          "the trip is committed",
          () -> breaker.view().shared() && breaker.view().state() == State.OPEN);
      Pause.of(SETTLING);
      long before = count(jedis);
      int refused = 0;
      for (int i = 0; i < CALLS; i++) {
        try {
          breaker.call(CALL);
        } catch (CallNotPermittedException e) {
          refused++;
        }
      }
      long after = count(jedis);
      if (refused != CALLS) {
        throw new IllegalStateException("calls were made, though the breaker is open");
      }
      return calls("commands-open", after - before);
    }
  }

  private static Figure calls(String metric, long commands) {
    return new Figure(metric, commands, 0, "commands", "for 1,000,000 guarded calls");
  }

  /** A worker that nobody calls, for each reconcile interval. */
  static Figure atRest(BenchRedis redis, int providers) {
    String metric = "commands-at-rest-" + providers;
    String interval = "reconcile-interval = " + INTERVAL.toMillis() + " ms";
    try (Fleet fleet = start(redis, metric, providers, interval);
        Jedis jedis = redis.connect()) {
      Pause.of(SETTLING);
      long before = count(jedis);
      Pause.of(INTERVAL.multipliedBy(INTERVALS));
      double commands = (double) (count(jedis) - before) / INTERVALS;
      String what =
          "per reconcile interval, %d providers, PING aside".formatted(fleet.breakers().size());
      return new Figure(metric, commands, MOST_AT_REST, "commands", what);
    }
  }

  private static Fleet start(BenchRedis redis, String prefix, int providers, String... more) {
    List<String> names = IntStream.range(0, providers).mapToObj(i -> "upstream-" + i).toList();
    String[] lines = new String[more.length + 1];
    lines[0] = NO_PINGS;
    System.arraycopy(more, 0, lines, 1, more.length);
    return Fleet.start(redis.settings(prefix, names, lines));
  }

  private static long count(Jedis jedis) {
    return count(jedis.info("commandstats"));
  }

  /** All calls in the answer to {@code INFO commandstats} but those that are not counted. */
  static long count(String commandstats) {
    long count = 0;
    Matcher statistic = STATISTIC.matcher(commandstats);
    while (statistic.find()) {
      if (!NOT_COUNTED.contains(statistic.group(1))) {
        count += Long.parseLong(statistic.group(2));
      }
    }
    return count;
  }
}
