package io.fleetbreaker.redis;

import static io.fleetbreaker.redis.Beats.instance;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.redis.WorkerBeat.ProviderBeat;
import io.fleetbreaker.sync.RevisionId;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** How long heartbeats are, and what they leave out. */
final class BeatCodecTest {
  @Test
  void whatIsAsUsualIsLeftOut() {
    byte[] raw = BeatCodec.encode(Beats.of(instance(1), Beats.plain("openai")));

    assertThat(new String(raw, UTF_8))
        .isEqualTo(
            "{\"schema\":1,\"worker_id\":\"host-1:5486:1795313749263:a1b2\",\"version\":\"1.0.0\","
                + "\"started_at_ms\":1795313749263,\"address\":\"http://127.0.0.1:8001\","
                + "\"sync\":\"ok\",\"sync_lag_ms\":12,"
                + "\"providers\":{\"openai\":{\"state\":\"closed\"}}}");
  }

  @Test
  void ofTwoHundredProvidersAllIsTold() throws WireException {
    WorkerBeat beat = Beats.of(instance(1), Beats.many(200));

    byte[] raw = BeatCodec.encode(beat);

    assertThat(raw.length).isLessThan(62 * 1024);
    assertThat(BeatCodec.decode(instance(1), raw)).isEqualTo(beat);
  }

  @Test
  void whatDoesNotFitIsLeftOutAndTheFirstAreTold() throws WireException {
    ProviderBeat[] many = Beats.many(2_000);

    byte[] raw = BeatCodec.encode(Beats.of(instance(1), many));

    assertThat(raw.length).isBetween(60 * 1024, WireJson.LONGEST_BYTES);
    assertThat(BeatCodec.decode(instance(1), raw).providers())
        .hasSizeGreaterThan(200)
        .startsWith(many[0], many[1]);
  }

  @Test
  void theLongestNamesAndStrangeTextsStillFit() throws WireException {
    ProviderBeat[] longest = new ProviderBeat[2_000];
    for (int i = 0; i < longest.length; i++) {
      ProviderBeat full = Beats.full("p".repeat(124) + i);
      longest[i] =
          new ProviderBeat(
              full.provider(),
              full.state(),
              full.override(),
              full.failureCount(),
              full.failureRate(),
              full.counts(),
              new RevisionId(
                  RevisionId.LIMIT - 1, RevisionId.LIMIT - 1, "\u20ac\"\u0001".repeat(42)),
              false);
    }
    WorkerBeat strange =
        new WorkerBeat(
            instance(1),
            "\u20ac".repeat(1_000),
            "\u20ac".repeat(1_000),
            1,
            false,
            OptionalLong.empty(),
            java.util.List.of(longest));

    byte[] raw = BeatCodec.encode(strange);

    assertThat(raw.length).isLessThanOrEqualTo(WireJson.LONGEST_BYTES);
    assertThat(BeatCodec.decode(instance(1), raw).address()).isEqualTo("?".repeat(256));
  }
}
