package io.fleetbreaker.it;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Four real workers under one supervisor, with a Redis that a test can end and start again. */
final class ServedFleet implements AutoCloseable {
  static final int WORKERS = 4;
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final FaultyRedis redis;
  private final ServeProcess process;
  private String token = "";

  private ServedFleet(FaultyRedis redis, ServeProcess process) {
    this.redis = redis;
    this.process = process;
  }

  /** Starts it with these settings over the usual ones, which a file in {@code directory} holds. */
  static ServedFleet start(Path directory, String settings) {
    FaultyRedis redis = FaultyRedis.start();
    try {
      Path file = Files.writeString(directory.resolve("fleet.conf"), settings);
      List<String> arguments =
          new ArrayList<>(
              List.of("--workers", String.valueOf(WORKERS), "--port", "0", "--demo-endpoints"));
      arguments.addAll(List.of("--config", file.toString()));
      arguments.addAll(List.of("--redis", FaultyRedis.uriAt(redis.port()).toString()));
      return new ServedFleet(redis, ServeProcess.start(Map.of(), arguments.toArray(new String[0])));
    } catch (IOException e) {
      redis.close();
      throw new UncheckedIOException(e);
    } catch (RuntimeException | Error e) {
      redis.close();
      throw e;
    }
  }

  /** Asks with this token from now on. */
  ServedFleet as(String bearer) {
    token = bearer;
    return this;
  }

  FaultyRedis redis() {
    return redis;
  }

  /** The port of one worker, from 0; never the shared one. */
  URI worker(int index) {
    return URI.create("http://127.0.0.1:" + (process.port() + 1 + index));
  }

  /**
   * Kills the process behind {@link #worker} and returns its pid; the supervisor starts another.
   */
  long kill(int index) {
    String pid = get(worker(index), "/status").path("worker_id").asText();
    process.worker(pid).destroyForcibly();
    return Long.parseLong(pid);
  }

  /** The pids of all workers, by index. */
  Map<Integer, Long> pids() {
    Map<Integer, Long> pids = new TreeMap<>();
    for (int i = 0; i < WORKERS; i++) {
      pids.put(i, get(worker(i), "/status").path("worker_id").asLong());
    }
    return pids;
  }

  JsonNode get(URI worker, String path) {
    return answered(Answer.to("GET", worker.resolve(path), headers(), ""));
  }

  JsonNode post(URI worker, String path, String body) {
    Map<String, String> headers = headers();
    headers.put("Content-Type", "application/json");
    return answered(Answer.to("POST", worker.resolve(path), headers, body));
  }

  /** Trips a breaker of one worker by failing calls, as a provider that is down does. */
  void failCalls(int index, String provider) {
    answered(
        Answer.to("POST", worker(index).resolve("/trigger-failure/" + provider), headers(), ""));
  }

  /** Ends whatever keeps a provider from being closed, and returns when all workers know it. */
  void close(String provider) {
    String path = "/api/v1/providers/" + provider;
    String body =
        "{\"reason\":\"a test begins\"" + (token.isEmpty() ? ",\"operator\":\"test\"}" : "}");
    if (!get(worker(0), path).path("override").isNull()) {
      post(worker(0), path + "/enable", body);
    }
    if (!get(worker(0), path).path("state").asText().equals("closed")) {
      post(worker(0), path + "/reset", body);
    }
    for (int i = 0; i < WORKERS; i++) {
      URI worker = worker(i);
      await()
          .atMost(LIMIT)
          .until(
              () -> {
                JsonNode now = get(worker, path);
                return now.path("override").isNull() && now.path("state").asText().equals("closed");
              });
    }
  }

  private Map<String, String> headers() {
    return token.isEmpty()
        ? new TreeMap<>()
        : new TreeMap<>(Map.of("Authorization", "Bearer " + token));
  }

  private static JsonNode answered(Answer answer) {
    if (answer.status() / 100 != 2) {
      throw new AssertionError("answered with " + answer);
    }
    return answer.json();
  }

  @Override
  public void close() {
    process.close();
    redis.close();
  }

  @Override
  public String toString() {
    return process.toString();
  }
}
