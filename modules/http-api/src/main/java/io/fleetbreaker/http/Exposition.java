package io.fleetbreaker.http;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.CallCounts;
import io.fleetbreaker.State;
import io.fleetbreaker.fleet.SyncStatus;
import java.util.Locale;
import java.util.function.ToLongFunction;

/**
 * A worker's metrics in Prometheus' text format 0.0.4, as a pure function of a {@link Snapshot}.
 */
final class Exposition {
  static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final StringBuilder out = new StringBuilder();

  private Exposition() {}

  static String of(Snapshot worker) {
    Exposition text = new Exposition();
    text.states(worker);
    text.perProvider(
        worker,
        "fleetbreaker_failures",
        "gauge",
        "Failures this worker counted in a row.",
        BreakerView::failureCount);
    text.calls(worker);
    text.perProvider(
        worker,
        "fleetbreaker_not_permitted_calls_total",
        "counter",
        "Calls this worker refused.",
        view -> view.counts().rejected());
    text.single(
        "fleetbreaker_sync_up",
        "gauge",
        "Whether this worker shares and follows the fleet's state.",
        worker.sync().mode() == SyncStatus.Mode.OK ? "1" : "0");
    text.single(
        "fleetbreaker_redis_up",
        "gauge",
        "Whether this worker's last contact with Redis succeeded.",
        worker.sync().redisConnected() ? "1" : "0");
    text.single(
        "fleetbreaker_events_received_total",
        "counter",
        "Events of the fleet that reached this worker, its own among them.",
        Long.toString(worker.sync().eventsReceived()));
    text.single(
        "fleetbreaker_messages_dropped_total",
        "counter",
        "Messages on the channel that were no event of this fleet.",
        Long.toString(worker.sync().messagesDropped()));
    text.single(
        "fleetbreaker_uptime_seconds",
        "gauge",
        "How long this worker has been running.",
        Views.seconds(worker.uptime()).toPlainString());
    return text.out.toString();
  }

  private void states(Snapshot worker) {
    head("fleetbreaker_state", "gauge", "1 for the state a breaker is in on this worker.");
    for (BreakerView view : worker.breakers()) {
      for (State state : State.values()) {
        sample(
            "fleetbreaker_state",
            provider(view) + ",state=\"" + state.wireName() + "\"",
            view.state() == state ? "1" : "0");
      }
    }
  }

  private void calls(Snapshot worker) {
    head("fleetbreaker_calls_total", "counter", "Calls made by this worker, by how they ended.");
    for (BreakerView view : worker.breakers()) {
      CallCounts counts = view.counts();
      call(view, "successful", counts.successful());
      call(view, "failed", counts.failed());
      call(view, "ignored", counts.ignored());
    }
  }

  private void call(BreakerView view, String kind, long count) {
    String labels = provider(view) + ",kind=\"" + kind + "\"";
    sample("fleetbreaker_calls_total", labels, Long.toString(count));
  }

  private void perProvider(
      Snapshot worker, String name, String type, String help, ToLongFunction<BreakerView> value) {
    head(name, type, help);
    for (BreakerView view : worker.breakers()) {
      sample(name, provider(view), Long.toString(value.applyAsLong(view)));
    }
  }

  private void single(String name, String type, String help, String value) {
    head(name, type, help);
    out.append(name).append(' ').append(value).append('\n');
  }

  private void head(String name, String type, String help) {
    out.append(
        String.format(Locale.ROOT, "# HELP %1$s %2$s\n# TYPE %1$s %3$s\n", name, help, type));
  }

  private void sample(String name, String labels, String value) {
    out.append(name).append('{').append(labels).append("} ").append(value).append('\n');
  }

  /** A legal provider name has nothing to escape; escaping it anyway keeps that no one's worry. */
  private static String provider(BreakerView view) {
    return "provider=\"" + escaped(view.provider()) + "\"";
  }

  static String escaped(String label) {
    return label.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }
}
