package io.fleetbreaker.bench;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Measures what the fleet's protocol costs, on a Redis of its own: commits, locks, and the way of a
 * trip to the last worker, each beside the same with plain Jedis in the same run; and the commands
 * that Redis is sent. Says of each whether its target is met. Takes less than three minutes.
 */
public final class Propagation {
  private static final String USAGE =
      """
      Usage: java -cp benchmarks.jar io.fleetbreaker.bench.Propagation [options]
        --rounds N     so many rounds of last-of-4 (default 1000; 10 to 100000); commit and lock
                       take five times, last-of-64 a fifth as many
        --only METRIC  only this one; may be repeated: %s
        --redis URI    this Redis, which nobody else uses meanwhile, in place of one of its own\
      """;

  private static final List<String> METRICS =
      List.of(
          "commit",
          "lock",
          "last-of-4",
          "last-of-64",
          "commands-closed",
          "commands-open",
          "commands-at-rest",
          "trip-10000");

  private static final int DEFAULT_ROUNDS = 1_000;
  private static final int LEAST_ROUNDS = 10;
  private static final int MOST_ROUNDS = 100_000;

  private final BenchRedis redis;
  private final Options options;

  private Propagation(BenchRedis redis, Options options) {
    this.redis = redis;
    this.options = options;
  }

  /**
   * What was asked for.
   *
   * @param only these metrics; all, if it is empty
   */
  record Options(int rounds, Set<String> only, Optional<URI> redis) {
    /**
     * Reads a command line.
     *
     * @throws IllegalArgumentException saying what is wrong with it
     */
    static Options of(String... args) {
      int rounds = DEFAULT_ROUNDS;
      Set<String> only = new TreeSet<>();
      Optional<URI> redis = Optional.empty();
      for (int i = 0; i < args.length; i += 2) {
        if (i + 1 == args.length) {
          throw new IllegalArgumentException(args[i] + " lacks a value, or is unknown");
        }
        String value = args[i + 1];
        switch (args[i]) {
          case "--rounds" -> rounds = rounds(value);
          case "--only" -> only.add(metric(value));
          case "--redis" -> redis = Optional.of(URI.create(value));
          default -> throw new IllegalArgumentException("unknown option " + args[i]);
        }
      }
      return new Options(rounds, only, redis);
    }

    private static int rounds(String value) {
      int rounds = value.matches("\\d{1,6}") ? Integer.parseInt(value) : -1;
      if (rounds < LEAST_ROUNDS || rounds > MOST_ROUNDS) {
        throw new IllegalArgumentException(
            "--rounds must be %d to %d, was %s".formatted(LEAST_ROUNDS, MOST_ROUNDS, value));
      }
      return rounds;
    }

    private static String metric(String value) {
      if (!METRICS.contains(value)) {
        throw new IllegalArgumentException("--only knows no metric " + value);
      }
      return value;
    }

    boolean wants(String metric) {
      return only.isEmpty() || only.contains(metric);
    }
  }

  /** See {@code --help}; ends with 2 if the arguments are wrong. */
  public static void main(String[] args) throws Exception {
    if (List.of(args).contains("--help")) {
      System.out.println(usage());
      return;
    }
    Options options;
    try {
      options = Options.of(args);
    } catch (IllegalArgumentException e) {
      System.err.printf("error: %s%n%s%n", e.getMessage(), usage());
      System.exit(2);
      return;
    }
    try (BenchRedis redis = BenchRedis.of(options.redis())) {
      System.out.printf("%s, %s%n", Report.machine(), redis);
      Propagation run = new Propagation(redis, options);
      run.compare();
      run.count();
    }
  }

  private static String usage() {
    return USAGE.formatted(String.join(", ", METRICS));
  }

  private void compare() throws InterruptedException {
    if (METRICS.subList(0, 4).stream().noneMatch(options::wants)) {
      return;
    }
    System.out.printf("%n%s%n", Comparison.HEAD);
    Writes writes = Writes.seen(redis);
    if (options.wants("commit")) {
      print(StoreCosts.commit(redis, writes, 5 * options.rounds()).line());
    }
    if (options.wants("lock")) {
      print(StoreCosts.lock(redis, writes, 5 * options.rounds()).line());
    }
    if (options.wants("last-of-4")) {
      print(LastOf.four(redis, writes, options.rounds()).line());
    }
    if (options.wants("last-of-64")) {
      print(LastOf.sixtyFour(redis, writes, options.rounds() / 5).line());
    }
  }

  private void count() throws Exception {
    if (METRICS.subList(4, METRICS.size()).stream().noneMatch(options::wants)) {
      return;
    }
    System.out.printf("%n%s%n", Figure.HEAD);
    if (options.wants("commands-closed")) {
      print(Commands.closed(redis).line());
    }
    if (options.wants("commands-open")) {
      print(Commands.open(redis).line());
    }
    if (options.wants("commands-at-rest")) {
      for (int providers : new int[] {1, 100, 10_000}) {
        print(Commands.atRest(redis, providers).line());
      }
    }
    if (options.wants("trip-10000")) {
      MassTrip.measure(redis).forEach(figure -> print(figure.line()));
    }
  }

  private static void print(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
