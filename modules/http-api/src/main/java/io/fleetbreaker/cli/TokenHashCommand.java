package io.fleetbreaker.cli;

import io.fleetbreaker.fleet.SettingsException;
import io.fleetbreaker.http.AccessToken;
import io.fleetbreaker.http.Role;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes a token, or takes one from standard input, and says what to put into the settings. */
@Command(
    name = "hash",
    mixinStandardHelpOptions = true,
    versionProvider = FleetbreakerCommand.Version.class,
    description = {
      "Makes a token and prints it once, with the line for the configuration that accepts it.",
      "The configuration holds only its hash."
    })
final class TokenHashCommand implements Callable<Integer> {
  /** So that whoever finds one in a file knows what it is. */
  private static final String PREFIX = "fbt_";

  private static final int TOKEN_BYTES = 32;
  private static final int SHORTEST = 32;
  private static final int LONGEST = 512;

  private final Terminal terminal;
  private final InputStream input;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "Who the token stands for in the history (default: ${DEFAULT-VALUE}).")
  private String name = "operator";

  @Option(
      names = "--role",
      paramLabel = "ROLE",
      description = "viewer, operator or admin (default: ${DEFAULT-VALUE}).")
  private Role role = Role.OPERATOR;

  // Not by an argument: everybody may read the arguments of a process.
  @Option(
      names = "--stdin",
      description = "Takes the token from the first line of standard input, and makes none.")
  private boolean fromInput;

  TokenHashCommand(Terminal terminal, InputStream input) {
    this.terminal = terminal;
    this.input = input;
  }

  @Override
  public Integer call() throws IOException {
    String token = fromInput ? given() : made();
    AccessToken accepted;
    try {
      accepted = new AccessToken(name, role, AccessToken.hashOf(token));
    } catch (IllegalArgumentException e) {
      throw new SettingsException("--name: " + e.getMessage());
    }
    if (!fromInput) {
      terminal.print("The token, shown only now. Keep it where secrets are kept:");
      terminal.print("");
      terminal.print("  " + token);
      terminal.print("");
    }
    terminal.print("Its SHA-256:");
    terminal.print("");
    terminal.print("  " + accepted.sha256());
    terminal.print("");
    terminal.print("For the configuration (--config FILE), or for auth.tokens-file:");
    terminal.print("");
    terminal.print(
        "  fleetbreaker.http.auth.tokens += { name = \""
            + accepted.name()
            + "\", role = "
            + accepted.role().settingName()
            + ", sha256 = \""
            + accepted.sha256()
            + "\" }");
    return ExitCodes.DONE;
  }

  private static String made() {
    byte[] random = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(random);
    return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }

  /** Refuses what can be guessed: a hash of it would soon be its plain text. */
  private String given() throws IOException {
    String text = new String(input.readNBytes(LONGEST * 2), StandardCharsets.UTF_8);
    String token = text.lines().findFirst().orElse("").strip();
    boolean printable = token.chars().allMatch(c -> c > ' ' && c < 127);
    if (token.length() < SHORTEST || token.length() > LONGEST || !printable) {
      throw new SettingsException(
          "a token must have "
              + SHORTEST
              + " to "
              + LONGEST
              + " visible ASCII characters, had "
              + token.length()
              + (printable ? "" : ", some of them others")
              + "; without --stdin this command makes one");
    }
    return token;
  }
}
