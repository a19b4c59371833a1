package io.fleetbreaker.http;

import io.fleetbreaker.fleet.SettingsException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides whether an address may be served as the settings say. */
final class Exposure {
  private static final Logger LOG = LoggerFactory.getLogger(Exposure.class);

  private Exposure() {}

  /**
   * Lets pass what only this host can reach, and what asks for tokens, and what is meant to be open
   * to everybody.
   *
   * @throws SettingsException if others could reach the address and take providers out
   */
  static void require(String host, HttpSecurity security) {
    if (isLoopback(host)) {
      return;
    }
    if (security.asksForTokens()) {
      if (security.tls().isEmpty() && security.publicUrl().isEmpty()) {
        LOG.warn(
            "tokens cross the network to {} unencrypted: set fleetbreaker.http.tls, or put a proxy"
                + " before this server and set fleetbreaker.http.public-url",
            host);
      }
      return;
    }
    if (!security.insecure()) {
      throw new SettingsException(
          "fleetbreaker.http.host must be a loopback address such as 127.0.0.1 while there are no"
              + " tokens, was "
              + host
              + ": whoever reaches it could take providers out; set fleetbreaker.http.auth.tokens"
              + " (fleetbreaker token hash makes one), or say --insecure"
              + " (fleetbreaker.http.insecure = true) to let everybody do everything");
    }
    LOG.warn("insecure: everybody who reaches {} may do everything, without a token", host);
  }

  /** Whether nobody but this host can reach any address of the name. */
  private static boolean isLoopback(String host) {
    try {
      return Stream.of(InetAddress.getAllByName(host)).allMatch(InetAddress::isLoopbackAddress);
    } catch (UnknownHostException e) {
      // It will not be bound either; until then it is nobody's loopback.
      return false;
    }
  }
}
