package io.fleetbreaker.cli;

import io.fleetbreaker.cli.api.Trust;
import io.fleetbreaker.fleet.SettingsException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import picocli.CommandLine.Option;

/** How a command that calls a fleet proves who it is, and whom it trusts. */
final class CallerOptions {
  private static final int LONGEST_TOKEN_FILE = 8 << 10;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "Holds the token; without it the variable FLEETBREAKER_TOKEN does.")
  private Optional<Path> tokenFile = Optional.empty();

  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      hidden = true,
      description = "The token itself; everybody on this machine can read it then.")
  private Optional<String> token = Optional.empty();

  @Option(
      names = "--ca-file",
      paramLabel = "FILE",
      description = "PEM certificates to trust for https, in the place of those Java trusts.")
  private Optional<Path> caFile = Optional.empty();

  /** The token that requests carry; empty for none. */
  Optional<String> token(Map<String, String> environment) {
    return token
        .or(() -> tokenFile.map(CallerOptions::read))
        .or(() -> fromEnvironment(environment))
        .filter(secret -> !secret.isEmpty());
  }

  static Optional<String> fromEnvironment(Map<String, String> environment) {
    return Optional.ofNullable(environment.get("FLEETBREAKER_TOKEN"))
        .filter(secret -> !secret.isEmpty());
  }

  /** What to trust for https; empty for what Java trusts. */
  Optional<SSLContext> trust() {
    return caFile.map(Trust::onlyIn);
  }

  /** Says who else may come to know the token. */
  void warn(Terminal terminal, Optional<String> secret, URI where) {
    if (token.isPresent()) {
      terminal
          .err()
          .println(
              "warning: everybody on this machine can read --token; use FLEETBREAKER_TOKEN or"
                  + " --token-file");
    }
    if (secret.isPresent() && "http".equals(where.getScheme()) && !isLoopback(where)) {
      terminal.err().println("warning: the token goes to " + where.getHost() + " unencrypted");
    }
  }

  private static boolean isLoopback(URI url) {
    String host = url.getHost();
    return host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]");
  }

  private static String read(Path file) {
    try {
      if (Files.size(file) > LONGEST_TOKEN_FILE) {
        throw new SettingsException("--token-file holds more than a token: " + file);
      }
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new SettingsException("--token-file must name a readable file, was " + file);
    }
  }
}
