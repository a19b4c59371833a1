package io.fleetbreaker.http;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.fleetbreaker.fleet.SettingsException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Who may do what over HTTP, under which names, and how often. Immutable.
 *
 * @param tokens the tokens that are accepted; none, here and in the file, lets everybody do
 *     everything, which is refused on an address that others can reach
 * @param tokensFile more tokens, read again when it has changed
 * @param metricsPublic whether {@code /metrics} needs no token
 * @param insecure whether an address that others can reach may be served without tokens
 * @param allowedHosts names by which clients may call this server, besides those of this host's
 *     loopback and its addresses: exact, {@code *.suffix}, or {@code *} for any
 * @param publicUrl how browsers see this server, if a proxy stands before it
 * @param tls the certificate; empty for plain HTTP
 * @param headTimeout how long a connection may take to send the head of its next request
 * @param changes how often one client may change something
 * @param failedLogins how often one client may show a wrong token
 */
public record HttpSecurity(
    List<AccessToken> tokens,
    Optional<Path> tokensFile,
    boolean metricsPublic,
    boolean insecure,
    List<String> allowedHosts,
    Optional<URI> publicUrl,
    Optional<ServerTls> tls,
    Duration headTimeout,
    RateLimit changes,
    RateLimit failedLogins) {

  /** Copies the lists. */
  public HttpSecurity {
    tokens = List.copyOf(tokens);
    allowedHosts = List.copyOf(allowedHosts);
  }

  /** What {@code reference.conf} says: no tokens, and so this host only. */
  public static HttpSecurity defaults() {
    return from(ConfigFactory.defaultReference());
  }

  /**
   * Reads {@code fleetbreaker.http}.
   *
   * @param config resolved, with {@code reference.conf} below it
   * @throws SettingsException naming setting, bound and value
   */
  public static HttpSecurity from(Config config) {
    return HttpSecurityReader.read(config);
  }

  /** Whether callers must show a token. */
  boolean asksForTokens() {
    return !tokens.isEmpty() || tokensFile.isPresent();
  }
}
