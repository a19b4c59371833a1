package io.fleetbreaker.cli;

import com.typesafe.config.Config;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.cli.supervise.WorkerSignal;
import io.fleetbreaker.fleet.Fleet;
import io.fleetbreaker.fleet.FleetSettings;
import io.fleetbreaker.fleet.SyncStatus;
import io.fleetbreaker.http.BoundPorts;
import io.fleetbreaker.http.HttpServer;
import io.fleetbreaker.http.HttpSettings;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One worker's life: joins the fleet, serves, drains, leaves. */
final class WorkerRun {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerRun.class);
  private static final Duration START_LIMIT = Duration.ofSeconds(30);
  private static final Duration SUBSCRIBE_LIMIT = Duration.ofSeconds(2);
  private static final Duration DRAIN = Duration.ofSeconds(5);

  private final Terminal terminal;
  private final LogFormat format;
  private final FleetSettings settings;
  private final HttpSettings http;
  private final Config config;
  private final StopSignal stop;

  WorkerRun(
      Terminal terminal,
      LogFormat format,
      FleetSettings settings,
      HttpSettings http,
      Config config,
      StopSignal stop) {
    this.terminal = terminal;
    this.format = format;
    this.settings = settings;
    this.http = http;
    this.config = config;
    this.stop = stop;
  }

  /** Returns when the worker was told to stop and has. */
  void run() throws Exception {
    long pid = ProcessHandle.current().pid();
    say("started: pid " + pid + ", providers " + providers());
    ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "fleetbreaker", config);
    try (Fleet fleet = Fleet.start(settings, system)) {
      HttpServer server = await(HttpServer.start(system, fleet, http), START_LIMIT);
      try {
        say(subscription(fleet));
        List<Integer> ports = ports(server.boundPorts());
        say("serves: " + addresses(ports));
        terminal.print(new WorkerSignal.Ready(pid, ports).toLine());
        stop.await();
      } finally {
        await(server.stop(DRAIN), DRAIN.multipliedBy(2));
      }
    } finally {
      system.terminate();
      await(system.getWhenTerminated(), DRAIN);
    }
  }

  /** For people; in JSON it is an event of the log like any other. */
  private void say(String line) {
    switch (format) {
      case TEXT -> terminal.print(line);
      case JSON -> LOG.info("{}", line);
    }
  }

  private String providers() {
    return settings.providers().stream()
        .sorted(
            Comparator.comparingInt(ProviderSettings::priority)
                .thenComparing(ProviderSettings::name))
        .map(provider -> provider.name() + " (priority " + provider.priority() + ")")
        .collect(Collectors.joining(", "));
  }

  /** Waits a moment to have joined, because the line should say how it is, not how it was. */
  private String subscription(Fleet fleet) throws InterruptedException {
    long deadline = System.nanoTime() + SUBSCRIBE_LIMIT.toNanos();
    SyncStatus sync = fleet.sync();
    while (!(sync.subscribed() && fleet.readiness().isReady())
        && sync.problem().isEmpty()
        && System.nanoTime() < deadline
        && !stop.await(Duration.ofMillis(20))) {
      sync = fleet.sync();
    }
    String redis = CliConfig.shown(settings.redis().uri().toString());
    return sync.subscribed()
        ? "subscribed: " + redis + ", channel " + settings.redis().channel() + ", sync ok"
        : "not subscribed: " + redis + problem(sync) + ", sync degraded";
  }

  private static String problem(SyncStatus sync) {
    return sync.problem().isEmpty() ? "" : " (" + sync.problem() + ")";
  }

  private static List<Integer> ports(BoundPorts bound) {
    return Stream.concat(bound.shared().stream(), Stream.of(bound.own())).toList();
  }

  private String addresses(List<Integer> ports) {
    return ports.stream()
        .map(
            port ->
                (http.security().tls().isPresent() ? "https://" : "http://")
                    + http.host()
                    + ":"
                    + port
                    + (http.sharedPort().filter(port::equals).isPresent() ? " (shared)" : ""))
        .collect(Collectors.joining(", "));
  }

  private static <T> T await(CompletionStage<T> stage, Duration limit)
      throws InterruptedException, ExecutionException, TimeoutException {
    return stage.toCompletableFuture().get(limit.toMillis(), TimeUnit.MILLISECONDS);
  }
}
