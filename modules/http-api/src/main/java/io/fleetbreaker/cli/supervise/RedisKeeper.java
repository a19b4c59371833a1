package io.fleetbreaker.cli.supervise;

import io.fleetbreaker.embedded.EmbeddedRedis;
import io.fleetbreaker.embedded.EmbeddedRedisException;
import java.net.URI;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Keeps an embedded Redis running on one port, also when its process dies. */
public final class RedisKeeper implements AutoCloseable {
  private static final long RETRY_MILLIS = 500;

  private final Consumer<String> notices;
  private final ExecutorService restarts =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "embedded-redis-keeper");
            thread.setDaemon(true);
            return thread;
          });
  private final Object lock = new Object();
  private EmbeddedRedis redis;
  private boolean closed;

  private RedisKeeper(EmbeddedRedis redis, Consumer<String> notices) {
    this.redis = redis;
    this.notices = notices;
  }

  /**
   * Starts a server on a free port.
   *
   * @param notices told, for people, when the server has died and when it is back
   * @throws EmbeddedRedisException if no server can be started on this machine
   */
  public static RedisKeeper start(Consumer<String> notices) {
    RedisKeeper keeper = new RedisKeeper(EmbeddedRedis.start(), notices);
    keeper.watch(keeper.current());
    return keeper;
  }

  /** Where the server is; the same after a restart. */
  public URI uri() {
    return current().uri();
  }

  /** Which server it is, for people. */
  public String description() {
    return current().description();
  }

  /** The process id of the server that runs now. */
  public long pid() {
    return current().pid();
  }

  /** Ends the server for good. */
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      restarts.shutdownNow();
      redis.close();
    }
  }

  private EmbeddedRedis current() {
    synchronized (lock) {
      return redis;
    }
  }

  private void watch(EmbeddedRedis server) {
    var unused = server.onExit().thenRun(() -> onExit(server));
  }

  private void onExit(EmbeddedRedis dead) {
    try {
      restarts.execute(() -> restart(dead));
    } catch (RejectedExecutionException e) {
      // It ended because it was closed.
      dead.close();
    }
  }

  private void restart(EmbeddedRedis dead) {
    dead.close();
    notices.accept(
        "the embedded Redis has ended; starting it again on port "
            + dead.port()
            + ". What it held is lost.");
    while (!Thread.currentThread().isInterrupted()) {
      try {
        synchronized (lock) {
          if (closed) {
            return;
          }
          redis = EmbeddedRedis.start(dead.port());
          notices.accept("the embedded Redis is back: pid " + redis.pid());
          watch(redis);
          return;
        }
      } catch (EmbeddedRedisException e) {
        notices.accept("the embedded Redis did not start: " + e.getMessage());
      }
      try {
        TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
