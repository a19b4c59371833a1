package io.fleetbreaker.redis;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.util.List;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.SslVerifyMode;

/**
 * Turns {@link RedisTls} into what Jedis wants. Jedis asks for the key stores anew for each
 * connection, so the files are read again, and those that were replaced meanwhile are used.
 */
final class TlsOptions {
  private static final Pem PEM = new Pem("redis");
  private static final String TYPE = "PKCS12";

  /** Of key stores that only Jedis sees, in memory. */
  private static final char[] PASSWORD = "in-memory".toCharArray();

  private TlsOptions() {}

  /**
   * Reads the files once, to refuse bad ones early.
   *
   * @throws IllegalArgumentException naming setting and file if one does not hold what it should
   */
  static SslOptions of(RedisTls tls) {
    SslOptions.Builder builder =
        SslOptions.builder()
            .sslVerifyMode(tls.verify() ? SslVerifyMode.FULL : SslVerifyMode.INSECURE);
    if (!tls.caFile().isEmpty()) {
      builder.trustStoreType(TYPE).truststore(() -> authorities(tls.caFile()), PASSWORD);
    }
    if (!tls.certFile().isEmpty()) {
      builder.keyStoreType(TYPE).keystore(() -> own(tls.certFile(), tls.keyFile()), PASSWORD);
    }
    SslOptions options = builder.build();
    try {
      options.createSslContext();
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalArgumentException("tls cannot be set up (redis): " + e.getMessage(), e);
    }
    return options;
  }

  private static InputStream authorities(String caFile) throws IOException {
    List<Certificate> trusted = PEM.certificates("tls.ca-file", caFile);
    return store(
        store -> {
          for (int i = 0; i < trusted.size(); i++) {
            store.setCertificateEntry("ca-" + i, trusted.get(i));
          }
        });
  }

  private static InputStream own(String certFile, String keyFile) throws IOException {
    Certificate[] chain = PEM.certificates("tls.cert-file", certFile).toArray(Certificate[]::new);
    PrivateKey key = PEM.privateKey("tls.key-file", keyFile);
    return store(store -> store.setKeyEntry("own", key, PASSWORD, chain));
  }

  /** Puts something into a key store. */
  private interface Filling {
    void fill(KeyStore store) throws GeneralSecurityException;
  }

  private static InputStream store(Filling filling) throws IOException {
    try {
      KeyStore store = KeyStore.getInstance(TYPE);
      store.load(null, PASSWORD);
      filling.fill(store);
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      store.store(bytes, PASSWORD);
      return new ByteArrayInputStream(bytes.toByteArray());
    } catch (GeneralSecurityException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
