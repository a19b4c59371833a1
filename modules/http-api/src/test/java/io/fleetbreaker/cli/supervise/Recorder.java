package io.fleetbreaker.cli.supervise;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Remembers what a supervisor tells. */
final class Recorder implements FleetListener {
  final List<String> lines = new CopyOnWriteArrayList<>();
  final List<WorkerSignal.Ready> ready = new CopyOnWriteArrayList<>();
  final List<String> restarts = new CopyOnWriteArrayList<>();
  final List<Duration> waits = new CopyOnWriteArrayList<>();
  final List<String> notices = new CopyOnWriteArrayList<>();

  @Override
  public void onLine(int worker, String line) {
    lines.add(worker + " " + line);
  }

  @Override
  public void onReady(int worker, WorkerSignal.Ready up) {
    ready.add(up);
  }

  @Override
  public void onRestart(int worker, String why, Duration wait) {
    restarts.add(worker + " " + why);
    waits.add(wait);
  }

  @Override
  public void onNotice(String text) {
    notices.add(text);
  }
}
