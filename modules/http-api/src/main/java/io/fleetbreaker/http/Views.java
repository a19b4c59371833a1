package io.fleetbreaker.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fleetbreaker.BreakerView;
import io.fleetbreaker.State;
import io.fleetbreaker.fleet.ResetOutcome;
import io.fleetbreaker.fleet.SyncStatus;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The JSON documents of the seed-compatible routes, as pure functions of a {@link Snapshot}. The
 * components' names, in snake case, are the interface: programs read them.
 */
final class Views {
  private static final DateTimeFormatter MICROSECONDS =
      new DateTimeFormatterBuilder().appendInstant(6).toFormatter();

  private Views() {}

  record Status(
      String workerId,
      String instance,
      List<StatusProvider> providers,
      BigDecimal uptime,
      boolean syncEnabled,
      String syncBackend,
      String sync,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String syncProblem) {}

  record StatusProvider(String name, int priority, StatusBreaker circuitBreaker) {}

  record StatusBreaker(
      String state,
      int failureCount,
      @Nullable String lastFailure,
      BigDecimal stateAgeMs,
      boolean shared,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String override) {}

  record Triggered(
      String workerId,
      String instance,
      String provider,
      int failuresTriggered,
      int threshold,
      TriggeredBreaker circuitBreaker) {}

  record TriggeredBreaker(String state, int failureCount, BigDecimal stateAgeMs, boolean shared) {}

  record ResetDone(
      String workerId, String instance, String provider, String message, String newState) {}

  record Providers(
      String workerId, String instance, List<ProviderItem> providers, String timestamp) {}

  record ProviderItem(
      String name,
      boolean available,
      String circuitState,
      int failureCount,
      @Nullable String lastFailureTime) {}

  record Health(
      String status,
      String workerId,
      String instance,
      boolean redisConnected,
      boolean syncEnabled,
      String sync,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String syncProblem,
      @Nullable Long syncLagMs,
      @Nullable String lastContact,
      List<ProviderItem> providers) {}

  record Live(boolean alive, String workerId, String instance) {}

  record Ready(
      boolean ready,
      String workerId,
      String instance,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> missing) {}

  record Metrics(
      String workerId,
      String instance,
      String timestamp,
      String redisStatus,
      boolean syncEnabled,
      Map<String, BreakerMetrics> circuitBreakers,
      int providerCount) {}

  record BreakerMetrics(
      String state, int failureCount, long successCount, @Nullable String lastFailureTime) {}

  static Status status(Snapshot worker) {
    return new Status(
        worker.pid(),
        worker.instance(),
        worker.breakers().stream().map(Views::statusProvider).toList(),
        seconds(worker.uptime()),
        true,
        "redis",
        sync(worker.sync()),
        problem(worker.sync()));
  }

  private static StatusProvider statusProvider(BreakerView view) {
    return new StatusProvider(
        view.provider(),
        view.priority(),
        new StatusBreaker(
            view.state().wireName(),
            view.failureCount(),
            lastFailure(view),
            milliseconds(view.stateAge()),
            view.shared(),
            view.override().map(override -> override.mode().wireName()).orElse(null)));
  }

  static Triggered triggered(String instance, int failures, BreakerView after) {
    return new Triggered(
        Pid.TEXT,
        instance,
        after.provider(),
        failures,
        after.failureThreshold(),
        new TriggeredBreaker(
            after.state().wireName(),
            after.failureCount(),
            milliseconds(after.stateAge()),
            after.shared()));
  }

  static ResetDone reset(String instance, ResetOutcome outcome, BreakerView after) {
    String message =
        switch (outcome) {
          case COMMITTED ->
              "the breaker of '" + after.provider() + "' was reset in the whole fleet";
          case LOCAL_ONLY ->
              "the breaker of '"
                  + after.provider()
                  + "' was reset on this worker only, because Redis could not be asked; the reset"
                  + " is proposed to the fleet when Redis is back";
          case UNKNOWN ->
              "whether the breaker of '" + after.provider() + "' was reset is not known";
          case FORCED_OPEN ->
              "the breaker of '" + after.provider() + "' is forced open, so it was not reset";
        };
    return new ResetDone(Pid.TEXT, instance, after.provider(), message, after.state().wireName());
  }

  static Providers providers(Snapshot worker) {
    return new Providers(
        worker.pid(), worker.instance(), providerItems(worker), time(worker.taken()));
  }

  static Health health(Snapshot worker) {
    boolean ok = worker.sync().mode() == SyncStatus.Mode.OK;
    return new Health(
        ok ? "healthy" : "degraded",
        worker.pid(),
        worker.instance(),
        worker.sync().redisConnected(),
        true,
        sync(worker.sync()),
        problem(worker.sync()),
        worker.sync().lastContact().map(Duration::toMillis).orElse(null),
        worker.sync().lastContact().map(ago -> time(worker.taken().minus(ago))).orElse(null),
        providerItems(worker));
  }

  static Live live(String instance) {
    return new Live(true, Pid.TEXT, instance);
  }

  static Ready ready(String instance, List<String> missing) {
    return new Ready(missing.isEmpty(), Pid.TEXT, instance, missing);
  }

  static Metrics metrics(Snapshot worker) {
    Map<String, BreakerMetrics> breakers = new LinkedHashMap<>();
    for (BreakerView view : worker.breakers()) {
      breakers.put(
          view.provider(),
          new BreakerMetrics(
              view.state().wireName(),
              view.failureCount(),
              view.counts().successful(),
              lastFailure(view)));
    }
    return new Metrics(
        worker.pid(),
        worker.instance(),
        time(worker.taken()),
        worker.sync().redisConnected() ? "connected" : "disconnected",
        true,
        breakers,
        breakers.size());
  }

  private static List<ProviderItem> providerItems(Snapshot worker) {
    return worker.breakers().stream().map(Views::providerItem).toList();
  }

  private static ProviderItem providerItem(BreakerView view) {
    return new ProviderItem(
        view.provider(),
        // Half-open admits probes: a caller may try.
        view.state() != State.OPEN,
        view.state().wireName(),
        view.failureCount(),
        lastFailure(view));
  }

  private static String sync(SyncStatus sync) {
    return switch (sync.mode()) {
      case OK -> "ok";
      case DEGRADED -> "degraded";
    };
  }

  private static @Nullable String problem(SyncStatus sync) {
    return switch (sync.mode()) {
      case OK -> null;
      case DEGRADED -> sync.problem();
    };
  }

  private static @Nullable String lastFailure(BreakerView view) {
    return view.lastFailure().map(Views::time).orElse(null);
  }

  /** ISO-8601, UTC, always six fractional digits: what most languages' parsers take. */
  static String time(Instant instant) {
    return MICROSECONDS.format(instant);
  }

  /** Decimal, because a double of some hours would be written as {@code 1.2E7}. */
  private static BigDecimal milliseconds(Duration duration) {
    return BigDecimal.valueOf(duration.toNanos() / 1_000, 3);
  }

  static BigDecimal seconds(Duration duration) {
    return BigDecimal.valueOf(duration.toMillis(), 3);
  }
}
