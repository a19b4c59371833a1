package io.fleetbreaker.http;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.CallCounts;
import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.State;
import io.fleetbreaker.fleet.SyncStatus;
import io.fleetbreaker.redis.SyncMetrics;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * What a worker says of itself to Prometheus, as a pure function of a {@link Snapshot}: nothing is
 * counted for it on a guarded call's way. docs/metrics.md is the contract; its only unbounded label
 * is the provider, and providers are configured.
 */
final class WorkerMetrics {
  private static final String PREFIX = "fleetbreaker_";

  private final Snapshot worker;
  private final MetricSnapshots.Builder all = MetricSnapshots.builder();

  private WorkerMetrics(Snapshot worker) {
    this.worker = worker;
  }

  static MetricSnapshots of(Snapshot worker) {
    WorkerMetrics metrics = new WorkerMetrics(worker);
    metrics.states();
    metrics.windows();
    metrics.calls();
    metrics.revisions();
    metrics.process();
    metrics.link();
    metrics.messages();
    return metrics.all.build();
  }

  private void states() {
    gauge(
        "state",
        "1 for what the calls of a provider meet on this worker, else 0.",
        view ->
            Stream.concat(
                    Stream.of(State.values())
                        .map(
                            state ->
                                point(
                                    view,
                                    "state",
                                    state.wireName(),
                                    view.override().isEmpty() && view.state() == state ? 1 : 0)),
                    Stream.of(OverrideMode.values())
                        .map(
                            mode ->
                                point(view, "state", mode.wireName(), isUnder(view, mode) ? 1 : 0)))
                .toList());
    gauge(
        "override",
        "1 for the override a provider is under on this worker, else 0.",
        view ->
            Stream.of(OverrideMode.values())
                .map(mode -> point(view, "mode", mode.wireName(), isUnder(view, mode) ? 1 : 0))
                .toList());
    each(
        "state_age_seconds",
        "For how long the provider has been in its state on this worker.",
        view -> seconds(view.stateAge()));
    each(
        "shared",
        "1 if the provider's state on this worker is the fleet's, 0 if it is this worker's alone.",
        view -> view.shared() ? 1 : 0);
  }

  private static boolean isUnder(BreakerView view, OverrideMode mode) {
    return view.override().filter(override -> override.mode() == mode).isPresent();
  }

  private void windows() {
    each("failures", "Failures in a row on this worker.", BreakerView::failureCount);
    gauge(
        "failure_rate",
        "Percent of the calls in the window that failed; absent while it means nothing.",
        view -> rate(view, view.failureRate()));
    gauge(
        "slow_call_rate",
        "Percent of the calls in the window that were slow; absent while it means nothing.",
        view -> rate(view, view.slowCallRate()));
  }

  private static List<GaugeDataPointSnapshot> rate(BreakerView view, OptionalDouble percent) {
    return percent.isPresent() ? List.of(point(of(view), percent.getAsDouble())) : List.of();
  }

  private void calls() {
    byKind(
        "calls",
        "Calls made by this worker, by how they ended.",
        counts ->
            Map.of(
                "successful", counts.successful(),
                "failed", counts.failed(),
                "ignored", counts.ignored()));
    byKind(
        "slow_calls",
        "Those of the calls that took longer than the policy finds slow.",
        counts -> Map.of("successful", counts.slowSuccessful(), "failed", counts.slowFailed()));
    counter(
        "not_permitted_calls",
        "Calls that this worker refused.",
        worker.breakers().stream().map(view -> count(of(view), view.counts().rejected())).toList());
  }

  private void byKind(String name, String help, Function<CallCounts, Map<String, Long>> kinds) {
    List<CounterDataPointSnapshot> points = new ArrayList<>();
    for (BreakerView view : worker.breakers()) {
      kinds
          .apply(view.counts())
          .forEach((kind, n) -> points.add(count(of(view).add("kind", kind), n)));
    }
    counter(name, help, points);
  }

  private void revisions() {
    each(
        "revision_epoch",
        "The epoch of the fleet's revision this worker holds; 0 before the first.",
        view -> view.revision().epoch());
    each(
        "revision_version",
        "The version of the fleet's revision this worker holds; 0 before the first.",
        view -> view.revision().version());
  }

  private void process() {
    all.metricSnapshot(
        InfoSnapshot.builder()
            .name(PREFIX + "build")
            .help("The version of Fleetbreaker this worker runs.")
            .dataPoint(
                InfoDataPointSnapshot.builder()
                    .labels(Labels.of("version", worker.version()))
                    .build())
            .build());
    single("uptime_seconds", "How long this worker has been running.", seconds(worker.uptime()));
  }

