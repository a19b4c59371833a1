package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.fleet.SettingsException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTest extends GuardedTest {
  private static final char[] PASSWORD = "password".toCharArray();

  /** Milliseconds: an idle connection ends after 30 s. */
  private static final int LESS_THAN_IDLE = 20_000;

  @TempDir Path directory;

  @Test
  void theServerSpeaksTlsAndSaysSo() throws Exception {
    KeyStore store = certificate("server", "EC");
    serve(tls("server", "server"));

    HttpResponse<String> response = get(store);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Strict-Transport-Security"))
        .contains("max-age=31536000");
    assertThat(response.sslSession().orElseThrow().getProtocol()).isEqualTo("TLSv1.3");
  }

  @Test
  void anOldProtocolAndPlainTextAreNotServed() throws Exception {
    KeyStore store = certificate("server", "RSA");
    serve(tls("server", "server"));

    try (SSLSocket socket =
        (SSLSocket) trusting(store).getSocketFactory().createSocket(LOOPBACK, port())) {
      socket.setEnabledProtocols(new String[] {"TLSv1.2"});
      socket.startHandshake();
      assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.2");
    }
    try (SSLSocket socket =
        (SSLSocket) trusting(store).getSocketFactory().createSocket(LOOPBACK, port())) {
      socket.setEnabledProtocols(new String[] {"TLSv1.1"});
      assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLHandshakeException.class);
    }
    String answer =
        RawHttp.exchange(port(), RawHttp.head("GET /status HTTP/1.1", "Host: localhost"));
    assertThat(answer).doesNotContain("HTTP/1.1");
    assertThat(get(store).statusCode()).as("the next caller").isEqualTo(200);
  }

  @Test
  void aHandshakeThatDoesNotComeIsCutOff() throws Exception {
    certificate("server", "EC");
    serve(guarded("limits.head-timeout = 300 ms\n" + files("server", "server")));

    try (Socket silent = new Socket(InetAddress.getLoopbackAddress(), port())) {
      silent.setSoTimeout(LESS_THAN_IDLE);
      assertThat(hangsUp(silent)).isTrue();
      await().atMost(SOON).untilAsserted(() -> assertThat(server.sockets()).isZero());
    }
  }

  @Test
  void aHandshakeThatArrivesByteByByteIsCutOff() throws Exception {
    certificate("server", "EC");
    serve(guarded("limits.head-timeout = 300 ms\n" + files("server", "server")));

    try (Socket slow = new Socket(InetAddress.getLoopbackAddress(), port())) {
      slow.setSoTimeout(20);
      // The head of a record of 16 KiB, of which each byte is worth waiting for.
      slow.getOutputStream().write(new byte[] {0x16, 3, 1, 0x40, 0});
      assertThat(isCutWhileSending(slow)).isTrue();
      await().atMost(SOON).untilAsserted(() -> assertThat(server.sockets()).isZero());
    }
  }

  @Test
  void aHandshakeThatDoesNotComeDoesNotOutliveTheServer() throws Exception {
    certificate("server", "EC");
    serve(tls("server", "server"));

    try (Socket silent = new Socket(InetAddress.getLoopbackAddress(), port())) {
      silent.setSoTimeout(LESS_THAN_IDLE);
      await().atMost(SOON).until(() -> server.sockets() == 1);
      resultOf(server.stop(Duration.ofMillis(100)));

      assertThat(hangsUp(silent)).isTrue();
    }
  }

  @Test
  void handshakesBeyondTheBoundMakeRoom() throws Exception {
    KeyStore store = certificate("server", "EC");
    serve(tls("server", "server"));
    List<Socket> silent = new ArrayList<>();
    try {
      for (int i = 0; i < 1_300; i++) {
        silent.add(new Socket(InetAddress.getLoopbackAddress(), port()));
      }

      assertThat(get(store).statusCode()).isEqualTo(200);
      await().atMost(SOON).untilAsserted(() -> assertThat(server.sockets()).isBetween(1, 1_024));
    } finally {
      for (Socket socket : silent) {
        socket.close();
      }
    }
  }

  /** Whether the server ends it, in order or not but unheard, before its own bound on silence. */
  private static boolean hangsUp(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException nothing) {
      return false;
    } catch (SocketException reset) {
      return true;
    }
  }

  private static boolean isCutWhileSending(Socket socket) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LESS_THAN_IDLE);
    while (System.nanoTime() < deadline) {
      try {
        socket.getOutputStream().write(1);
        if (socket.getInputStream().read() < 0) {
          return true;
        }
      } catch (SocketTimeoutException nothing) {
        // It still listens.
      } catch (SocketException hungUp) {
        return true;
      }
    }
    return false;
  }

  @Test
  void aNewCertificateIsUsedWithoutARestart() throws Exception {
    KeyStore first = certificate("server", "EC");
    serve(tls("server", "server"));
    assertThat(get(first).statusCode()).isEqualTo(200);

    KeyStore second = certificate("other", "EC");
    for (String kind : new String[] {".crt", ".key"}) {
      Files.move(
          directory.resolve("other" + kind),
          directory.resolve("server" + kind),
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    await()
        .atMost(SOON)
        .ignoreException(SSLHandshakeException.class)
        .until(() -> get(second).statusCode() == 200);
  }

  @Test
  void aBadFileIsNamedAtTheStart() throws Exception {
    certificate("one", "EC");
    certificate("two", "EC");
    Files.writeString(directory.resolve("empty.crt"), "nothing");

    refused(tls("missing", "one"), "tls.cert-file must name a readable file, was ", "missing.crt");
    refused(tls("empty", "one"), "tls.cert-file must hold", "empty.crt");
    refused(tls("one", "missing"), "tls.key-file must name a readable file, was ", "missing.key");
    refused(tls("one", "two"), "tls.key-file must belong together, were ", "two.key");
  }

  private void refused(HttpSecurity security, String... parts) {
    assertThatThrownBy(() -> start(worker, settings(security)))
        .cause()
        .isInstanceOf(SettingsException.class)
        .hasMessageContainingAll(parts);
    assertThatThrownBy(() -> settings(security).check())
        .isInstanceOf(SettingsException.class)
        .hasMessageContainingAll(parts);
  }

  private HttpSecurity tls(String cert, String key) {
    return guarded(files(cert, key));
  }

  private String files(String cert, String key) {
    return "tls { cert-file = \""
        + directory.resolve(cert + ".crt")
        + "\", key-file = \""
        + directory.resolve(key + ".key")
        + "\" }";
  }

  private HttpResponse<String> get(KeyStore trusted) throws Exception {
    return HttpClient.newBuilder()
        .sslContext(trusting(trusted))
        .build()
        .send(
            HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port() + "/status"))
                .header("Authorization", "Bearer " + VIEWER)
                .timeout(SOON)
                .build(),
            BodyHandlers.ofString());
  }

  /** A certificate for this host and its key, written in PEM; what is returned trusts it. */
  private KeyStore certificate(String name, String algorithm) throws Exception {
    Path file = directory.resolve(name + ".p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                algorithm,
                "-dname",
                "CN=" + name,
                "-ext",
                "SAN=ip:127.0.0.1,dns:localhost",
                "-storetype",
                "PKCS12",
                "-keystore",
                file.toString(),
                "-storepass",
                new String(PASSWORD))
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve(name + ".log").toFile())
            .start();
    assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
    KeyStore store = KeyStore.getInstance(file.toFile(), PASSWORD);
    X509Certificate certificate = (X509Certificate) store.getCertificate(name);
    pem(name + ".crt", "CERTIFICATE", certificate.getEncoded());
    pem(name + ".key", "PRIVATE KEY", store.getKey(name, PASSWORD).getEncoded());
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, PASSWORD);
    trusted.setCertificateEntry(name, certificate);
    return trusted;
  }

  private void pem(String name, String type, byte[] content) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    Files.writeString(
        directory.resolve(name),
        "-----BEGIN " + type + "-----\n" + text + "\n-----END " + type + "-----\n");
  }

  private static SSLContext trusting(KeyStore trusted) throws Exception {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);
    return context;
  }
}
