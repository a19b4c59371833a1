package io.fleetbreaker.it.child;

import io.fleetbreaker.redis.FleetStore;
import io.fleetbreaker.redis.RedisSettings;
import io.fleetbreaker.redis.RedisStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.RedisClient;

/** What a child JVM has from the test that started it: commands, and the Redis of the run. */
final class Parent {
  private static final int ANSWER_MILLIS = 30_000;

  private final BlockingQueue<String> commands = new LinkedBlockingQueue<>();

  private Parent() {}

  /** Reads commands from now on; the end of the input ends this JVM at once. */
  static Parent listen() {
    Parent parent = new Parent();
    Thread reader = new Thread(parent::read, "parent");
    reader.setDaemon(true);
    reader.start();
    return parent;
  }

  /** The next line the test sends. */
  String[] nextCommand() throws InterruptedException {
    return commands.take().split(" ", -1);
  }

  void say(String line) {
    System.out.println(line);
  }

  /** Says it as the answer to a command; what is logged meanwhile is none. */
  void answer(String line) {
    say("= " + line);
  }

  static RedisSettings redis() {
    return Unhurried.redis(
        RedisSettings.of(URI.create(System.getenv("FLEETBREAKER_REDIS_URI")))
            .withPrefix(System.getenv("FLEETBREAKER_REDIS_PREFIX")));
  }

  static FleetStore store() {
    return RedisStore.open(redis());
  }

  /** Redis itself. */
  static RedisClient redisClient() {
    URI uri = redis().uri();
    return RedisClient.builder()
        .hostAndPort(uri.getHost(), uri.getPort())
        .clientConfig(DefaultJedisClientConfig.builder(uri).timeoutMillis(ANSWER_MILLIS).build())
        .build();
  }

  private void read() {
    try (var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      input.lines().forEach(commands::add);
    } catch (IOException e) {
      System.err.println("the input broke: " + e.getMessage());
    } finally {
      Runtime.getRuntime().halt(0);
    }
  }
}
