package io.fleetbreaker.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.CallWindow;
import io.fleetbreaker.Outcome;
import io.fleetbreaker.Permit;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.TripCondition;
import io.fleetbreaker.TripPolicy;
import io.fleetbreaker.breaker.RateWindow.Sample;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A gate and its windows against a model that keeps every call and counts them when asked. */
class GateModelTest {
  private static final Duration SLOW = Duration.ofSeconds(1);

  @Test
  void theGateShutsWhenTheModelDoesAndForTheSameReason() {
    Seeds.each(1_500, random -> new Run(random).run());
  }

  /** One ended call of the present era. */
  private record Call(long atNanos, boolean failed, boolean slow) {}

  private record InFlight(Permit permit, long begunNanos, int era) {}

  /** What the gate should know, by brute force. */
  private static final class Model {
    private final TripPolicy policy;
    private final long startNanos;
    private final List<Call> calls = new ArrayList<>();
    private long lookedNanos;
    private int run;
    private @Nullable String reason;

    Model(TripPolicy policy, long startNanos) {
      this.policy = policy;
      this.startNanos = startNanos;
      this.lookedNanos = startNanos;
    }

    void ended(long nowNanos, boolean failed, boolean slow) {
      if (aWindowMovedOn(nowNanos)) {
        look(nowNanos);
      }
      lookedNanos = nowNanos;
      if (reason != null) {
        return;
      }
      calls.add(new Call(nowNanos, failed, slow));
      run = failed ? run + 1 : 0;
      if (failed) {
        lookAtTheRun();
      }
      if (failed || slow) {
        look(nowNanos);
      }
    }

    private boolean aWindowMovedOn(long nowNanos) {
      return policy.conditions().stream()
          .anyMatch(c -> time(c) != null && step(time(c), nowNanos) > step(time(c), lookedNanos));
    }

    private void lookAtTheRun() {
      for (TripCondition condition : policy.conditions()) {
        if (reason == null
            && condition instanceof TripCondition.ConsecutiveFailures inARow
            && run >= inARow.threshold()) {
          reason = run == 1 ? "1 failure" : run + " consecutive failures";
        }
      }
    }

    private void look(long nowNanos) {
      for (TripCondition condition : policy.conditions()) {
        if (reason == null && !(condition instanceof TripCondition.ConsecutiveFailures)) {
          Sample sample = sample(condition, nowNanos);
          WindowedCondition windowed = WindowedCondition.of(condition, 0).orElseThrow();
          if (sample.marked() >= windowed.marksThatOpen(sample.calls())) {
            reason = windowed.reason(sample);
          }
        }
      }
    }

    private Sample sample(TripCondition condition, long nowNanos) {
      List<Call> inWindow = calls;
      Duration time = time(condition);
      if (time != null) {
        long oldest = step(time, nowNanos) - 9;
        inWindow = calls.stream().filter(c -> step(time, c.atNanos()) >= oldest).toList();
      } else if (window(condition) instanceof CallWindow.LastCalls last) {
        inWindow = calls.subList(Math.max(0, calls.size() - last.calls()), calls.size());
      }
      boolean slow = condition instanceof TripCondition.SlowCallRate;
      long marked = inWindow.stream().filter(c -> slow ? c.slow() : c.failed()).count();
      return new Sample(inWindow.size(), marked);
    }

    /** A tenth of the window is a step; the first begins with the era. */
    private long step(Duration window, long atNanos) {
      long passed = atNanos - startNanos;
      return passed < 0 ? 0 : passed / (window.toNanos() / 10);
    }

    private static @Nullable Duration time(TripCondition condition) {
      if (condition instanceof TripCondition.FailureCount count) {
        return count.window();
      }
      return window(condition) instanceof CallWindow.LastTime last ? last.duration() : null;
    }

    private static @Nullable CallWindow window(TripCondition condition) {
      if (condition instanceof TripCondition.FailureRate rate) {
        return rate.window();
      }
      return condition instanceof TripCondition.SlowCallRate rate ? rate.window() : null;
    }

    OptionalDouble rate(Class<? extends TripCondition> kind, long nowNanos) {
      for (TripCondition condition : policy.conditions()) {
        if (kind.isInstance(condition)) {
          Sample sample = sample(condition, nowNanos);
          return WindowedCondition.of(condition, 0).orElseThrow().isMeaningful(sample)
              ? OptionalDouble.of(sample.percent())
              : OptionalDouble.empty();
        }
      }
      return OptionalDouble.empty();
    }
  }

