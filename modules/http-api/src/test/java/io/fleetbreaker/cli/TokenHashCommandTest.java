package io.fleetbreaker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.fleetbreaker.fleet.SettingsException;
import io.fleetbreaker.http.AccessToken;
import io.fleetbreaker.http.HttpSecurity;
import io.fleetbreaker.http.Role;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class TokenHashCommandTest {
  private final StringWriter out = new StringWriter();

  @TempDir Path directory;

  @Test
  void aNewTokenIsPrintedOnceWithTheLineThatAcceptsIt() throws Exception {
    run("", "--name", "alice", "--role", "admin");

    String token = out.toString().lines().filter(l -> l.contains("fbt_")).findFirst().orElseThrow();
    assertThat(token.strip()).hasSize(47);
    assertThat(accepted(setting()).tokens())
        .containsExactly(new AccessToken("alice", Role.ADMIN, AccessToken.hashOf(token.strip())));
  }

  @Test
  void twoRunsMakeTwoTokens() {
    run("");
    String first = out.toString();
    out.getBuffer().setLength(0);
    run("");

    assertThat(out.toString()).isNotEqualTo(first);
  }

  @Test
  void theLinesOfSeveralTokensStandInOneFile() throws Exception {
    run("", "--name", "a");
    run("", "--name", "b", "--role", "viewer");

    assertThat(accepted(setting()).tokens())
        .extracting(AccessToken::name)
        .containsExactly("a", "b");
  }

  @Test
  void aTokenOfOnesOwnComesByStandardInputAndIsNotShown() {
    String token = "0123456789abcdef0123456789abcdef";

    run(token + "\nrest", "--stdin");

    assertThat(out.toString()).contains(AccessToken.hashOf(token)).doesNotContain(token);
  }

  @Test
  void whatCanBeGuessedIsRefused() {
    for (String token : new String[] {"", "password", "a b".repeat(20), "\u00e9".repeat(40)}) {
      CommandLine command = command(token);
      command.setExecutionExceptionHandler(
          (e, line, parsed) -> {
            assertThat(e)
                .isInstanceOf(SettingsException.class)
                .hasMessageStartingWith("a token must have 32 to 512 visible ASCII characters");
            return 2;
          });

      assertThat(command.execute("--stdin")).isEqualTo(2);
    }
    assertThat(out.toString()).isEmpty();
  }

  private String setting() {
    return String.join(
        "\n", out.toString().lines().filter(l -> l.contains("auth.tokens +=")).toList());
  }

  /** Through the file of the command line, as a user would. */
  private HttpSecurity accepted(String lines) throws Exception {
    Path file = Files.writeString(directory.resolve("f.conf"), lines);
    CliConfig config = CliConfig.load(Optional.of(file), Map.of(), ConfigFactory.empty());
    return HttpSecurity.from(config.resolved());
  }

  private CommandLine command(String input) {
    Terminal terminal = new Terminal(new PrintWriter(out, true), new PrintWriter(out, true));
    return new CommandLine(
            new TokenHashCommand(
                terminal, new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8))))
        .setCaseInsensitiveEnumValuesAllowed(true);
  }

  private void run(String input, String... arguments) {
    assertThat(command(input).execute(arguments)).isZero();
  }
}
