package io.fleetbreaker.cli.check;

import io.fleetbreaker.cli.check.CheckResult.Verdict;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Trips one worker of a running fleet and watches whether all others follow, over HTTP only.
 *
 * <p>It finds the workers, makes whichever answers fail, waits until all are open, judges, and
 * resets what it tripped.
 */
public final class FleetCheck {
  private static final Duration LONGEST_QUESTION = Duration.ofSeconds(2);
  private static final Duration NOBODY_THERE = Duration.ofSeconds(3);
  private static final Duration NARROWING = Duration.ofMillis(300);
  private static final Duration QUIET = Duration.ofMillis(100);
  private static final int ANSWERS_PER_WORKER = 6;

  private final CheckSettings settings;
  private final Consumer<String> progress;
  private final FleetClient client;

  /** Prepares a check that tells {@code progress}, line by line, what it is doing. */
  public FleetCheck(CheckSettings settings, Consumer<String> progress) {
    this.settings = settings;
    this.progress = progress;
    this.client = new FleetClient(settings, shorter(settings.timeout(), LONGEST_QUESTION));
  }

  /**
   * Checks, which takes at most about five times the time-out of the settings, seven if it resets
   * first.
   */
  public CheckResult run() throws InterruptedException {
    try (Poller poller = new Poller(client)) {
      return run(poller);
    }
  }

  private CheckResult run(Poller poller) throws InterruptedException {
    Observations before = new Observations();
    Optional<CheckResult> incomplete = findWorkers(poller, before);
    if (incomplete.isPresent()) {
      return incomplete.get();
    }
    Optional<String> known = provider(before);
    if (known.isEmpty()) {
      return ended(
          Verdict.FAILED,
          "there is no provider "
              + settings.provider().orElse("")
              + "; the fleet has "
              + String.join(", ", namesOf(before)));
    }
    String provider = known.get();
    boolean closed = before.all(before.instances(), worker -> worker.breaker(provider).isClosed());
    if (!closed && !settings.resetFirst()) {
      return ended(
              Verdict.REFUSED,
              provider + " is not closed on every worker; give --reset-first to close it first")
          .withWorkers(Evaluation.workers(provider, "", Optional.empty(), before.workers()));
    }
    if (!closed) {
      progress.accept("resetting " + provider + " first");
      Optional<String> problem = reset(poller, provider, before.instances());
      if (problem.isPresent()) {
        return ended(Verdict.FAILED, problem.get());
      }
    }
    return trip(poller, provider, before.instances());
  }

  private Optional<CheckResult> findWorkers(Poller poller, Observations seen)
      throws InterruptedException {
    int expected = settings.workers();
    String provider = settings.provider().orElse("");
    Duration first = shorter(settings.timeout(), NOBODY_THERE);
    boolean somebody = poller.until(found -> found.count() > 0, seen, provider, first);
    if (!somebody && poller.lastStranger().isEmpty()) {
      return Optional.of(
          ended(
              Verdict.UNREACHABLE,
              "nobody answers at "
                  + settings.urls().get(0)
                  + poller.lastFailure().map(why -> " (" + why + ")").orElse("")));
    }
    if (!somebody && poller.lastStranger().orElseThrow().contains("HTTP 401")) {
      return Optional.of(
          ended(
              Verdict.FAILED, settings.urls().get(0) + ": " + poller.lastStranger().orElseThrow()));
    }
    if (!somebody) {
      return Optional.of(
          ended(
              Verdict.FAILED,
              "what answers at "
                  + settings.urls().get(0)
                  + " is not a Fleetbreaker worker: "
                  + poller.lastStranger().orElseThrow()));
    }
    poller.until(found -> found.count() >= expected, seen, provider, settings.timeout());
    if (seen.count() >= expected) {
      String more = seen.count() > expected ? ", " + expected + " expected" : "";
      progress.accept("found " + seen.count() + " workers" + more);
      return Optional.empty();
    }
    String summary = "only " + seen.count() + " of " + expected + " workers answered";
    List<String> causes =
        List.of(
            "fewer workers run than --workers says, or some have not started yet",
            "the balancer at " + settings.urls().get(0) + " does not reach all of them");
    String shown = provider(seen).orElse(provider);
    return Optional.of(
        CheckResult.ended(Verdict.FAILED, shown, expected, summary, causes)
            .withWorkers(Evaluation.workers(shown, "", Optional.empty(), seen.workers())));
  }

