package io.fleetbreaker.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetbreaker.redis.RedisAddress.Topology;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.SslVerifyMode;

final class RedisAddressTest {
  @Test
  void aBareHostMeansThePortAndDatabaseOfRedis() {
    RedisAddress address = address("redis://cache.example");

    assertThat(address).hasToString("cache.example:6379");
    assertThat(address.topology()).isEqualTo(Topology.STANDALONE);
    assertThat(address.database()).isZero();
    assertThat(config("redis://cache.example").getSslOptions()).isNull();
  }

  @Test
  void credentialsAreSplitBeforeTheyAreDecoded() {
    JedisClientConfig config = config("redis://a%3Ab:p%40s%3As+1@[::1]:7000/15");

    assertThat(config.getCredentialsProvider().get().getUser()).isEqualTo("a:b");
    assertThat(new String(config.getCredentialsProvider().get().getPassword()))
        .isEqualTo("p@s:s+1");
    assertThat(config.getDatabase()).isEqualTo(15);
  }

  @Test
  void tlsChecksCertificateAndHost() {
    JedisClientConfig config = config("rediss://cache.example:7000");

    assertThat(config.getSslOptions().getSslVerifyMode()).isEqualTo(SslVerifyMode.FULL);
  }

  @Test
  void sentinelsAreListedWithTheMastersName() {
    RedisAddress address =
        address("rediss-sentinel://u:s3cret@a.example,b.example:7000/15?master=my.master");

    assertThat(address).hasToString("master my.master of sentinels a.example:26379,b.example:7000");
    assertThat(address.topology()).isEqualTo(Topology.SENTINEL);
    assertThat(address.tls()).isTrue();
    assertThat(address.database()).isEqualTo(15);
    assertThat(address.login()).isEqualTo(new RedisLogin("u", "s3cret"));
  }

  @Test
  void nodesOfAClusterAreListed() {
    RedisAddress address = address("redis-cluster://:s3cret@a.example,b.example:7000");

    assertThat(address).hasToString("cluster a.example:6379,b.example:7000");
    assertThat(address.topology()).isEqualTo(Topology.CLUSTER);
    assertThat(address.database()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http://:s3cret@h | must begin with redis://, redis-sentinel:// or redis-cluster://, or with rediss for TLS",
        "redis-proxy://:s3cret@h | must begin with redis://, redis-sentinel:// or redis-cluster://, or with rediss for TLS",
        "redis:///15 | must name a host",
        "redis://a,b | must name one host; several are for redis-sentinel:// or redis-cluster://",
        "redis-cluster://:s3cret@a,,b | must name a host or several",
        "redis-cluster://:s3cret@a,b/15 | must name no database: a cluster has only database 0, was 15",
        "redis-cluster://:s3cret@a,b?master=m | must not have a query",
        "redis-sentinel://:s3cret@a,b | must end in ?master=<what the sentinels call the master> and nothing else",
        "redis://s3cret@h | must have user:password or :password before the @",
        "redis://:s3cret@h/x | must have /<number of the database> or nothing after the port",
        "redis://:s3cret@h/-1 | must have /<number of the database> or nothing after the port",
        "redis://:s3cret@h:70000 | must have a port from 1 to 65535",
        "redis://:s3cret@h?db=1 | must not have a query",
        "redis://:s3cret@h#x | must not have a fragment",
        "redis://:s3#cret@h | must have a / ? or # in a user or password percent-encoded: %2F, %3F, %23",
        "redis://u:s3/cret@h | must have a / ? or # in a user or password percent-encoded: %2F, %3F, %23",
        "rediss-sentinel://u:3?s3cret@h?master=m | must have a / ? or # in a user or password percent-encoded: %2F, %3F, %23",
      })
  void aBadUriIsRefusedWithoutBeingRepeated(String uri, String rule) {
    assertThatThrownBy(() -> RedisAddress.of(URI.create(uri)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("redis uri " + rule);
  }

  @Test
  void settingsOutOfBoundsNameTheSettingTheBoundAndTheValue() {
    RedisSettings good = RedisSettings.of(URI.create("redis://:s3cret@h"));

    assertThat(good).hasToString("RedisSettings[h:6379, flexiai, flexiai:events]");
    assertThatThrownBy(() -> TestSettings.with(good, good.uri(), Duration.ZERO))
        .hasMessage("operation-timeout must be at least PT0.001S, was PT0S (redis)");
    assertThatThrownBy(() -> good.withPrefix("two words"))
        .hasMessage("prefix must be 1 to 100 letters, digits and : . _ - { }, was 'two words'");
  }

  @Test
  void aClusterWantsAHashTagAndSaysWhatToWrite() {
    URI cluster = URI.create("redis-cluster://a,b");

    assertThat(RedisSettings.of(cluster).prefix()).isEqualTo("{flexiai}");
    assertThatThrownBy(() -> RedisSettings.of(cluster).withPrefix("flexi{}ai"))
        .hasMessage(
            "prefix must have a hash tag on a cluster, so that all keys of the fleet are in one"
                + " slot: write prefix = \"{flexiai}\", was 'flexi{}ai' (redis)");
  }

  @Test
  void whatWouldDoNothingIsRefused() {
    RedisSettings plain = RedisSettings.of(URI.create("redis://h"));
    RedisSettings withUser = RedisSettings.of(URI.create("redis://u:s3cret@h"));
    RedisLogin login = new RedisLogin("u", "s3cret");

    assertThatThrownBy(() -> withUser.withLogin(login))
        .hasMessage("user and password must not be set if uri has user:password@ (redis)");
    assertThatThrownBy(() -> plain.withSentinelLogin(login))
        .hasMessageStartingWith("sentinel.user and sentinel.password must not be set unless uri");
    assertThatThrownBy(() -> plain.withTls(RedisTls.trusting("ca.pem")))
        .hasMessage("tls must not be set unless uri begins with rediss:// (redis)");
    assertThatThrownBy(() -> new RedisLogin("u", ""))
        .hasMessage("password must be set if user is (redis)");
    assertThatThrownBy(() -> new RedisTls(true, "", "cert.pem", ""))
        .hasMessageStartingWith("tls.cert-file and tls.key-file must be set both or neither");
    assertThatThrownBy(() -> new RedisTls(false, "ca.pem", "", ""))
        .hasMessageStartingWith("tls.ca-file must not be set with tls.verify = none");
  }

  private static RedisAddress address(String uri) {
    return RedisAddress.of(URI.create(uri));
  }

  private static JedisClientConfig config(String uri) {
    RedisSettings settings = RedisSettings.of(URI.create(uri));
    return new RedisAccess(address(uri), settings).forCommands();
  }
}
