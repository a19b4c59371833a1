package io.fleetbreaker.cli.api;

import io.fleetbreaker.cli.api.ApiException.Kind;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** Follows the events of a fleet, and goes on where it was when the connection was lost. */
public final class EventFollower {
  private static final Duration FIRST_WAIT = Duration.ofMillis(250);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

  private final ApiClient client;
  private final Duration silence;
  private Optional<String> after;

  /**
   * Follows from now on, once it is run.
   *
   * @param after id of the last entry of the history that is known; empty for only what is new
   * @param silence after which a stream without a sign of life is taken for broken
   */
  public EventFollower(ApiClient client, Optional<String> after, Duration silence) {
    this.client = client;
    this.after = after;
    this.silence = silence;
  }

  /** Learns what happens, on the thread that follows. */
  public interface Listener {
    /**
     * The stream stands.
     *
     * @param again whether it was lost before
     */
    void onConnected(boolean again) throws ApiException, InterruptedException;

    /** Something has happened. */
    void onEvent(ServerEvent event) throws ApiException, InterruptedException;

    /** The stream is lost; it is tried again until it stands. Told once. */
    void onDisconnected(String why);
  }

  /**
   * Tells {@code listener} until the thread is interrupted.
   *
   * @throws ApiException if the fleet cannot be reached at first, or refuses
   */
  public void run(Listener listener) throws ApiException, InterruptedException {
    boolean connected = false;
    boolean told = false;
    Duration wait = FIRST_WAIT;
    while (true) {
      String why;
      try (EventStream stream = client.events(after)) {
        listener.onConnected(connected);
        connected = true;
        told = false;
        wait = FIRST_WAIT;
        why = listen(stream, listener);
      } catch (ApiException e) {
        if (!connected || isFinal(e)) {
          throw e;
        }
        why = String.valueOf(e.getMessage());
      }
      if (!told) {
        listener.onDisconnected(why);
        told = true;
      }
      Thread.sleep(ThreadLocalRandom.current().nextLong(wait.toMillis() / 2, wait.toMillis()));
      wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) < 0 ? wait.multipliedBy(2) : LONGEST_WAIT;
    }
  }

  private String listen(EventStream stream, Listener listener)
      throws ApiException, InterruptedException {
    while (true) {
      Optional<ServerEvent> next = stream.next(silence);
      if (next.isEmpty()) {
        return stream.problem();
      }
      ServerEvent event = next.get();
      if (!event.isSignOfLife()) {
        listener.onEvent(event);
        // After it was told: what was not is to come again.
        after = event.id().or(() -> after);
      }
    }
  }

  /** Whether trying again would be told the same. */
  private static boolean isFinal(ApiException e) {
    return e.kind() == Kind.REFUSED && e.status() >= 400 && e.status() < 500 && e.status() != 429;
  }
}
