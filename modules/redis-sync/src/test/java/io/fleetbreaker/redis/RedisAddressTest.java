package io.fleetbreaker.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
    RedisAddress address = RedisAddress.of(URI.create("redis://cache.example"));

    assertThat(address).hasToString("cache.example:6379");
    assertThat(address.database()).isZero();
    assertThat(config(address).getSslOptions()).isNull();
  }

  @Test
  void credentialsAreSplitBeforeTheyAreDecoded() {
    JedisClientConfig config =
        config(RedisAddress.of(URI.create("redis://a%3Ab:p%40s%3As+1@[::1]:7000/15")));

    assertThat(config.getCredentialsProvider().get().getUser()).isEqualTo("a:b");
    assertThat(new String(config.getCredentialsProvider().get().getPassword()))
        .isEqualTo("p@s:s+1");
    assertThat(config.getDatabase()).isEqualTo(15);
  }

  @Test
  void tlsChecksCertificateAndHost() {
    JedisClientConfig config = config(RedisAddress.of(URI.create("rediss://cache.example:7000")));

    assertThat(config.getSslOptions().getSslVerifyMode()).isEqualTo(SslVerifyMode.FULL);
  }

  @ParameterizedTest
  @CsvSource({
    "http://:s3cret@h, must begin with redis:// or rediss://",
    "redis:///15, must name a host",
    "redis://s3cret@h, must have user:password or :password before the @",
    "redis://:s3cret@h/x, must end in /<number of the database> or nothing after the port",
    "redis://:s3cret@h/-1, must end in /<number of the database> or nothing after the port",
    "redis://:s3cret@h:70000, must have a port from 1 to 65535",
    "redis://:s3cret@h?db=1, must not have a query or a fragment",
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

  private static JedisClientConfig config(RedisAddress address) {
    Duration second = Duration.ofSeconds(1);
    return address.config("test", second, second, second);
  }
}
