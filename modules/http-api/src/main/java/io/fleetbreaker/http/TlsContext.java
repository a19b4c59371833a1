package io.fleetbreaker.http;

import io.fleetbreaker.Ticker;
import io.fleetbreaker.fleet.SettingsException;
import io.fleetbreaker.redis.Pem;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.apache.pekko.http.javadsl.ConnectionContext;
import org.apache.pekko.http.javadsl.HttpsConnectionContext;

/**
 * TLS 1.2 and 1.3 with the certificate of the settings. Its files are looked at when a connection
 * is made; a new certificate is used from then on, without a restart.
 */
final class TlsContext {
  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

  /** Of a key store that stays in memory. */
  private static final char[] PASSWORD = "in-memory".toCharArray();

  private final Reloaded<SSLContext> context;

  private TlsContext(ServerTls tls, Ticker ticker) {
    this.context =
        new Reloaded<>(
            List.of(Path.of(tls.certFile()), Path.of(tls.keyFile())), () -> read(tls), ticker);
  }

  /**
   * @throws SettingsException naming the file that does not hold what it should
   */
  static HttpsConnectionContext of(ServerTls tls, Ticker ticker) {
    return ConnectionContext.httpsServer(new TlsContext(tls, ticker)::engine);
  }

  /** Refuses files that a context could not be made of. */
  static void check(ServerTls tls) {
    read(tls);
  }

  private SSLEngine engine() {
    SSLEngine engine = context.get().createSSLEngine();
    engine.setUseClientMode(false);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setProtocols(PROTOCOLS);
    parameters.setUseCipherSuitesOrder(true);
    engine.setSSLParameters(parameters);
    return engine;
  }

  private static SSLContext read(ServerTls tls) {
    try {
      Pem pem = new Pem("fleetbreaker.http");
      List<Certificate> chain = pem.certificates("tls.cert-file", tls.certFile());
      PrivateKey key = pem.privateKey("tls.key-file", tls.keyFile());
      requirePair(tls, (X509Certificate) chain.get(0), key);
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, PASSWORD);
      store.setKeyEntry("server", key, PASSWORD, chain.toArray(Certificate[]::new));
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, PASSWORD);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw refusal("cannot be used: " + e.getMessage(), tls);
    } catch (SettingsException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      SettingsException refused = new SettingsException(String.valueOf(e.getMessage()));
      refused.initCause(e);
      throw refused;
    }
  }

  /** A key of another certificate would make every handshake fail, and nobody would know why. */
  private static void requirePair(ServerTls tls, X509Certificate certificate, PrivateKey key)
      throws GeneralSecurityException {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          case "EdDSA" -> "EdDSA";
          default -> "";
        };
    if (algorithm.isEmpty()) {
      return;
    }
    boolean pair = key.getAlgorithm().equals(certificate.getPublicKey().getAlgorithm());
    if (pair) {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(TRIAL);
      byte[] signed = signature.sign();
      signature.initVerify(certificate.getPublicKey());
      signature.update(TRIAL);
      pair = signature.verify(signed);
    }
    if (!pair) {
      throw refusal("must belong together", tls);
    }
  }

  private static final byte[] TRIAL = {1, 2, 3};

  private static SettingsException refusal(String rule, ServerTls tls) {
    return new SettingsException(
        "fleetbreaker.http.tls.cert-file and tls.key-file "
            + rule
            + ", were "
            + tls.certFile()
            + " and "
            + tls.keyFile());
  }
}
