package io.fleetbreaker.it.child;

import io.fleetbreaker.CallNotPermittedException;
import io.fleetbreaker.CircuitBreaker;
import io.fleetbreaker.Permit;
import io.fleetbreaker.fleet.Fleet;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Makes calls at a fixed rate and tells how long they took, from when each was due: a caller that
 * is held up makes all calls late that were due meanwhile. Next to those who call, one thread keeps
 * the same times and calls nothing, which shows how late this machine makes anybody.
 *
 * <p>Argument: settings with the providers openai, which is called, anthropic, which refuses, and
 * trip0, trip1 and so on. {@code measure <seconds>} calls, {@code measure <seconds> <number>} trips
 * ten of these meanwhile, one after the other, from that number on. Both answer {@code <p99 in ns>
 * <p99 of the other thread> <calls> <thread dumps> <what callers waited in>}.
 */
public final class SteadyCaller {
  private static final int CALLERS = 2;
  private static final int TRIPS = 10;
  private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(4);
  private static final long DUMP_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final int DEPTH = 100;

  private final Fleet fleet;
  private final CircuitBreaker admitting;
  private final CircuitBreaker refusing;

  private SteadyCaller(Fleet fleet) {
    this.fleet = fleet;
    this.admitting = fleet.breaker("openai");
    this.refusing = fleet.breaker("anthropic");
  }

  public static void main(String[] args) throws InterruptedException {
    Parent parent = Parent.listen();
    try (Fleet fleet = Fleet.start(WatchedWorker.settings(args[0]))) {
      SteadyCaller caller = new SteadyCaller(fleet);
      trip(caller.refusing);
      parent.say("ready");
      while (true) {
        String[] command = parent.nextCommand();
        parent.answer(
            caller.measure(
                Integer.parseInt(command[1]),
                command.length > 2
                    ? OptionalInt.of(Integer.parseInt(command[2]))
                    : OptionalInt.empty()));
      }
    }
  }

  private String measure(int seconds, OptionalInt firstTrip) throws InterruptedException {
    int calls = (int) (TimeUnit.SECONDS.toNanos(seconds) / PERIOD_NANOS);
    long start = System.nanoTime() + DUMP_EVERY_NANOS;
    List<long[]> latencies = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i <= CALLERS; i++) {
      OptionalInt tripping = i == 0 ? firstTrip : OptionalInt.empty();
      boolean idle = i == CALLERS;
      long[] nanos = new long[calls];
      latencies.add(nanos);
      threads.add(
          new Thread(() -> keepTimes(start, nanos, idle, tripping), idle ? "idle" : "caller-" + i));
    }
    threads.forEach(Thread::start);
    Set<String> waits = new TreeSet<>();
    int dumps = 0;
    while (threads.stream().anyMatch(Thread::isAlive)) {
      LockSupport.parkNanos(DUMP_EVERY_NANOS);
      dump(threads.subList(0, CALLERS)).forEach(waits::add);
      dumps++;
    }
    for (Thread thread : threads) {
      thread.join();
    }
    return String.join(
        " ",
        String.valueOf(p99(latencies.subList(0, CALLERS))),
        String.valueOf(p99(latencies.subList(CALLERS, CALLERS + 1))),
        String.valueOf(calls * CALLERS),
        String.valueOf(dumps),
        waits.isEmpty() ? "nothing" : String.join(", ", waits));
  }

  private void keepTimes(long start, long[] nanos, boolean idle, OptionalInt tripping) {
    for (int i = 0; i < nanos.length; i++) {
      long due = start + i * PERIOD_NANOS;
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      if (!idle) {
        call(i);
      }
      if (tripping.isPresent() && i % (nanos.length / TRIPS) == 0) {
        trip(fleet.breaker("trip" + (tripping.getAsInt() + i / (nanos.length / TRIPS) % TRIPS)));
      }
      nanos[i] = System.nanoTime() - due;
    }
  }

  private void call(int number) {
    try {
      (number % 2 == 0 ? admitting : refusing).run(() -> {});
      if (number % 2 != 0) {
        throw new IllegalStateException("anthropic does not refuse");
      }
    } catch (CallNotPermittedException e) {
      if (number % 2 == 0) {
        throw new IllegalStateException("openai refuses", e);
      }
    }
  }

  private static void trip(CircuitBreaker breaker) {
    for (int i = 0; i < breaker.settings().tripPolicy().failuresThatOpen(); i++) {
      Optional<Permit> permit = breaker.tryAcquire();
      permit.ifPresent(Permit::failure);
    }
    if (breaker.tryAcquire().isPresent()) {
      throw new IllegalStateException(breaker.provider() + " does not open at once");
    }
  }

  /** Where a caller waits though it is in the library, or in the client it uses. */
  private static List<String> dump(List<Thread> callers) {
    long[] ids = callers.stream().mapToLong(Thread::getId).toArray();
    return Stream.of(ManagementFactory.getThreadMXBean().getThreadInfo(ids, DEPTH))
        .filter(info -> info != null && info.getThreadState() != Thread.State.RUNNABLE)
        .flatMap(SteadyCaller::libraryFrame)
        .toList();
  }

  private static Stream<String> libraryFrame(ThreadInfo info) {
    return Arrays.stream(info.getStackTrace())
        .filter(
            frame -> {
              String type = frame.getClassName();
              return type.startsWith("redis.clients.")
                  || (type.startsWith("io.fleetbreaker.")
                      && !type.startsWith("io.fleetbreaker.it."));
            })
        .map(frame -> info.getThreadState() + " at " + frame)
        .limit(1);
  }

  private static long p99(List<long[]> latencies) {
    long[] all = latencies.stream().flatMapToLong(Arrays::stream).sorted().toArray();
    return all[all.length * 99 / 100];
  }
}
