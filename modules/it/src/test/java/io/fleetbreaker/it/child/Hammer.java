package io.fleetbreaker.it.child;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.CallNotPermittedException;
import io.fleetbreaker.CircuitBreaker;
import io.fleetbreaker.Permit;
import io.fleetbreaker.State;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A thread that calls a {@link CountingProvider} as soon as its breaker lets it, half of them by
 * {@code call}, which may wait for a place, and half by {@code tryAcquire}. Once the breaker is
 * closed it stops.
 */
final class Hammer implements Runnable {
  private static final int THREADS = 16;
  private static final long EARLY_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private final CircuitBreaker breaker;
  private final boolean waiting;
  private final Socket socket;
  private final BufferedReader answers;

  private Hammer(CircuitBreaker breaker, int port, boolean waiting) throws IOException {
    this.breaker = breaker;
    this.waiting = waiting;
    this.socket = new Socket(InetAddress.getLoopbackAddress(), port);
    this.answers =
        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
  }

  /** Starts sixteen threads, each with a connection of its own. */
  static String start(CircuitBreaker breaker, int port) {
    for (int i = 0; i < THREADS; i++) {
      try {
        Thread thread = new Thread(new Hammer(breaker, port, i % 2 == 0), "hammer-" + i);
        thread.setDaemon(true);
        thread.start();
      } catch (IOException e) {
        return e.toString();
      }
    }
    return "hammering";
  }

  @Override
  public void run() {
    while (true) {
      BreakerView view = breaker.view();
      if (view.state() == State.CLOSED) {
        return;
      }
      long left = view.remaining().toNanos() - EARLY_NANOS;
      LockSupport.parkNanos(
          left > 0 ? left : 1 + ThreadLocalRandom.current().nextLong(PAUSE_NANOS));
      if (left <= 0) {
        knock();
      }
    }
  }

  private void knock() {
    if (waiting) {
      try {
        breaker.call(this::probe);
      } catch (CallNotPermittedException refused) {
        // As most are.
        return;
      } catch (Exception e) {
        // The provider is still down, and the breaker has counted it.
        return;
      }
    } else {
      Optional<Permit> permit = breaker.tryAcquire();
      permit.ifPresent(this::probe);
    }
  }

  private void probe(Permit permit) {
    try {
      permit.result(probe());
    } catch (IOException e) {
      permit.error(e);
    }
  }

  /**
   * What all probes of one round say. An OPEN and the HALF_OPEN after it are one version each, and
   * which of the two this worker holds may lag behind its state.
   */
  private String round() {
    return String.valueOf((breaker.view().revision().version() + 1) / 2);
  }

  private String probe() throws IOException {
    socket.getOutputStream().write((round() + "\n").getBytes(StandardCharsets.UTF_8));
    String answer = answers.readLine();
    if (!"up".equals(answer)) {
      throw new IOException("the provider is " + answer);
    }
    return answer;
  }
}
