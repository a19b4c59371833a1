package io.fleetbreaker.it.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.State;
import io.fleetbreaker.it.child.Unhurried;
import io.fleetbreaker.redis.FleetStore;
import io.fleetbreaker.redis.RedisSettings;
import io.fleetbreaker.redis.RedisStore;
import io.fleetbreaker.redis.RedisTls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Over TLS a server is talked to only if it is who it should be. */
class TlsIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String HERE = "ip:127.0.0.1";

  @TempDir static Path keys;
  private static Certificates certificates;

  @TempDir Path directory;
  private final List<AutoCloseable> open = new ArrayList<>();
  private int port = 1;

  @BeforeAll
  static void makeCertificates() {
    certificates = new Certificates(keys);
    certificates.issue("server", "RSA", HERE);
    certificates.issue("elsewhere", "RSA", "dns:redis.example");
    certificates.issue("expired", "RSA", HERE, "-startdate", "-10d", "-validity", "5");
    certificates.issue("worker", "EC", "dns:worker.example");
  }

  @AfterEach
  void end() throws Exception {
    for (int i = open.size() - 1; i >= 0; i--) {
      open.get(i).close();
    }
  }

  /** A server that shows this certificate. */
  private void serve(String certificate, String... more) {
    List<String> lines = new ArrayList<>(List.of(more));
    lines.add("tls-port " + RealRedis.SECOND_PORT);
    lines.add("tls-cert-file " + certificates.certificate(certificate));
    lines.add("tls-key-file " + certificates.key(certificate));
    lines.add("tls-ca-cert-file " + certificates.certificate("ca"));
    if (more.length == 0) {
      lines.add("tls-auth-clients no");
    }
    RealRedis redis = RealRedis.start(directory, lines.toArray(String[]::new));
    open.add(redis);
    port = redis.secondPort();
  }

  private RedisSettings settings(RedisTls tls) {
    // A handshake that takes long is not one that is refused.
    return Unhurried.redis(
        Worker.redis("rediss://127.0.0.1:" + port + "/15", "test_flexiai").withTls(tls));
  }

  private String problem(RedisTls tls) {
    try (RedisStore store = RedisStore.open(settings(tls))) {
      FleetStore.Health health = store.health();
      assertThat(health.reachable()).isFalse();
      return health.problem();
    }
  }

  private Worker worker(RedisTls tls) {
    Worker worker = Worker.start(settings(tls), "openai");
    open.add(worker);
    return worker;
  }

  private static RedisTls ours() {
    return RedisTls.trusting(certificates.certificate("ca"));
  }

  @Test
  void aFleetTrustsTheAuthorityItIsGiven() {
    serve("server");
    Worker first = worker(ours());
    Worker second = worker(ours());

    first.trip("openai");

    second.awaitShared("openai", State.OPEN, SOON);
  }

  @Test
  void aServerOfAnUnknownAuthorityIsRefused() {
    serve("server");

    assertThat(problem(RedisTls.DEFAULT))
        .startsWith("redis at 127.0.0.1:" + port + ": TLS: unable to find valid certification path")
        .endsWith("(redis.tls.ca-file names the authorities that are trusted)");
    assertThat(problem(RedisTls.trusting(certificates.certificate("stranger")))).contains("TLS: ");
    Worker worker = worker(RedisTls.DEFAULT);
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(worker.fleet().sync().problem()).contains("TLS: unable to find"));
  }

  @Test
  void aServerOfAnotherNameIsRefused() {
    serve("elsewhere");

    assertThat(problem(ours()))
        .contains("TLS: No subject alternative names matching IP address 127.0.0.1 found");
  }

  @Test
  void anExpiredCertificateIsRefused() {
    serve("expired");

    assertThat(problem(ours())).contains("TLS: NotAfter: ");
  }

  @Test
  void withoutVerificationAnybodyIsTrusted() {
    serve("elsewhere");

    worker(new RedisTls(false, "", "", "")).trip("openai");

    try (RedisStore store = RedisStore.open(settings(new RedisTls(false, "", "", "")))) {
      assertThat(store.health().problem()).isEmpty();
    }
  }

  @Test
  void aServerThatWantsToKnowItsClientsIsShownACertificate() throws Exception {
    serve("server", "tls-auth-clients yes");
    String cert = certificates.certificate("worker");
    RedisTls known = new RedisTls(true, ours().caFile(), cert, certificates.key("worker"));

    assertThat(problem(ours())).isNotEmpty();
    try (RedisStore store = RedisStore.open(settings(known))) {
      assertThat(store.health().problem()).isEmpty();
    }
  }

  @Test
  void aReplacedFileIsUsedByTheNextConnection() throws Exception {
    serve("server");
    Path authorities = directory.resolve("authorities.pem");
    Files.copy(Path.of(certificates.certificate("stranger")), authorities);
    try (RedisStore store = RedisStore.open(settings(RedisTls.trusting(authorities.toString())))) {
      assertThat(store.health().reachable()).isFalse();

      Files.copy(
          Path.of(certificates.certificate("ca")),
          authorities,
          StandardCopyOption.REPLACE_EXISTING);

      assertThat(store.health().problem()).isEmpty();
    }
  }

  @Test
  void aFileThatIsNotWhatItShouldBeIsRefused() throws Exception {
    Path junk = Files.writeString(directory.resolve("junk"), "no certificate");
    String cert = certificates.certificate("worker");

    assertThatThrownBy(() -> RedisStore.open(settings(RedisTls.trusting(junk.toString()))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("tls.ca-file must hold ")
        .hasMessageContaining(", was " + junk + " (redis)");
    assertThatThrownBy(
            () -> RedisStore.open(settings(new RedisTls(true, "", cert, junk.toString()))))
        .hasMessageStartingWith("tls.key-file must hold a PKCS#8 key that is not encrypted");
  }
}
