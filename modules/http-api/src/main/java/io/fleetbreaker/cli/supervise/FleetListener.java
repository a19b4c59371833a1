package io.fleetbreaker.cli.supervise;

import java.time.Duration;

/** Learns what becomes of the workers. Called by several threads at once. */
public interface FleetListener {
  /** A worker printed a line for people. */
  void onLine(int worker, String line);

  /** A worker serves. */
  void onReady(int worker, WorkerSignal.Ready ready);

  /** A worker has ended unasked and will be started again. */
  void onRestart(int worker, String why, Duration wait);

  /** Something about the fleet as a whole. */
  void onNotice(String text);
}
