package io.fleetbreaker.it.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** An authority and what it has signed, made with this Java's {@code keytool}, as files in PEM. */
final class Certificates {
  private static final char[] PASSWORD = "changeit".toCharArray();

  private final Path directory;
  private final Path store;

  Certificates(Path directory) {
    this.directory = directory;
    this.store = directory.resolve("keys.p12");
    keytool("ca", "CN=test authority", "RSA", "-ext", "bc:c");
    write("ca", false);
    keytool("stranger", "CN=another authority", "RSA", "-ext", "bc:c");
    write("stranger", false);
  }

  /** Makes {@code name}.pem and {@code name}.key, signed by the authority. */
  void issue(String name, String keyAlgorithm, String subjectAlternativeName, String... more) {
    List<String> arguments = new ArrayList<>(List.of("-signer", "ca"));
    arguments.addAll(List.of("-ext", "san=" + subjectAlternativeName));
    arguments.addAll(Arrays.asList(more));
    keytool(name, "CN=" + name, keyAlgorithm, arguments.toArray(String[]::new));
    write(name, true);
  }

  String certificate(String name) {
    return directory.resolve(name + ".pem").toString();
  }

  String key(String name) {
    return directory.resolve(name + ".key").toString();
  }

  private void keytool(String alias, String owner, String algorithm, String... more) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of("-genkeypair", "-alias", alias, "-dname", owner));
    command.addAll(List.of("-keyalg", algorithm, "-keystore", store.toString()));
    command.addAll(List.of("-storetype", "PKCS12", "-storepass", new String(PASSWORD)));
    command.addAll(Arrays.asList(more));
    if (!command.contains("-startdate")) {
      // A clock that is set back a little must not make it one of the future.
      command.addAll(List.of("-startdate", "-1d"));
    }
    try {
      Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(keytool.getInputStream().readAllBytes(), UTF_8);
      assertThat(keytool.waitFor()).as(said).isZero();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private void write(String alias, boolean withKey) {
    try (InputStream in = Files.newInputStream(store)) {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(in, PASSWORD);
      Certificate certificate = keys.getCertificate(alias);
      Files.writeString(
          Path.of(certificate(alias)), pem("CERTIFICATE", certificate.getEncoded()), UTF_8);
      if (withKey) {
        byte[] key = keys.getKey(alias, PASSWORD).getEncoded();
        Files.writeString(Path.of(key(alias)), pem("PRIVATE KEY", key), UTF_8);
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static String pem(String what, byte[] content) {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    return "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n";
  }
}
