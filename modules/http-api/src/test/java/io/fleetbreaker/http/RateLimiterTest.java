package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RateLimiterTest {
  private final AtomicLong now = new AtomicLong();
  private final RateLimiter limiter = new RateLimiter(new RateLimit(60, 3), now::get);

  @Test
  void aBurstIsAllowedAndThenOneEachSecond() {
    for (int i = 0; i < 3; i++) {
      assertThat(limiter.take("a")).isEmpty();
    }

    assertThat(limiter.take("a")).contains(Duration.ofSeconds(1));
    assertThat(limiter.blocked("a")).contains(Duration.ofSeconds(1));
    assertThat(limiter.take("b")).as("another client").isEmpty();
    now.addAndGet(Duration.ofSeconds(1).toNanos());
    assertThat(limiter.blocked("a")).isEmpty();
    assertThat(limiter.take("a")).isEmpty();
    assertThat(limiter.take("a")).isPresent();
  }

  @Test
  void restIsNotSavedUpBeyondTheBurst() {
    limiter.take("a");
    now.addAndGet(Duration.ofDays(1).toNanos());

    for (int i = 0; i < 3; i++) {
      assertThat(limiter.take("a")).isEmpty();
    }
    assertThat(limiter.take("a")).isPresent();
  }

  @Test
  void aMillionClientsTakeTheMemoryOfTenThousand() {
    for (int i = 0; i < 1_000_000; i++) {
      limiter.take("client-" + i);
    }

    assertThat(limiter.clients()).isEqualTo(RateLimiter.MOST_CLIENTS);
  }

  @Test
  void whoIsNotLimitedIsNotRemembered() {
    assertThat(limiter.blocked("a")).isEmpty();

    assertThat(limiter.clients()).isZero();
  }

  @Test
  void anIpv6ClientIsItsNetwork() throws Exception {
    assertThat(network("2001:db8:1:2:3:4:5:6")).isEqualTo(network("2001:db8:1:2::ffff"));
    assertThat(network("2001:db8:1:2::1")).isNotEqualTo(network("2001:db8:1:3::1"));
    assertThat(network("192.0.2.1")).isEqualTo("192.0.2.1").isNotEqualTo(network("192.0.2.2"));
    assertThat(network("::ffff:192.0.2.1")).isEqualTo("192.0.2.1");
  }

  private static String network(String literal) throws Exception {
    return ClientAddress.network(InetAddress.getByName(literal));
  }
}
