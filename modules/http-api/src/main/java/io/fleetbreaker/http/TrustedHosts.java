package io.fleetbreaker.http;

import io.fleetbreaker.Ticker;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.pekko.http.javadsl.model.Host;

/**
 * The names this server answers to. A page of another site can make a name of its own lead here
 * (DNS rebinding), and its visitor's browser would let it read the answers; but it cannot make the
 * browser say another name than that. Thread-safe.
 */
final class TrustedHosts {
  private static final long LOOK_NANOS = Duration.ofSeconds(10).toNanos();
  private static final String ANY = "*";

  private final Set<String> names = new HashSet<>();
  private final List<String> suffixes;
  private final Ticker ticker;
  private volatile Own own;

  /** The addresses of this host, as they were then. */
  private record Own(Set<InetAddress> addresses, long readNanos) {}

  /**
   * Trusts loopback, the addresses of this host, and what the settings name.
   *
   * @param bound the name or address that is listened on
   */
  TrustedHosts(String bound, HttpSecurity security, Ticker ticker) {
    this.ticker = ticker;
    this.own = new Own(ownAddresses(), ticker.nanos());
    names.add("localhost");
    names.add(plain(bound));
    security.publicUrl().map(URI::getHost).map(TrustedHosts::plain).ifPresent(names::add);
    security.allowedHosts().stream().map(TrustedHosts::plain).forEach(names::add);
    this.suffixes =
        security.allowedHosts().stream()
            .filter(host -> host.startsWith("*."))
            .map(host -> host.substring(1))
            .toList();
  }

  /** Whether a client may call this server so. The port is not looked at: forwarding changes it. */
  boolean isTrusted(Host host) {
    String name = plain(host.address());
    if (names.contains(ANY) || names.contains(name)) {
      return true;
    }
    if (host.isIPv4() || host.isIPv6()) {
      return isOwn(name);
    }
    return suffixes.stream().anyMatch(suffix -> name.endsWith(suffix) && !name.equals(suffix));
  }

  /** Whether an address, which nobody can rebind, is one of this host's. */
  private boolean isOwn(String literal) {
    InetAddress address;
    try {
      // Of a literal: asks nobody.
      address = InetAddress.getByName(literal);
    } catch (UnknownHostException e) {
      return false;
    }
    return address.isLoopbackAddress() || ownNow().contains(address);
  }

  private Set<InetAddress> ownNow() {
    Own known = own;
    long now = ticker.nanos();
    if (now - known.readNanos() >= LOOK_NANOS) {
      known = new Own(ownAddresses(), now);
      own = known;
    }
    return known.addresses();
  }

  private static Set<InetAddress> ownAddresses() {
    try {
      Set<InetAddress> addresses = new HashSet<>();
      NetworkInterface.networkInterfaces()
          .flatMap(NetworkInterface::inetAddresses)
          .forEach(addresses::add);
      return addresses;
    } catch (SocketException e) {
      return Set.of();
    }
  }

  /** In small letters, without the brackets of IPv6 and the dot that may end a name. */
  private static String plain(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    if (name.startsWith("[") && name.endsWith("]")) {
      name = name.substring(1, name.length() - 1);
    }
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }
}
