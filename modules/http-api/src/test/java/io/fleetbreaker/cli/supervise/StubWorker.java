package io.fleetbreaker.cli.supervise;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A worker's process without a worker in it: it keeps the supervisor's protocol, or breaks it. */
final class StubWorker {
  private StubWorker() {}

  /** Arguments: how to behave, and a file to append the pid to. */
  public static void main(String[] args) throws IOException, InterruptedException {
    long pid = ProcessHandle.current().pid();
    if (args.length > 1) {
      Files.createFile(Path.of(args[1], String.valueOf(pid)));
    }
    switch (args[0]) {
      case "refuse" -> {
        System.out.println(new WorkerSignal.Refused("redis.uri must be a URI, was 'x'").toLine());
        System.exit(WorkerSlot.REFUSED);
      }
      case "die" -> System.exit(7);
      case "stubborn" -> {
        System.out.println(new WorkerSignal.Ready(pid, List.of(1)).toLine());
        new CountDownLatch(1).await();
      }
      default -> {
        System.out.println("a line for people: \u00b1");
        System.out.println(new WorkerSignal.Ready(pid, List.of(8000, 8001)).toLine());
        int end = System.in.read();
        System.out.println("drained " + end);
      }
    }
  }
}
