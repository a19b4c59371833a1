package io.fleetbreaker.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.cert.CertPathBuilderException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisAskDataException;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

final class RepliesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "READONLY You can't write against a read only replica.",
        "ERR Error running script (call to f_1): @user_script:1: @user_script: 1: -READONLY You can't"
            + " write against a read only replica. ",
        "LOADING Redis is loading the dataset in memory",
        "CLUSTERDOWN The cluster is down",
        "TRYAGAIN Multiple keys request during rehashing of slot",
      })
  void aNodeThatCannotNowIsNotARefusal(String reply) {
    assertThat(Replies.saysNotServed(new JedisDataException(reply))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "NOPERM this user has no permissions to run the 'get' command",
        "OOM command not allowed when used memory > 'maxmemory'.",
        "WRONGTYPE Operation against a key holding the wrong kind of value",
        "ERR ASKED for too much",
      })
  void aRefusalIsOne(String reply) {
    assertThat(Replies.saysNotServed(new JedisDataException(reply))).isFalse();
  }

  @Test
  void aRedirectionIsNotARefusal() {
    HostAndPort target = new HostAndPort("h", 1);

    assertThat(Replies.saysNotServed(new JedisAskDataException("ASK 1 h:1", target, 1))).isTrue();
  }

  @Test
  void whatWasSentIsNotRepeated() {
    String echo = "ERR unknown command 'HELLO', with args beginning with: '2' 'AUTH' 'u' 's3cret'";

    assertThat(Replies.reason(new JedisDataException(echo)))
        .isEqualTo("ERR unknown command 'HELLO'");
  }

  @Test
  void aMissingRightComesWithWhereToLook() {
    assertThat(Replies.reason(new JedisDataException("NOPERM no permissions to run 'get'")))
        .startsWith("NOPERM no permissions to run 'get' (docs/redis.md lists the rights");
  }

  @Test
  void aServerThatIsNotTrustedComesWithWhatToSet() {
    Exception unknown = new CertPathBuilderException("unable to find valid certification path");
    Exception handshake = new SSLHandshakeException("PKIX path building failed");
    handshake.initCause(unknown);

    assertThat(Replies.reason(new JedisConnectionException(handshake)))
        .isEqualTo(
            "TLS: unable to find valid certification path (redis.tls.ca-file names the authorities"
                + " that are trusted)");
  }
}
