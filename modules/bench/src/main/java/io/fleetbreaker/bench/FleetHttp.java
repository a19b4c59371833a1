package io.fleetbreaker.bench;

import io.fleetbreaker.fleet.Fleet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Measures the management API of four real workers from outside. First 64 connections to the port
 * they share send 10,000 requests of {@code GET /api/v1/fleet} and as many of {@code /health/live},
 * in turn. Then 1,000 workers of 20 providers each beat, and one worker is asked, by whoever asks
 * at any time and by one dashboard more, for all that a dashboard reads. In the first part any
 * answer but 200 ends the run with an error; in the second, what Redis did not answer in time (503)
 * is counted. Takes about two minutes.
 */
public final class FleetHttp {
  private static final String PREFIX = "fleet-http";
  private static final String FLEET = "/api/v1/fleet";
  private static final String LIVE = "/health/live";
  private static final String WORKERS = "/api/v1/workers";
  private static final String WORKERS_PAGE = WORKERS + "?limit=100&providers=true";
  private static final List<String> DASHBOARD =
      List.of(
          FLEET,
          WORKERS,
          WORKERS_PAGE,
          WORKERS + "?limit=500",
          "/api/v1/providers",
          "/api/v1/history?limit=100");
  private static final String NEXT = "\"next\":\"";
  private static final int CONNECTIONS = 64;
  private static final int REQUESTS = 10_000;
  private static final int WARM_UP = 4_000;
  private static final int MANY = 1_000;
  private static final int PROVIDERS = 20;
  private static final Duration ASKED_FOR = Duration.ofSeconds(40);
  private static final Duration WARMING = Duration.ofSeconds(20);
  private static final Duration BETWEEN_ASKS = Duration.ofMillis(5);
  private static final double MOST_MILLIS = 200;

  private FleetHttp() {}

  /** Takes no arguments. */
  public static void main(String[] args) throws Exception {
    try (BenchRedis redis = BenchRedis.start();
        ServedWorkers served = ServedWorkers.start(redis.uri(), settings())) {
      System.out.printf("%n%s, %s%n%n", Report.machine(), redis);
      load(served.port(), WARM_UP);
      print(
          CONNECTIONS + " connections, 4 workers, no error",
          load(served.port(), 2 * REQUESTS),
          Double.NaN);
      try (Fleet fleet = Fleet.start(redis.settings(PREFIX, List.of("upstream")));
          ManyWorkers workers = ManyWorkers.start(fleet.store(), MANY, PROVIDERS)) {
        ask(served.portOfTheFirst(), WARMING);
        Asked asked = ask(served.portOfTheFirst(), ASKED_FOR);
        workers.requireAllTold();
        print("1,000 workers of 20 providers", asked.times(), MOST_MILLIS);
        System.out.printf(
            "Redis did not answer in time: %d of the requests, %d heartbeats%n",
            asked.notInTime(), workers.failed());
      }
    }
  }

  private static String settings() {
    String providers =
        IntStream.range(0, PROVIDERS)
            .mapToObj(i -> "fleetbreaker.providers.upstream-" + i + " {}\n")
            .collect(Collectors.joining());
    return providers + "fleetbreaker.redis.prefix = \"" + BenchRedis.PREFIX + ":" + PREFIX + "\"\n";
  }

  /** So many requests by all connections, one of each path in turn. */
  private static Map<String, Samples> load(int port, int requests) throws Exception {
    List<Callable<Map<String, Samples>>> clients = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      int mine = requests / CONNECTIONS + (i < requests % CONNECTIONS ? 1 : 0);
      clients.add(() -> client(port, mine));
    }
    ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
    try {
      Map<String, Samples> all = new TreeMap<>();
      for (Future<Map<String, Samples>> client : threads.invokeAll(clients)) {
        result(client)
            .forEach(
                (path, samples) -> all.computeIfAbsent(path, p -> new Samples()).addAll(samples));
      }
      return all;
    } finally {
      threads.shutdownNow();
    }
  }

  private static <T> T result(Future<T> client) throws Exception {
    try {
      return client.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a request has failed", e.getCause());
    }
  }

  private static Map<String, Samples> client(int port, int requests) throws IOException {
    Samples fleet = new Samples();
    Samples live = new Samples();
    try (HttpConnection connection = HttpConnection.open(port)) {
      for (int i = 0; i < requests; i++) {
        measure(connection, i % 2 == 0 ? FLEET : LIVE, i % 2 == 0 ? fleet : live);
      }
    }
    return Map.of(FLEET, fleet, LIVE, live);
  }

  private static void measure(HttpConnection connection, String path, Samples times)
      throws IOException {
    long begun = System.nanoTime();
    HttpConnection.Answer answer = connection.get(path);
    if (!answer.isGood()) {
      throw new IOException(path + " was answered with " + answer.status());
    }
    times.add(System.nanoTime() - begun);
  }

  /** What a dashboard reads, again and again, while another one does what its script does. */
  private static Asked ask(int port, Duration time) throws Exception {
    long end = System.nanoTime() + time.toNanos();
    AtomicInteger notInTime = new AtomicInteger();
    Thread other = new Thread(() -> dashboard(port, end, notInTime), "dashboard");
    other.start();
    Map<String, Samples> times = new TreeMap<>();
    try (HttpConnection connection = HttpConnection.open(port)) {
      while (System.nanoTime() - end < 0) {
        for (String path : DASHBOARD) {
          long begun = System.nanoTime();
          HttpConnection.Answer answer = connection.get(path);
          times.computeIfAbsent(path, p -> new Samples()).add(System.nanoTime() - begun);
          count(path, answer, notInTime);
          Pause.of(BETWEEN_ASKS);
        }
      }
    }
    other.join();
    return new Asked(times, notInTime.get());
  }

  private record Asked(Map<String, Samples> times, int notInTime) {}

  private static void count(String path, HttpConnection.Answer answer, AtomicInteger notInTime) {
    if (answer.status() == 503) {
      notInTime.incrementAndGet();
    } else if (!answer.isGood()) {
      throw new IllegalStateException(path + " was answered with " + answer.status());
    }
  }

  /** Ten pages of all workers every three seconds, with what each tells of each provider. */
  private static void dashboard(int port, long end, AtomicInteger notInTime) {
    try (HttpConnection connection = HttpConnection.open(port)) {
      while (System.nanoTime() - end < 0) {
        String next = WORKERS_PAGE;
        while (!next.isEmpty()) {
          HttpConnection.Answer answer = connection.get(next);
          count(next, answer, notInTime);
          next = following(answer.body());
        }
        Pause.of(Duration.ofSeconds(3));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String following(String page) {
    int cursor = page.lastIndexOf(NEXT);
    if (cursor < 0) {
      return "";
    }
    int begin = cursor + NEXT.length();
    return WORKERS_PAGE + "&cursor=" + page.substring(begin, page.indexOf('"', begin));
  }

  private static void print(String what, Map<String, Samples> times, double most) {
    List<String> head = List.of(what, "times", "p50 ms", "p99 ms", "most ms", "");
    System.out.println(
        Report.table(
            head, times.entrySet().stream().map(one -> row(one.getKey(), one.getValue(), most))));
  }

  private static String row(String what, Samples samples, double most) {
    double p99 = samples.percentileMicros(99) / 1_000;
    return Report.row(
        List.of(
            what,
            Integer.toString(samples.size()),
            Report.number(samples.percentileMicros(50) / 1_000),
            Report.number(p99),
            Report.number(samples.percentileMicros(100) / 1_000),
            Double.isNaN(most) ? "" : Report.verdict(p99, most, "ms")));
  }
}
