package io.fleetbreaker.it;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetbreaker.it.child.LeashedCommand;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** {@code fleetbreaker serve} as a process of its own, with its workers and its Redis below it. */
final class ServeProcess implements AutoCloseable {
  private static final String ALL_SERVE = "[fleet] all ";

  private final ChildJvm supervisor;
  private final URI base;

  private ServeProcess(ChildJvm supervisor, URI base) {
    this.supervisor = supervisor;
    this.base = base;
  }

  /** Returns when all workers serve. */
  static ServeProcess start(Map<String, String> environment, String... arguments) {
    List<String> line = new ArrayList<>(List.of("serve"));
    line.addAll(List.of(arguments));
    ChildJvm supervisor =
        ChildJvm.start(LeashedCommand.class, environment, line.toArray(new String[0]));
    try {
      String ready = supervisor.awaitLine(ALL_SERVE);
      String url = ready.substring(ready.lastIndexOf(' ') + 1);
      return new ServeProcess(supervisor, URI.create(url).resolve("/"));
    } catch (AssertionError | RuntimeException e) {
      supervisor.close();
      throw e;
    }
  }

  /** The port all workers share. */
  int port() {
    return base.getPort();
  }

  URI uri(String path) {
    return base.resolve(path);
  }

  List<String> lines() {
    return supervisor.lines();
  }

  /** Everything that the supervisor has started and that is running: workers, Redis, its guard. */
  List<ProcessHandle> family() {
    return supervisor.handle().descendants().toList();
  }

  /**
   * The process of a worker, which must be one that this supervisor has started: a test kills it.
   */
  ProcessHandle worker(String workerId) {
    return family().stream()
        .filter(process -> String.valueOf(process.pid()).equals(workerId))
        .findFirst()
        .orElseThrow(() -> new AssertionError(workerId + " is no worker of " + supervisor));
  }

  /** What {@code path} shows on each worker that answered at least once, by its pid. */
  Map<String, JsonNode> onEach(String path, int workers) {
    Map<String, JsonNode> answers = new TreeMap<>();
    // The kernel picks the worker at random: 200 requests leave one of two out once in 10^60.
    for (int i = 0; i < 200 && answers.size() < workers; i++) {
      JsonNode answer = Answer.get(uri(path)).json();
      answers.put(answer.path("worker_id").asText(), answer);
    }
    return answers;
  }

  /** As {@code kill -9}, of the supervisor alone. */
  void kill() {
    supervisor.kill();
  }

  /** As {@code kill}, or Ctrl-C; returns the exit code. */
  int terminate(Duration limit) {
    supervisor.handle().destroy();
    return supervisor.awaitExit(limit);
  }

  @Override
  public void close() {
    supervisor.close();
  }

  @Override
  public String toString() {
    return supervisor.toString();
  }
}
