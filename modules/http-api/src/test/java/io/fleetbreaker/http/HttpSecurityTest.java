package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetbreaker.fleet.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpSecurityTest {
  private static final String HASH = AccessToken.hashOf("a token");

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.1", "2001:db8::1", "no-such-name.invalid"})
  void anAddressThatOthersReachIsRefusedWithoutTokens(String host) {
    HttpSettings open = settings(host, "");

    assertThatThrownBy(open::check)
        .isInstanceOf(SettingsException.class)
        .hasMessage(
            "fleetbreaker.http.host must be a loopback address such as 127.0.0.1 while there are"
                + " no tokens, was "
                + host
                + ": whoever reaches it could take providers out; set"
                + " fleetbreaker.http.auth.tokens (fleetbreaker token hash makes one), or say"
                + " --insecure (fleetbreaker.http.insecure = true) to let everybody do everything");
    assertThatCode(() -> settings(host, "insecure = true").check()).doesNotThrowAnyException();
    assertThatCode(() -> settings(host, tokens("viewer")).check()).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.1.2.3", "::1", "localhost"})
  void loopbackNeedsNothing(String host) {
    assertThatCode(() -> settings(host, "").check()).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "limits.changes.per-minute = 0 | limits.changes.per-minute must be a whole number from 1",
        "limits.changes.burst = 1.5 | limits.changes.burst must be a whole number from 1 to 1000000, was 1.5",
        "limits.failed-logins.burst = many | limits.failed-logins.burst must be a whole number",
        "limits.head-timeout = 20 | limits.head-timeout must be a duration with a unit from 100 ms",
        "limits.head-timeout = 1 ms | limits.head-timeout must be a duration with a unit from 100 ms",
        "limits.head-timeout = 1 h | limits.head-timeout must be a duration with a unit from 100 ms",
        "insecure = perhaps | insecure must be true or false, was perhaps",
        "allowed-hosts = [\"http://x\"] | allowed-hosts must name hosts without a port",
        "allowed-hosts = [\"x:80\"] | allowed-hosts must name hosts without a port",
        "allowed-hosts = [\"a.*.x\"] | allowed-hosts must name hosts without a port",
        "public-url = breakers.example | public-url must be like https://breakers.example.com, was",
        "public-url = \"ftp://x\" | public-url must be like https://breakers.example.com, was ftp",
        "tls.cert-file = c.pem | tls.cert-file and fleetbreaker.http.tls.key-file must be set both",
        "auth.tokens-file = /no/such/file | auth.tokens-file must name a readable file, was /no/such"
      })
  void aValueOutOfBoundsIsRefusedByName(String setting, String message) {
    assertThatThrownBy(() -> settings("127.0.0.1", setting).check())
        .isInstanceOf(SettingsException.class)
        .hasMessageStartingWith("fleetbreaker.http." + message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "auth.tokens = topsecret",
        "auth.tokens = \"[{\"",
        "auth.tokens = [topsecret]",
        "auth.tokens = [{ name = a, role = viewer, token = topsecret }]",
        "auth.tokens = [{ name = a, role = viewer, sha256 = topsecret }]",
        "auth.tokens = [{ name = a, role = viewer }]",
        "auth.tokens = [{ name = a, role = topsecret, sha256 = topsecret }]",
        "auth.tokens = [{ name = \"top secret\", role = viewer, sha256 = topsecret }]",
        "auth.tokens = [{ name = a, role = viewer, sha256 = [topsecret] }]"
      })
  void aTokenThatIsWrittenWrongIsRefusedAndNotRepeated(String setting) {
    assertThatThrownBy(() -> settings("127.0.0.1", setting))
        .isInstanceOf(SettingsException.class)
        .hasMessageStartingWith("fleetbreaker.http.auth.tokens")
        .message()
        .doesNotContain("topsecret", "top secret");
  }

  @Test
  void anEmptyTokenAndATokenTwiceAreRefused() {
    assertThatThrownBy(() -> new AccessToken("a", Role.ADMIN, AccessToken.hashOf("")))
        .hasMessageContaining("is that of an empty token");
    String twice = "auth.tokens = [" + line("a", "viewer") + "," + line("b", "admin") + "]";
    assertThatThrownBy(() -> settings("127.0.0.1", twice))
        .hasMessageContaining("must hold each name and each hash once; not so 'b'");
  }

  @Test
  void aVariableOfTheEnvironmentMayHoldTokensAndHosts() {
    HttpSecurity security =
        GuardedTest.security(
            "allowed-hosts = \"a.example, *.b.example\"\nauth.tokens = \"\"\"["
                + line("a", "admin")
                + "]\"\"\"");

    assertThat(security.allowedHosts()).containsExactly("a.example", "*.b.example");
    assertThat(security.tokens()).containsExactly(new AccessToken("a", Role.ADMIN, HASH));
  }

  @Test
  void noTextShowsAHash() {
    HttpSettings settings = settings("127.0.0.1", tokens("admin"));

    assertThat(settings.toString()).contains("name=a").doesNotContain(HASH);
  }

  @Test
  void aFileOfTokensIsReadAgainWhenItHasChanged() throws IOException {
    Path file = directory.resolve("tokens.conf");
    AtomicLong now = new AtomicLong();
    Files.writeString(file, named("one", "first"));
    TokenBook book = new TokenBook(withFile(file), now::get);
    assertThat(book.find("first")).map(AccessToken::name).contains("one");

    Files.writeString(file, named("another", "second"));
    assertThat(book.find("second")).as("within a second").isEmpty();
    now.addAndGet(1_000_000_000);

    assertThat(book.find("second")).map(AccessToken::name).contains("another");
    assertThat(book.find("first")).isEmpty();
  }

  @Test
  void aFileThatHasBecomeUnreadableLetsNobodyElseIn() throws IOException {
    Path file = directory.resolve("tokens.conf");
    AtomicLong now = new AtomicLong();
    Files.writeString(file, named("one", "first"));
    TokenBook book = new TokenBook(withFile(file), now::get);

    for (String content : List.of("", "fleetbreaker.http.auth.tokens = []", "{{{")) {
      Files.writeString(file, content);
      now.addAndGet(1_000_000_000);
      assertThat(book.find("first")).as(content).isPresent();
      assertThat(book.find("")).as(content).isEmpty();
    }
    Files.delete(file);
    now.addAndGet(1_000_000_000);
    assertThat(book.find("first")).isPresent();
  }

  @Test
  void anEmptyFileOfTokensIsRefusedAtTheStart() throws IOException {
    Path file = Files.writeString(directory.resolve("t.conf"), "fleetbreaker.http.auth.tokens=[]");

    assertThatThrownBy(() -> settings("0.0.0.0", "auth.tokens-file = \"" + file + "\"").check())
        .hasMessageContaining("auth.tokens-file must hold at least one token, was " + file);
  }

  private static HttpSecurity withFile(Path file) {
    return GuardedTest.security("auth.tokens-file = \"" + file + "\"");
  }

  private static String named(String name, String token) {
    return "fleetbreaker.http.auth.tokens += " + GuardedTest.entry(name, "viewer", token) + "\n";
  }

  private static String tokens(String role) {
    return "auth.tokens = [" + line("a", role) + "]";
  }

  private static String line(String name, String role) {
    return GuardedTest.entry(name, role, "a token");
  }

  private static HttpSettings settings(String host, String more) {
    return new HttpSettings(host, Optional.empty(), 0, false, GuardedTest.security(more));
  }
}
