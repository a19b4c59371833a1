package io.fleetbreaker.it.child;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A provider that is down, takes 50 ms to say so, and counts who asks it at once in one round. Who
 * asks says which that is: one who was held up since the last round is none of this one. Says
 * {@code port <number>} first.
 *
 * <p>{@code count} answers {@code <rounds over> <most at once> <probes in all> <most in a round>};
 * after {@code heal} it says that it is up, and no longer counts once it has said so.
 */
public final class CountingProvider {
  private static final long HOLD_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private boolean up;
  private boolean saidUp;
  private final Map<String, Integer> nowByRound = new HashMap<>();
  private final Map<String, Integer> probesByRound = new HashMap<>();
  private int mostAtOnce;
  private int probes;

  private CountingProvider() {}

  public static void main(String[] args) throws Exception {
    Parent parent = Parent.listen();
    CountingProvider provider = new CountingProvider();
    try (ServerSocket server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress())) {
      startThread(() -> provider.accept(server));
      parent.say("port " + server.getLocalPort());
      while (true) {
        parent.answer(parent.nextCommand()[0].equals("heal") ? provider.heal() : provider.count());
      }
    }
  }

  private static void startThread(Runnable task) {
    Thread thread = new Thread(task, "provider");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept(ServerSocket server) {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        startThread(() -> serve(socket));
      } catch (IOException e) {
        System.err.println("not accepted: " + e.getMessage());
      }
    }
  }

  private void serve(Socket socket) {
    try (socket;
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
      for (String round = in.readLine(); round != null; round = in.readLine()) {
        begin(round);
        long end = System.nanoTime() + HOLD_NANOS;
        while (System.nanoTime() < end) {
          LockSupport.parkNanos(end - System.nanoTime());
        }
        socket.getOutputStream().write(end(round).getBytes(StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      System.err.println("a caller has gone: " + e.getMessage());
    }
  }

  private synchronized void begin(String round) {
    if (saidUp) {
      return;
    }
    probes++;
    probesByRound.merge(round, 1, Integer::sum);
    mostAtOnce = Math.max(mostAtOnce, nowByRound.merge(round, 1, Integer::sum));
  }

  private synchronized String end(String round) {
    nowByRound.merge(round, -1, Integer::sum);
    saidUp |= up;
    return up ? "up\n" : "down\n";
  }

  private synchronized String heal() {
    up = true;
    return "healed";
  }

  private synchronized String count() {
    return String.join(
        " ",
        String.valueOf(probesByRound.size()),
        String.valueOf(mostAtOnce),
        String.valueOf(probes),
        String.valueOf(
            probesByRound.values().stream().mapToInt(Integer::intValue).max().orElse(0)));
  }
}
