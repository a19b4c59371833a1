package io.fleetbreaker.it;

import io.fleetbreaker.it.child.WatchedWorker;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A {@link WatchedWorker}: a worker JVM that tells its transitions and does what it is told. */
final class WorkerProcess implements Member {
  private static final int LAST_LINES = 16;

  private final String name;
  private final ChildJvm jvm;
  private String joined = "";

  private WorkerProcess(String name, ChildJvm jvm) {
    this.name = name;
    this.jvm = jvm;
  }

  /** Returns while it is starting; {@link #join} makes it a member of its fleet. */
  static WorkerProcess start(
      String name, List<String> options, Map<String, String> environment, String settings) {
    return new WorkerProcess(
        name, ChildJvm.start(options, WatchedWorker.class, environment, settings));
  }

  /** Returns when its JVM runs and waits to be told to join. */
  WorkerProcess awaitWaiting() {
    jvm.awaitLine("waiting");
    return this;
  }

  /** Tells it to join; {@link #awaitJoined} comes next. */
  WorkerProcess join() {
    jvm.send("join");
    return this;
  }

  /** What its first call to openai met, and its view after that. */
  String awaitJoined() {
    joined = jvm.awaitLine("= ").substring(2);
    return joined;
  }

  /** Has it do something, and returns its answer. */
  String ask(String command) {
    return jvm.ask(command);
  }

  /** Has it do something whose outcome nobody asks for. */
  void tell(String verb, String provider) {
    jvm.send("quietly " + verb + " " + provider);
  }

  /** The transitions of a provider that it has printed so far. */
  @Override
  public List<String> transitions(String provider) {
    String start = "transition " + provider + " ";
    return jvm.lines().stream()
        .filter(line -> line.startsWith(start))
        .map(line -> line.substring(start.length()))
        .toList();
  }

  @Override
  public String view(String provider) {
    return ask("view " + provider);
  }

  long pid() {
    return jvm.pid();
  }

  boolean isAlive() {
    return jvm.isAlive();
  }

  void terminate() {
    jvm.terminate();
  }

  int awaitExit(Duration limit) {
    return jvm.awaitExit(limit);
  }

  /** What it has printed, but for what it was asked. */
  List<String> log() {
    return jvm.lines().stream().filter(line -> !line.startsWith("= ")).toList();
  }

  @Override
  public String describe() {
    List<String> lines = log();
    List<String> last = lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size());
    return name
        + " (pid "
        + pid()
        + (isAlive() ? "" : ", ended")
        + "), joined as "
        + joined
        + ", printed last:\n    "
        + String.join("\n    ", last);
  }

  @Override
  public void close() {
    jvm.close();
  }

  @Override
  public String toString() {
    return name;
  }
}
