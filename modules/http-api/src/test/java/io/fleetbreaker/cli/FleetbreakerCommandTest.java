package io.fleetbreaker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FleetbreakerCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @ParameterizedTest
  @ValueSource(strings = {"demo", "serve", "check", "worker"})
  void everyCommandHasHelpAndAVersion(String command) {
    assertThat(run(command, "--help")).isZero();
    assertThat(run(command, "--version")).isZero();

    assertThat(out.toString()).contains("fleetbreaker " + command).contains("Java ");
    assertThat(out.toString()).doesNotContain("\u001b");
  }

  @Test
  void whatTheSupervisorStartsIsNotListed() {
    assertThat(run("--help")).isZero();

    assertThat(out.toString()).contains("demo").contains("serve").contains("check");
    assertThat(out.toString()).doesNotContain("  worker ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "dance",
        "serve --port x",
        "serve --workers 0",
        "demo --workers 1000",
        "check --timeout soon",
        "check --timeout 0s",
        "check --url localhost:8000",
        "check --workers 0",
        "token",
        "token hash --role king",
        "serve --host 0.0.0.0 --port 0",
        "serve --config /no/such/file.conf"
      })
  void wrongUsageIsExplainedInAFewLines(String line) {
    assertThat(run(line.isEmpty() ? new String[0] : line.split(" ", -1))).isEqualTo(2);

    assertThat(err.toString()).startsWith("error: ");
    assertThat(err.toString().lines()).hasSizeLessThan(5);
  }

  @Test
  void nobodyThereExitsWithThree() throws IOException {
    // Held, so that nobody else comes to listen there.
    try (Socket bound = new Socket()) {
      bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      String url = "http://127.0.0.1:" + bound.getLocalPort();

      int code = run("check", "--url", url, "--timeout", "300ms", "--json");

      assertThat(code).isEqualTo(3);
      assertThat(out.toString()).contains("\"result\" : \"unreachable\"");
    }
  }

  private int run(String... args) {
    Terminal terminal = new Terminal(new PrintWriter(out, true), new PrintWriter(err, true));
    return FleetbreakerCommand.commandLine(terminal, Map.of()).execute(args);
  }
}
