package io.fleetbreaker.embedded;

import java.io.IOException;

/** A program of its own that starts a server, says so, and stays until it is killed. */
final class ChildWithRedis {
  private ChildWithRedis() {}

  public static void main(String[] args) throws IOException {
    EmbeddedRedis redis = EmbeddedRedis.start();
    System.out.println("started " + redis.pid() + " " + redis.port());
    int end = System.in.read();
    System.out.println("input ended: " + end);
  }
}
