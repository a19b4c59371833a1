package io.fleetbreaker.http;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.apache.pekko.http.javadsl.model.AttributeKeys;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.RemoteAddress;

/** Who a request comes from, as the connection says; what headers say of it is not believed. */
final class ClientAddress {
  /** A household or a machine has a whole such network, with more addresses than can be counted. */
  private static final int NETWORK_BYTES = 8;

  private ClientAddress() {}

  /** An IPv4 address, or the /64 network of an IPv6 address. */
  static String of(HttpRequest request) {
    Optional<InetAddress> address =
        request.getAttribute(AttributeKeys.remoteAddress).flatMap(RemoteAddress::getAddress);
    return address.map(ClientAddress::network).orElse("unknown");
  }

  static String network(InetAddress address) {
    return address instanceof Inet6Address
        ? HexFormat.ofDelimiter(":").formatHex(Arrays.copyOf(address.getAddress(), NETWORK_BYTES))
            + "/64"
        : address.getHostAddress();
  }
}
