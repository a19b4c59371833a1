package io.fleetbreaker.http;

import com.typesafe.config.Config;
import io.fleetbreaker.fleet.SettingsException;
import java.util.Optional;

/**
 * Where one worker serves HTTP, and what. Immutable.
 *
 * @param host the name or address to listen on
 * @param sharedPort the port all workers of this host share, 1 to 65535; empty for none
 * @param ownPort this worker's own port, 1 to 65535; 0 takes any free one
 * @param demoEndpoints whether {@code POST /trigger-failure/{provider}} exists
 * @param security who may do what, under which names, and how often
 */
public record HttpSettings(
    String host,
    Optional<Integer> sharedPort,
    int ownPort,
    boolean demoEndpoints,
    HttpSecurity security) {

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

  /** These, for an address that nobody but this host can reach: without tokens. */
  public HttpSettings(
      String host, Optional<Integer> sharedPort, int ownPort, boolean demoEndpoints) {
    this(host, sharedPort, ownPort, demoEndpoints, HttpSecurity.defaults());
  }

  /**
   * What {@code fleetbreaker.http} says, on these ports.
   *
   * @param config resolved, with {@code reference.conf} below it
   * @throws SettingsException naming setting, bound and value
   */
  public static HttpSettings from(Config config, Optional<Integer> sharedPort, int ownPort) {
    HttpSecurity security = HttpSecurity.from(config);
    HttpServer.check(config);
    Config http = config.getConfig("fleetbreaker.http");
    return new HttpSettings(
        http.getString("host"), sharedPort, ownPort, http.getBoolean("demo-endpoints"), security);
  }

  /**
   * Refuses what {@link HttpServer#start} would refuse, without binding anything: so that whoever
   * starts other processes with these settings can say so first.
   *
   * @throws SettingsException saying what to do
   */
  public void check() {
    Exposure.require(host, security);
    TokenBook.check(security);
    security.tls().ifPresent(TlsContext::check);
  }

  private static void requirePort(String setting, int least, int port) {
    if (port < least || port > HIGHEST_PORT) {
      throw new IllegalArgumentException(
          setting + " must be " + least + " to " + HIGHEST_PORT + ", was " + port);
    }
  }
}
