package io.fleetbreaker.cli.supervise;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A supervisor with two workers in a process of its own, to be killed. */
final class StubSupervisor {
  private StubSupervisor() {}

  public static void main(String[] args) throws IOException {
    try (Supervisor supervisor =
        new Supervisor(
            2,
            new JvmLauncher(StubWorker.class, index -> List.of("serve", args[0]), Map.of()),
            new Recorder(),
            Duration.ofSeconds(5))) {
      supervisor.start();
      supervisor.ready().join();
      System.out.println("ready");
      int end = System.in.read();
      System.out.println("input ended: " + end);
    }
  }
}
