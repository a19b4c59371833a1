package io.fleetbreaker.cli;

import io.fleetbreaker.cli.supervise.FleetListener;
import io.fleetbreaker.cli.supervise.JvmLauncher;
import io.fleetbreaker.cli.supervise.PortPlan;
import io.fleetbreaker.cli.supervise.RedisKeeper;
import io.fleetbreaker.cli.supervise.Supervisor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A fleet on this machine: its workers and, if none was named, its Redis. Ends in that order, also
 * on Ctrl-C and SIGTERM.
 */
final class LocalFleet implements AutoCloseable {
  private static final Duration DRAIN = Duration.ofSeconds(10);

  private final @Nullable RedisKeeper redis;
  private final Supervisor supervisor;
  private final FleetListener listener;
  private boolean closed;

  private LocalFleet(@Nullable RedisKeeper redis, Supervisor supervisor, FleetListener listener) {
    this.redis = redis;
    this.supervisor = supervisor;
    this.listener = listener;
  }

  /**
   * Starts Redis if need be, then the workers, and returns while these are starting.
   *
   * @param redisUri of a Redis that is there already
   * @param file with more settings for the workers
   * @param flags what else they are told
   */
  static LocalFleet start(
      PortPlan ports,
      Optional<String> redisUri,
      Optional<Path> file,
      List<String> flags,
      FleetListener listener) {
    RedisKeeper redis = redisUri.isPresent() ? null : RedisKeeper.start(listener::onNotice);
    if (redis != null) {
      listener.onNotice(
          "started an embedded "
              + redis.description()
              + " at "
              + redis.uri()
              + "; its data is not kept (--redis URL names another)");
    }
    String uri = redis == null ? redisUri.orElseThrow() : redis.uri().toString();
    JvmLauncher launcher =
        new JvmLauncher(
            FleetbreakerCommand.class,
            index -> arguments(index, ports, file, flags),
            // By the environment, because everybody may read the arguments of a process.
            Map.of("FLEETBREAKER_REDIS_URI", uri));
    Supervisor supervisor = new Supervisor(ports.own().size(), launcher, listener, DRAIN);
    LocalFleet fleet = new LocalFleet(redis, supervisor, listener);
    Runtime.getRuntime().addShutdownHook(new Thread(fleet::close, "stop-fleet"));
    supervisor.start();
    return fleet;
  }

  private static List<String> arguments(
      int index, PortPlan ports, Optional<Path> file, List<String> flags) {
    List<String> arguments = new ArrayList<>(List.of("worker", "--host", ports.host()));
    arguments.addAll(List.of("--own-port", String.valueOf(ports.own().get(index - 1))));
    ports.shared().ifPresent(port -> arguments.addAll(List.of("--shared-port", port.toString())));
    file.ifPresent(path -> arguments.addAll(List.of("--config", path.toAbsolutePath().toString())));
    arguments.addAll(flags);
    return arguments;
  }

  /** Completes when every worker has served. */
  CompletableFuture<Void> ready() {
    return supervisor.ready();
  }

  /** Completes with the reason if the workers refuse their configuration. */
  CompletableFuture<String> refused() {
    return supervisor.refused();
  }

  /** Where the embedded Redis is, if there is one. */
  Optional<String> embeddedRedis() {
    return Optional.ofNullable(redis).map(keeper -> keeper.uri().toString());
  }

  /** Ends workers, then Redis. A second caller waits until the first is done. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    listener.onNotice("stopping: the workers finish their last requests");
    supervisor.close();
    if (redis != null) {
      redis.close();
    }
    listener.onNotice("stopped");
  }
}