  /** One random sequence of calls and times. */
  private static final class Run {
    private final SplittableRandom random;
    private final TripPolicy policy;
    private final GateFixture f;
    private final List<InFlight> inFlight = new ArrayList<>();
    private Model model;
    private int era;
    private long successes;
    private long failures;
    private long ignored;

    Run(SplittableRandom random) {
      this.random = random;
      List<TripCondition> conditions = new ArrayList<>();
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        conditions.add(condition());
      }
      this.policy = new TripPolicy(conditions);
      long start = random.nextInt(4) == 0 ? Long.MAX_VALUE - 5_000_000_000L : random.nextLong();
      this.f =
          new GateFixture(start, ProviderSettings.builder("openai").tripPolicy(policy).build());
      this.model = new Model(policy, start);
    }

    private TripCondition condition() {
      int size = 1 + random.nextInt(12);
      CallWindow window =
          random.nextBoolean() ? CallWindow.calls(size) : CallWindow.time(seconds(1, 10));
      int percent = 30 + random.nextInt(71);
      return switch (random.nextInt(4)) {
        case 0 -> new TripCondition.ConsecutiveFailures(1 + random.nextInt(6));
        case 1 -> new TripCondition.FailureCount(1 + random.nextInt(6), seconds(1, 10));
        case 2 -> new TripCondition.FailureRate(percent, 1 + random.nextInt(size), window);
        default -> new TripCondition.SlowCallRate(percent, SLOW, 1 + random.nextInt(size), window);
      };
    }

    private Duration seconds(int least, int most) {
      return Duration.ofSeconds(random.nextInt(least, most + 1));
    }

    void run() {
      for (int i = 0; i < 120; i++) {
        switch (random.nextInt(4)) {
          case 0 -> passTime();
          case 1, 2 -> begin();
          default -> end();
        }
        if (model.reason == null && random.nextInt(60) == 0) {
          beginEra();
        }
        compare("step " + i + " of " + policy);
        if (model.reason != null) {
          beginEra();
        }
      }
    }

    private void passTime() {
      f.ticker.advance(Duration.ofNanos(random.nextLong(1_500_000_000L)));
      if (random.nextInt(4) != 0) {
        f.clock.tick();
      }
    }

    private void begin() {
      inFlight.add(new InFlight(f.take(), f.ticker.nanos(), era));
    }

    private void end() {
      if (inFlight.isEmpty()) {
        return;
      }
      InFlight ended = inFlight.remove(random.nextInt(inFlight.size()));
      int how = random.nextInt(10);
      if (how == 0) {
        ended.permit().ignore();
        ignored++;
        return;
      }
      boolean failed = how < 6;
      boolean slow =
          policy.slowerThan().isPresent() && f.ticker.nanos() - ended.begunNanos() > SLOW.toNanos();
      ended.permit().settle(failed ? Outcome.failure() : Outcome.success());
      failures += failed ? 1 : 0;
      successes += failed ? 0 : 1;
      if (ended.era() == era) {
        model.ended(f.clock.coarseNanos(), failed, slow);
      }
    }

    private void beginEra() {
      f.show(State.OPEN);
      f.show(State.CLOSED);
      era++;
      model = new Model(policy, f.ticker.nanos());
    }

    private void compare(String step) {
      BreakerView view = f.gate.view();
      boolean shut = model.reason != null;
      assertThat(view.state()).as(step).isEqualTo(shut ? State.OPEN : State.CLOSED);
      assertThat(view.counts().successful()).as(step).isEqualTo(successes);
      assertThat(view.counts().failed()).as(step).isEqualTo(failures);
      assertThat(view.counts().ignored()).as(step).isEqualTo(ignored);
      if (shut) {
        assertThat(view.reason()).as(step).isEqualTo(model.reason);
        assertThat(f.gate.tryAcquire()).as(step).isEmpty();
        return;
      }
      long now = f.clock.coarseNanos();
      assertThat(view.failureCount()).as(step).isEqualTo(model.run);
      assertThat(view.failureRate())
          .as(step)
          .isEqualTo(model.rate(TripCondition.FailureRate.class, now));
      assertThat(view.slowCallRate())
          .as(step)
          .isEqualTo(model.rate(TripCondition.SlowCallRate.class, now));
    }
  }
}
