package io.fleetbreaker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.fleetbreaker.cli.ScriptedServer.Script;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the commands make of servers that answer wrongly, or not at all. */
class BrokenAnswersTest {
  private static final String PROBLEM = "application/problem+json";
  private static final String SECRET = "s3cr3t-t0k3n";

  private static Arguments broken(String what, int code, String said, Script script) {
    return Arguments.of(what, code, said, script);
  }

  static Stream<Arguments> brokenServers() {
    return Stream.of(
        broken(
            "HTML",
            1,
            "not as a Fleetbreaker worker does",
            e -> ScriptedServer.send(e, 200, "text/html", "<html>\u001b[2Jhello</html>")),
        broken(
            "an HTML error",
            1,
            "HTTP 502",
            e -> ScriptedServer.send(e, 502, "text/html", "<h1>Bad gateway</h1>")),
        broken(
            "half of a document",
            1,
            "no JSON",
            e -> ScriptedServer.send(e, 200, "application/json", "{\"providers\": [{\"na")),
        broken("an array", 1, "no JSON object", e -> ScriptedServer.send(e, 200, "a/b", "[1, 2]")),
        broken("nothing", 1, "no JSON", e -> ScriptedServer.send(e, 200, "a/b", "")),
        broken(
            "two documents", 1, "no JSON", e -> ScriptedServer.send(e, 200, "a/b", "{} {\"a\":1}")),
        broken(
            "10 MB",
            1,
            "larger than 8 MiB",
            e -> ScriptedServer.send(e, 200, "a/b", "{\"a\":\"" + "x".repeat(10_000_000) + "\"}")),
        broken(
            "deep nesting",
            1,
            "no JSON",
            e -> ScriptedServer.send(e, 200, "a/b", "{\"a\":".repeat(100_000))),
        broken(
            "a redirect",
            1,
            "HTTP 302",
            e -> {
              e.getResponseHeaders().set("Location", "http://127.0.0.1:1/");
              ScriptedServer.send(e, 302, "text/html", "elsewhere");
            }),
        broken(
            "a refusal with an escape sequence",
            1,
            "gone \\u001b[31m (HTTP 404)",
            e -> ScriptedServer.send(e, 404, PROBLEM, "{\"detail\": \"gone \\u001b[31m\"}")),
        broken(
            "no token",
            1,
            "wants a token: set FLEETBREAKER_TOKEN",
            e -> ScriptedServer.send(e, 401, PROBLEM, "{\"detail\": \"who are you\"}")),
        broken(
            "a role that is too low",
            1,
            "needs the role admin",
            e -> ScriptedServer.send(e, 403, PROBLEM, "{\"role_needed\": \"admin\"}")),
        broken("silence", 3, "no whole answer within 2000 ms", e -> Thread.sleep(20_000)),
        broken(
            "an answer that does not end",
            3,
            "no whole answer within 2000 ms",
            e -> {
              e.sendResponseHeaders(200, 0);
              for (int i = 0; i < 1_000; i++) {
                e.getResponseBody().write(' ');
                e.getResponseBody().flush();
                Thread.sleep(20);
              }
            }),
        broken(
            "a connection that is cut",
            3,
            "nobody answers",
            e -> {
              e.sendResponseHeaders(200, 1_000);
              e.getResponseBody().write('{');
              e.getResponseBody().flush();
              throw new IOException("cut");
            }));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("brokenServers")
  void endInOneLineAndTheRightCode(String what, int code, String said, Script script)
      throws IOException {
    try (ScriptedServer server = new ScriptedServer(script)) {
      String patience = said.contains("2000 ms") ? "2s" : "30s";
      Ran ran = Ran.of(Map.of(), "status", "--url", server.url(), "--timeout", patience);

      assertThat(ran.err()).startsWith("error: ").contains(said).doesNotContain("\u001b");
      assertThat(ran.err().lines()).hasSize(1);
      assertThat(ran.out()).isEmpty();
      assertThat(ran.code()).isEqualTo(code);
    }
  }

  @Test
  void nobodyThereIsThree() throws IOException {
    int port;
    try (ScriptedServer server = new ScriptedServer(e -> {})) {
      port = server.port();
    }
    for (String command : List.of("status", "workers", "history", "watch")) {
      Ran ran = Ran.of(Map.of(), command, "--url", "http://127.0.0.1:" + port);

      assertThat(ran.code()).as(command).isEqualTo(3);
      assertThat(ran.err()).startsWith("error: nobody answers at http://127.0.0.1:" + port);
      assertThat(ran.err().lines()).hasSize(1);
    }
  }

  @Test
  void theTokenIsSentAndShownNowhere(@TempDir Path directory) throws IOException {
    AtomicReference<String> sent = new AtomicReference<>("");
    Path file = Files.writeString(directory.resolve("token"), SECRET + "\n");
    try (ScriptedServer server =
        new ScriptedServer(
            e -> {
              sent.set(String.valueOf(e.getRequestHeaders().getFirst("Authorization")));
              ScriptedServer.send(e, 401, PROBLEM, "{\"detail\": \"no\"}");
            })) {
      Ran byVariable =
          Ran.of(Map.of("FLEETBREAKER_TOKEN", SECRET), "status", "--url", server.url());
      assertThat(sent.getAndSet("")).isEqualTo("Bearer " + SECRET);
      Ran byFile =
          Ran.of(Map.of(), "status", "--url", server.url(), "--token-file", file.toString());
      assertThat(sent.getAndSet("")).isEqualTo("Bearer " + SECRET);
      Ran byOption = Ran.of(Map.of(), "status", "--url", server.url(), "--token", SECRET);
      assertThat(sent.get()).isEqualTo("Bearer " + SECRET);

      for (Ran ran : List.of(byVariable, byFile, byOption)) {
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.out() + ran.err())
            .contains("does not know this token")
            .doesNotContain(SECRET);
      }
      assertThat(byOption.err()).startsWith("warning: everybody on this machine can read --token");
    }
  }

