package io.fleetbreaker.http;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.headers.Host;

/**
 * Which pages may send requests: those of this server. A browser says from where a request was
 * sent; what is no browser says nothing. Thread-safe.
 */
final class TrustedOrigins {
  private static final Set<String> SAME_SITE = Set.of("same-origin", "none");

  private final String scheme;
  private final Optional<String> publicOrigin;

  /** Scheme, host and port; empty for what is no origin of a page, such as {@code null}. */
  TrustedOrigins(HttpSecurity security) {
    this.scheme = security.tls().isPresent() ? "https" : "http";
    this.publicOrigin = security.publicUrl().flatMap(TrustedOrigins::origin);
  }

  /**
   * Whether no page of another origin has sent the request.
   *
   * @param isChange whether it may change something
   */
  boolean isTrusted(HttpRequest request, boolean isChange) {
    List<String> origins = values(request, "origin");
    if (origins.isEmpty()) {
      return !isChange || values(request, "sec-fetch-site").stream().allMatch(SAME_SITE::contains);
    }
    Optional<String> origin = origins.size() == 1 ? parsed(origins.get(0)) : Optional.empty();
    return origin.isPresent() && (origin.equals(own(request)) || origin.equals(publicOrigin));
  }

  /** The origin of a page that was fetched as this request was. */
  private Optional<String> own(HttpRequest request) {
    return request
        .getHeader(Host.class)
        .map(host -> origin(scheme, host.host().address(), host.port()));
  }

  private static List<String> values(HttpRequest request, String lowercaseName) {
    return StreamSupport.stream(request.getHeaders().spliterator(), false)
        .filter(header -> header.is(lowercaseName))
        .map(HttpHeader::value)
        .toList();
  }

  private static Optional<String> parsed(String text) {
    try {
      URI uri = new URI(text);
      boolean bare =
          uri.getUserInfo() == null
              && uri.getRawPath().isEmpty()
              && uri.getQuery() == null
              && uri.getFragment() == null;
      return bare ? origin(uri) : Optional.empty();
    } catch (URISyntaxException | NullPointerException e) {
      // A URI without a path, such as mailto:x, has none to ask for.
      return Optional.empty();
    }
  }

  private static Optional<String> origin(URI uri) {
    String scheme = uri.getScheme();
    String host = uri.getHost();
    return scheme == null || host == null
        ? Optional.empty()
        : Optional.of(origin(scheme.toLowerCase(Locale.ROOT), host, Math.max(0, uri.getPort())));
  }

  private static String origin(String scheme, String host, int port) {
    int effective = port != 0 ? port : scheme.equals("https") ? 443 : 80;
    String plain = host.replace("[", "").replace("]", "").toLowerCase(Locale.ROOT);
    return scheme + "://" + plain + ":" + effective;
  }
}
