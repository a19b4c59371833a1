package io.fleetbreaker.bench;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.CircuitBreaker;
import io.fleetbreaker.State;
import io.fleetbreaker.fleet.Fleet;
import io.fleetbreaker.fleet.FleetSettings;
import io.fleetbreaker.fleet.ResetOutcome;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Measures how long a trip on one worker takes to the gate of the last of the fleet, beside the raw
 * pair to the last of as many subscribers.
 *
 * <p>Ours begins before the call that fails on one worker, a different one each time, and ends when
 * the last of the others refuses. When a gate began to refuse is read afterwards from its breaker's
 * {@link BreakerView#stateAge}: a listener would be a thread to be woken for each worker, and a
 * thread that looks all the time would take the processor from what it looks at. The breaker takes
 * that time just before it shows the state to callers, in the same microsecond.
 */
final class LastOf implements AutoCloseable {
  private static final String PROVIDER = "upstream";

  /** In which both have long ended; whoever waits sleeps for so long first. */
  private static final Duration PER_SUBSCRIBER = Duration.of(150, ChronoUnit.MICROS);

  private static final Duration FIRST_SLEEP = Duration.ofMillis(3);

  private final int count;
  private final List<Fleet> workers;
  private final Runnable end;
  private final RawPeer peer;
  private final RawSubscribers subscribers;
  private final AtomicLongArray received;
  private int trips;

  private LastOf(BenchRedis redis, Writes writes, List<Fleet> workers, Runnable end)
      throws InterruptedException {
    this.count = workers.size();
    this.workers = workers;
    this.end = end;
    this.received = new AtomicLongArray(count);
    String prefix = "last-of-" + count + "-raw";
    this.peer = new RawPeer(redis, prefix, writes);
    this.subscribers =
        RawSubscribers.start(
            redis,
            RawPeer.channel(prefix),
            count,
            (number, message) -> received.set(number, System.nanoTime()));
  }

  /** Four workers, each with an actor system of its own as if it were alone in its JVM. */
  static Comparison four(BenchRedis redis, Writes writes, int rounds) throws InterruptedException {
    FleetSettings settings = redis.settings("last-of-4", List.of(PROVIDER));
    List<Fleet> workers = IntStream.range(0, 4).mapToObj(i -> Fleet.start(settings)).toList();
    try (LastOf last = new LastOf(redis, writes, workers, () -> {})) {
      return last.measure("last-of-4", rounds, OptionalDouble.of(2));
    }
  }

  /** 64 workers, which share one actor system: 64 would be a thousand threads. */
  static Comparison sixtyFour(BenchRedis redis, Writes writes, int rounds)
      throws InterruptedException {
    FleetSettings settings = redis.settings("last-of-64", List.of(PROVIDER));
    ActorSystem<Void> shared = ActorSystem.create(Behaviors.empty(), "bench");
    List<Fleet> workers =
        IntStream.range(0, 64).mapToObj(i -> Fleet.start(settings, shared)).toList();
    try (LastOf last = new LastOf(redis, writes, workers, shared::terminate)) {
      return last.measure("last-of-64", rounds, OptionalDouble.empty());
    }
  }

  private Comparison measure(String metric, int rounds, OptionalDouble mostP99) {
    Samples ours = new Samples();
    Samples raw = new Samples();
    Alternation.run(rounds, ours, raw, this::ours, this::raw);
    return new Comparison(metric, ours, raw, 1.5, mostP99);
  }

  private long ours() {
    Fleet first = workers.get(trips++ % count);
    List<CircuitBreaker> others =
        workers.stream().filter(w -> w != first).map(w -> w.breaker(PROVIDER)).toList();
    rest();
    long begun = System.nanoTime();
    first.breaker(PROVIDER).tryAcquire().orElseThrow().failure();
    rest();
    Pause.until("all refuse", () -> others.stream().noneMatch(CircuitBreaker::isPermitAvailable));
    Pause.until("all hold the trip", () -> allHold(State.OPEN));
    long last = others.stream().mapToLong(breaker -> since(breaker) - begun).max().orElseThrow();
    ResetOutcome reset = first.reset(PROVIDER, "next").toCompletableFuture().join();
    if (reset != ResetOutcome.COMMITTED) {
      throw new IllegalStateException("the reset ended as " + reset);
    }
    Pause.until("all are closed", () -> allHold(State.CLOSED));
    return last;
  }

  private boolean allHold(State state) {
    BreakerView first = workers.get(0).breaker(PROVIDER).view();
    return workers.stream()
        .map(worker -> worker.breaker(PROVIDER).view())
        .allMatch(
            view ->
                view.state() == state && view.shared() && view.revision().equals(first.revision()));
  }

  private static long since(CircuitBreaker breaker) {
    long age = breaker.view().stateAge().toNanos();
    return System.nanoTime() - age;
  }

  private long raw() {
    IntStream.range(0, count).forEach(number -> received.set(number, 0));
    rest();
    long begun = System.nanoTime();
    peer.pair();
    rest();
    Pause.until("all have received", () -> times().noneMatch(nanos -> nanos == 0));
    return times().map(nanos -> nanos - begun).max().orElseThrow();
  }

  private LongStream times() {
    return IntStream.range(0, count).mapToLong(received::get);
  }

  /** Nothing of the round before goes on any more, and nobody looks while the next is measured. */
  private void rest() {
    Pause.of(FIRST_SLEEP.plus(PER_SUBSCRIBER.multipliedBy(count)));
  }

  @Override
  public void close() {
    subscribers.close();
    peer.close();
    workers.forEach(Fleet::close);
    end.run();
  }
}
