package io.fleetbreaker.http;

import java.util.Optional;

/**
 * Where one worker serves HTTP, and what. Immutable.
 *
 * @param host the name or address to listen on
 * @param sharedPort the port all workers of this host share, 1 to 65535; empty for none
 * @param ownPort this worker's own port, 1 to 65535; 0 takes any free one
 * @param demoEndpoints whether {@code POST /trigger-failure/{provider}} exists
 */
public record HttpSettings(
    String host, Optional<Integer> sharedPort, int ownPort, boolean demoEndpoints) {

  private static final int HIGHEST_PORT = 65_535;

  /** Checks every bound; the message names setting, bound and value. */
  public HttpSettings {
    if (host.isBlank()) {
      throw new IllegalArgumentException("http.host must name an address to listen on, was blank");
    }
    sharedPort.ifPresent(port -> requirePort("http.port", 1, port));
    requirePort("http own port", 0, ownPort);
    if (sharedPort.isPresent() && sharedPort.get() == ownPort) {
      throw new IllegalArgumentException(
          "the worker's own port must differ from the shared http.port, both were " + ownPort);
    }
  }

  private static void requirePort(String setting, int least, int port) {
    if (port < least || port > HIGHEST_PORT) {
      throw new IllegalArgumentException(
          setting + " must be " + least + " to " + HIGHEST_PORT + ", was " + port);
    }
  }
}