  private void link() {
    SyncStatus sync = worker.sync();
    SyncMetrics metrics = worker.link();
    single(
        "sync_up",
        "1 if this worker shares and follows the fleet's state, 0 if it protects itself alone.",
        sync.mode() == SyncStatus.Mode.OK ? 1 : 0);
    single(
        "redis_up",
        "1 if Redis answered this worker when it was last asked, else 0.",
        sync.redisConnected() ? 1 : 0);
    single(
        "subscribed",
        "1 if events of other workers arrive at this one, else 0.",
        sync.subscribed() ? 1 : 0);
    perhaps(
        "sync_lag_seconds",
        "How long ago Redis last answered this worker; absent before the first time.",
        metrics.lastContact());
    perhaps(
        "history_lag_seconds",
        "How long ago this worker last compared itself with the fleet's history; absent before.",
        metrics.historyLag());
    counter(
        "degraded_seconds",
        "For how long in all this worker did not share and follow the fleet's state.",
        List.of(count(Labels.EMPTY, seconds(metrics.degraded()))));
    counter(
        "reconnects",
        "How often this worker's subscription has been made again.",
        List.of(count(Labels.EMPTY, metrics.reconnects())));
    SyncMetrics.Ages ages = metrics.propagation();
    all.metricSnapshot(
        HistogramSnapshot.builder()
            .name(PREFIX + "propagation_seconds")
            .help("How old transitions of other workers were when they took effect here.")
            .dataPoint(
                HistogramDataPointSnapshot.builder()
                    .classicHistogramBuckets(
                        ClassicHistogramBuckets.of(
                            Stream.concat(
                                    SyncMetrics.Ages.BOUNDS.stream(),
                                    Stream.of(Double.POSITIVE_INFINITY))
                                .toList(),
                            ages.counts()))
                    .sum(seconds(ages.sum()))
                    .build())
            .build());
  }

  private void messages() {
    SyncMetrics metrics = worker.link();
    counter(
        "commits",
        "This worker's attempts to write a provider's state, by how they ended.",
        metrics.commits().entrySet().stream()
            .map(e -> count(Labels.of("outcome", e.getKey().metricName()), e.getValue()))
            .toList());
    counter(
        "events_received",
        "Events of the fleet that reached this worker, its own among them.",
        List.of(count(Labels.EMPTY, metrics.eventsReceived())));
    counter(
        "messages_dropped",
        "Messages on the channel that had no effect on this worker, by reason.",
        metrics.messagesDropped().entrySet().stream()
            .map(e -> count(Labels.of("reason", e.getKey().metricName()), e.getValue()))
            .toList());
  }

  private void each(String name, String help, ToDoubleFunction<BreakerView> value) {
    gauge(name, help, view -> List.of(point(of(view), value.applyAsDouble(view))));
  }

  private void single(String name, String help, double value) {
    gauge(name, help, List.of(point(Labels.EMPTY, value)));
  }

  private void perhaps(String name, String help, Optional<Duration> value) {
    gauge(name, help, value.map(d -> point(Labels.EMPTY, seconds(d))).stream().toList());
  }

  private void gauge(
      String name, String help, Function<BreakerView, List<GaugeDataPointSnapshot>> points) {
    gauge(name, help, worker.breakers().stream().flatMap(v -> points.apply(v).stream()).toList());
  }

  private void gauge(String name, String help, List<GaugeDataPointSnapshot> points) {
    GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(PREFIX + name).help(help);
    points.forEach(gauge::dataPoint);
    all.metricSnapshot(gauge.build());
  }

  private void counter(String name, String help, List<CounterDataPointSnapshot> points) {
    CounterSnapshot.Builder counter = CounterSnapshot.builder().name(PREFIX + name).help(help);
    points.forEach(counter::dataPoint);
    all.metricSnapshot(counter.build());
  }

  private static Labels of(BreakerView view) {
    return Labels.of("provider", view.provider());
  }

  private static GaugeDataPointSnapshot point(
      BreakerView view, String label, String value, double is) {
    return point(of(view).add(label, value), is);
  }

  private static GaugeDataPointSnapshot point(Labels labels, double value) {
    return GaugeDataPointSnapshot.builder().labels(labels).value(value).build();
  }

  private static CounterDataPointSnapshot count(Labels labels, long value) {
    return count(labels, (double) value);
  }

  private static CounterDataPointSnapshot count(Labels labels, double value) {
    return CounterDataPointSnapshot.builder().labels(labels).value(value).build();
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }
}