  private CheckResult trip(Poller poller, String provider, Set<String> instances)
      throws InterruptedException {
    progress.accept("making " + provider + " fail on whichever worker answers");
    FleetClient.Answer answer;
    try {
      answer = client.post("/trigger-failure/" + provider);
    } catch (IOException e) {
      return ended(Verdict.FAILED, "the request to make " + provider + " fail: " + e.getMessage());
    }
    if (answer.status() != 200) {
      return notTripped(provider, answer);
    }
    Evaluation.Trip trip = tripOf(provider, answer);
    // The workers tell for how long they have been open, so nothing is missed by leaving them the
    // processor while they open; asking at once would slow down what is being measured.
    TimeUnit.NANOSECONDS.sleep(QUIET.toNanos());
    Observations after = new Observations();
    boolean all =
        poller.until(
            seen -> seen.all(instances, Observations.Worker::opened),
            after,
            provider,
            settings.timeout());
    if (all) {
      // More answers narrow down when each worker opened.
      poller.until(
          seen -> seen.all(instances, worker -> worker.answers() >= ANSWERS_PER_WORKER),
          after,
          provider,
          NARROWING);
    }
    Map<String, Evaluation.Health> health = all ? Map.of() : health(instances);
    CheckResult result =
        Evaluation.judge(
            trip, settings.workers(), instances, after.workers(), health, settings.timeout());
    Optional<String> problem = reset(poller, provider, after.instances());
    return result.afterReset(problem.isEmpty(), problem.orElse(""));
  }

  private CheckResult notTripped(String provider, FleetClient.Answer answer) {
    if (answer.status() == 404) {
      return CheckResult.ended(
          Verdict.FAILED,
          provider,
          settings.workers(),
          "the workers have no /trigger-failure (HTTP 404)",
          List.of("they were started without --demo-endpoints"));
    }
    return ended(Verdict.FAILED, provider + " could not be made to fail: " + answer.problem());
  }

  private static Evaluation.Trip tripOf(String provider, FleetClient.Answer answer) {
    OptionalDouble age = StatusSample.age(answer.body().path("circuit_breaker"));
    Optional<OpeningInterval> opening =
        age.isEmpty()
            ? Optional.empty()
            : Optional.of(
                OpeningInterval.of(answer.sentNanos(), answer.receivedNanos(), age.getAsDouble()));
    return new Evaluation.Trip(provider, answer.body().path("instance").asText(""), opening);
  }

  /** Resets through whichever worker answers; empty if all were closed in time. */
  private Optional<String> reset(Poller poller, String provider, Set<String> instances)
      throws InterruptedException {
    try {
      FleetClient.Answer answer = client.post("/reset/" + provider);
      if (answer.status() != 200) {
        return Optional.of(provider + " could not be reset: " + answer.problem());
      }
    } catch (IOException e) {
      return Optional.of("the request to reset " + provider + ": " + e.getMessage());
    }
    boolean closed =
        poller.until(
            seen -> seen.all(instances, worker -> worker.breaker(provider).isClosed()),
            new Observations(),
            provider,
            settings.timeout());
    return closed
        ? Optional.empty()
        : Optional.of("after the reset of " + provider + " not all workers were closed");
  }

  /** What the workers say of their health; of those that answer in time. */
  private Map<String, Evaluation.Health> health(Set<String> instances) {
    Map<String, Evaluation.Health> health = new HashMap<>();
    int requests = 10 * instances.size();
    for (int i = 0; i < requests && !health.keySet().containsAll(instances); i++) {
      try {
        var body = client.get("/health").body();
        health.put(
            body.path("instance").asText(""),
            new Evaluation.Health(
                body.path("redis_connected").asBoolean(true), body.path("sync").asText("")));
      } catch (IOException e) {
        return health;
      }
    }
    return health;
  }

  /** The provider to trip: the one asked for if there is one, else the first. */
  private Optional<String> provider(Observations seen) {
    Set<String> names = namesOf(seen);
    return settings.provider().isPresent()
        ? settings.provider().filter(names::contains)
        : names.stream().findFirst();
  }

  private static Set<String> namesOf(Observations seen) {
    return seen.workers().values().iterator().next().latest().providers().keySet();
  }

  private CheckResult ended(Verdict verdict, String summary) {
    return CheckResult.ended(
        verdict, settings.provider().orElse(""), settings.workers(), summary, List.of());
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
