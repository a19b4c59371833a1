package io.fleetbreaker.cli.supervise;

import io.fleetbreaker.embedded.FreePorts;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Which worker listens where: all of them on one shared port, and each on one of its own after it.
 *
 * @param host to bind to
 * @param shared the port all workers share; empty where the kernel does not spread connections
 * @param own the workers' own ports, in their order
 */
public record PortPlan(String host, Optional<Integer> shared, List<Integer> own) {
  private static final int GREATEST_PORT = 65_535;

  private static final int ATTEMPTS = 50;
  private static final long RETRY_MILLIS = 50;

  /** A wanted port cannot be had. The message says which and what to do. */
  public static final class PortTakenException extends Exception {
    private static final long serialVersionUID = 1L;

    PortTakenException(String message) {
      super(message);
    }
  }

  public PortPlan {
    own = List.copyOf(own);
  }

  /** Whether several processes that share a port get a fair part of its connections here. */
  public static boolean kernelShares() {
    return System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("linux");
  }

  /**
   * The ports {@code first} to {@code first + workers}, or free ones if {@code first} is 0.
   *
   * @param patience how long a port may be taken: workers whose supervisor was killed still drain
   * @throws PortTakenException if one of them stays taken, or if there is no such port
   */
  public static PortPlan of(String host, int first, int workers, Duration patience)
      throws PortTakenException {
    if (first == 0) {
      return free(host, workers);
    }
    if (first < 0 || first + workers > GREATEST_PORT) {
      throw new PortTakenException(
          "port must be at most "
              + (GREATEST_PORT - workers)
              + " for "
              + workers
              + " workers (each has a port of its own after the shared one), was "
              + first);
    }
    long deadline = System.nanoTime() + patience.toNanos();
    for (int port = first; port <= first + workers; port++) {
      while (!isFree(host, port)) {
        if (System.nanoTime() > deadline || !pause()) {
          throw new PortTakenException(
              "port "
                  + port
                  + " on "
                  + host
                  + " is taken by another program (or "
                  + host
                  + " is no address of this machine). Stop that program, or choose other ports: "
                  + "--port N uses N for the fleet and N+1 to N+"
                  + workers
                  + " for its workers; --port 0 finds free ones.");
        }
      }
    }
    return at(host, first, workers);
  }

  /** Any block of free ports. */
  public static PortPlan free(String host, int workers) throws PortTakenException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      // Where all of these are taken, or workers are very many, whatever the system gives.
      int first = attempt < ATTEMPTS / 2 ? FreePorts.candidate() : anyPort(host);
      boolean fits = first > 0 && first + workers <= GREATEST_PORT;
      if (fits
          && IntStream.rangeClosed(first, first + workers).allMatch(port -> isFree(host, port))) {
        return at(host, first, workers);
      }
    }
    throw new PortTakenException(
        "no block of " + (workers + 1) + " free ports found on " + host + "; name one with --port");
  }

  /** Where to reach the fleet: the shared port, or every worker's own. */
  public List<URI> urls() {
    return shared.map(List::of).orElse(own).stream().map(this::url).toList();
  }

  /** The address of a port for clients on this machine. */
  public URI url(int port) {
    boolean everywhere = host.equals("0.0.0.0") || host.equals("::");
    String reachable = everywhere ? "localhost" : host;
    return URI.create(
        "http://" + (reachable.contains(":") ? "[" + reachable + "]" : reachable) + ":" + port);
  }

  private static PortPlan at(String host, int first, int workers) {
    return new PortPlan(
        host,
        kernelShares() ? Optional.of(first) : Optional.empty(),
        IntStream.rangeClosed(first + 1, first + workers).boxed().toList());
  }

  /** Binds without sharing, so that a stranger who shares the port is noticed too. */
  private static boolean isFree(String host, int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(host, port), 1);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static int anyPort(String host) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(host, 0), 1);
      return socket.getLocalPort();
    } catch (IOException e) {
      return -1;
    }
  }

  private static boolean pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
