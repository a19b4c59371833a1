package io.fleetbreaker.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.fleet.ProviderReport;
import io.fleetbreaker.fleet.WorkerReport;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One worker as it has told of itself: the document {@code Worker} of the management API. */
record ApiWorker(
    String instance,
    String host,
    String workerId,
    @Nullable String address,
    String version,
    String startedAt,
    String presence,
    long silentMs,
    String sync,
    @Nullable Long syncLagMs,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Map<String, Reported> providers) {

  /** What the worker has told of one provider. */
  record Reported(
      String state,
      @Nullable String override,
      int failureCount,
      @Nullable Double failureRate,
      ApiProvider.Counts counts,
      @Nullable String revision,
      boolean shared) {

    static Reported of(ProviderReport report) {
      return new Reported(
          report.state().wireName(),
          report.override().map(OverrideMode::wireName).orElse(null),
          report.failureCount(),
          ApiProvider.orNull(report.failureRate()),
          ApiProvider.Counts.of(report.counts()),
          report.revision().equals(RevisionId.NONE) ? null : RevisionTag.text(report.revision()),
          report.shared());
    }
  }

  static ApiWorker of(WorkerReport report, boolean withProviders) {
    WorkerName name = WorkerName.of(report.instance());
    return new ApiWorker(
        report.instance(),
        name.host(),
        name.pid(),
        report.address().orElse(null),
        report.version(),
        Views.time(report.startedAt()),
        report.presence().name().toLowerCase(Locale.ROOT),
        report.silentFor().toMillis(),
        report.sync().name().toLowerCase(Locale.ROOT),
        report.syncLag().map(Duration::toMillis).orElse(null),
        withProviders ? providers(report) : null);
  }

  private static Map<String, Reported> providers(WorkerReport report) {
    Map<String, Reported> byName = new TreeMap<>();
    report.providers().forEach(one -> byName.put(one.provider(), Reported.of(one)));
    return byName;
  }

  /** The parts of {@code host:pid:startMillis:nonce}; of another worker's id what can be had. */
  record WorkerName(String host, String pid) {
    static WorkerName of(String instance) {
      String[] parts = instance.split(":", -1);
      return parts.length >= 2 ? new WorkerName(parts[0], parts[1]) : new WorkerName(instance, "");
    }
  }
}