  @Test
  void aTokenThatIsNoWordIsRefusedAndNotShown() {
    Ran ran = Ran.of(Map.of("FLEETBREAKER_TOKEN", SECRET + "\r\nX: y"), "status");

    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.err()).contains("one word of printable ASCII").doesNotContain(SECRET);
  }

  @Test
  void aPasswordInTheUrlIsRefusedAndNotShown() {
    Ran ran = Ran.of(Map.of(), "status", "--url", "http://u:" + SECRET + "@localhost:8000");

    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.err()).doesNotContain(SECRET);
  }

  @Test
  void httpsTrustsOnlyTheGivenFile(@TempDir Path directory) throws Exception {
    Path store = directory.resolve("server.p12");
    Path certificate = directory.resolve("server.pem");
    keytool(
        "-genkeypair -alias server -keyalg EC -dname CN=localhost -ext SAN=ip:127.0.0.1 -validity 2"
            + " -storetype PKCS12 -storepass changeit -keystore "
            + store);
    keytool(
        "-exportcert -rfc -alias server -storepass changeit -keystore "
            + store
            + " -file "
            + certificate);
    try (ScriptedServer server =
        new ScriptedServer(
            https(store), e -> ScriptedServer.send(e, 200, "application/json", "{}"))) {
      String url = "https://127.0.0.1:" + server.port();

      Ran trusted = Ran.of(Map.of(), "status", "--url", url, "--ca-file", certificate.toString());
      Ran unknown = Ran.of(Map.of(), "status", "--url", url);

      assertThat(trusted.code()).as(trusted.err()).isZero();
      assertThat(unknown.code()).isEqualTo(3);
      assertThat(unknown.err()).startsWith("error: nobody answers").contains("certif");
      assertThat(unknown.err().lines()).hasSize(1);
    }
  }

  private static HttpServer https(Path store) throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, "changeit".toCharArray());
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, "changeit".toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    HttpsServer server = HttpsServer.create(ScriptedServer.loopback(), 16);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    return server;
  }

  private static void keytool(String arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments.split(" ", -1)));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
  }
}
