package io.fleetbreaker.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Connection;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;

/** Whom a search believes; both sentinels are one server, which answers as the test says. */
final class FoundPrimaryTest {
  private static final HostAndPort OLD = new HostAndPort("old.example", 1);
  private static final HostAndPort NEW = new HostAndPort("new.example", 1);
  private static TestRedis redis;

  private final Map<HostAndPort, Guide.Answer> answers = new HashMap<>();
  private HostAndPort one;
  private HostAndPort other;
  private FoundPrimary primary;
  private Runnable whileAsked = () -> {};
  private Connection last;

  @BeforeAll
  static void startRedis() {
    redis = TestRedis.start();
  }

  @AfterAll
  static void stopRedis() {
    redis.close();
  }

  @BeforeEach
  void search() {
    one = new HostAndPort("127.0.0.1", redis.port());
    other = new HostAndPort("localhost", redis.port());
    RedisSettings settings =
        TestSettings.patient(
            RedisSettings.of(URI.create("redis-sentinel://" + one + "," + other + "?master=m")));
    RedisAccess access = new RedisAccess(RedisAddress.of(settings.uri()), settings);
    primary = new FoundPrimary(access, new Told(access.forSentinel()));
  }

  @AfterEach
  void end() {
    primary.close();
  }

  /** Answers what the test has put down, and fails if that is nothing. */
  private final class Told implements Guide {
    private final JedisClientConfig config;

    Told(JedisClientConfig config) {
      this.config = config;
    }

    @Override
    public JedisClientConfig config() {
      return config;
    }

    @Override
    public boolean primaryKnows() {
      return false;
    }

    @Override
    public Answer ask(HostAndPort whom, Connection connection) {
      last = connection;
      whileAsked.run();
      Answer answer = answers.get(whom);
      if (answer == null) {
        throw new JedisException("knows nothing");
      }
      return answer;
    }
  }

  private void says(HostAndPort who, HostAndPort node, long epoch) {
    answers.put(who, new Guide.Answer(node, epoch, List.of()));
  }

  @Test
  void aNewerEpochIsFollowedAndAnOlderIsNot() {
    says(one, NEW, 2);
    says(other, OLD, 1);
    assertThat(primary.node()).isEqualTo(NEW);

    for (int i = 0; i < 4; i++) {
      primary.look();
      assertThat(primary.known()).contains(NEW);
    }
    says(other, OLD, 3);
    primary.look();
    primary.look();

    assertThat(primary.known()).contains(OLD);
  }

  @Test
  void inDoubtTheNewestEpochOfAllCounts() {
    says(one, NEW, 2);
    says(other, OLD, 1);
    assertThat(primary.node()).isEqualTo(NEW);

    for (int i = 0; i < 4; i++) {
      primary.doubt(NEW);
      assertThat(primary.node()).isEqualTo(NEW);
    }
  }

  @Test
  void sentinelsThatBeganAnewAreBelievedWhenThePrimaryIsInDoubt() {
    says(one, NEW, 5);
    says(other, NEW, 5);
    assertThat(primary.node()).isEqualTo(NEW);

    says(one, OLD, 0);
    says(other, OLD, 0);
    primary.look();
    assertThat(primary.known()).contains(NEW);
    primary.doubt(NEW);

    assertThat(primary.node()).isEqualTo(OLD);
  }

  @Test
  void aDoubtAboutAnotherNodeChangesNothing() {
    says(one, NEW, 1);
    assertThat(primary.node()).isEqualTo(NEW);
    answers.clear();

    primary.doubt(OLD);
    primary.look();

    assertThat(primary.node()).isEqualTo(NEW);
  }

  @Test
  void aConnectionOfWhoAsksWhileThisIsClosedIsNotLeftOpen() {
    says(one, NEW, 1);
    whileAsked = () -> CompletableFuture.runAsync(primary::close).join();

    assertThat(primary.node()).isEqualTo(NEW);

    assertThat(last.isConnected()).isFalse();
  }

  @Test
  void aSearchThatFailsSaysWhatEachHasSaid() {
    assertThatThrownBy(() -> primary.node())
        .isInstanceOf(JedisConnectionException.class)
        .hasMessageContaining("nobody asked could say where the primary is: ")
        .hasMessageContaining(one + ": knows nothing")
        .hasMessageContaining(other + ": knows nothing");
    assertThat(primary.toString()).startsWith("master m of sentinels 127.0.0.1:");
  }
}
