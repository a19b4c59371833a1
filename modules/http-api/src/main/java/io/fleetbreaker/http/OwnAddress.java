package io.fleetbreaker.http;

import io.fleetbreaker.fleet.Fleet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells a worker's fleet under which address the worker itself can be called. */
final class OwnAddress {
  private static final Logger LOG = LoggerFactory.getLogger(OwnAddress.class);
  private static final Set<String> ANY = Set.of("0.0.0.0", "::", "[::]", "0:0:0:0:0:0:0:0");

  private OwnAddress() {}

  /** It is for people; a worker that cannot tell it works as well. */
  static void tell(Fleet fleet, HttpSettings settings, int port) {
    String address = of(settings, ApiWorker.WorkerName.of(fleet.workerId()).host(), port);
    try {
      fleet.advertise(address);
    } catch (IllegalArgumentException e) {
      LOG.info("the fleet is not told that this worker is at {}: {}", address, e.getMessage());
    }
  }

  /**
   * The address of the port that no other worker shares.
   *
   * @param machine what this machine is called, for a server that listens on all its addresses
   */
  static String of(HttpSettings settings, String machine, int port) {
    String host = ANY.contains(settings.host()) ? machine : settings.host();
    boolean bare = host.contains(":") && !host.startsWith("[");
    return (settings.security().tls().isPresent() ? "https://" : "http://")
        + (bare ? "[" + host + "]" : host)
        + ":"
        + port;
  }
}
