package io.fleetbreaker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.State;
import io.fleetbreaker.sync.FleetOverride;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract with FlexiAI 0.5, in both directions. */
class FlexiAiFormatTest {
  private static final Instant CAPTURED = Instant.parse("2026-11-22T02:15:49.364548Z");
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void itsEventIsReadAsALegacyEvent() throws WireException {
    byte[] message = FlexiAi.event().getBytes(UTF_8);

    BreakerEvent event = WireCodec.decodeEvent(message);

    assertThat(event)
        .isEqualTo(
            new BreakerEvent(
                "openai",
                BreakerEvent.Type.OPENED,
                FlexiAi.WORKER,
                CAPTURED,
                5,
                0,
                Optional.empty()));
    assertThat(FlexiAiReader.event(message).at()).isEqualTo("2026-11-22T02:15:49.364548");
  }

  @Test
  void itsStateIsReadAsALegacyState() throws WireException {
    byte[] value = FlexiAi.state().getBytes(UTF_8);

    StoredState state = WireCodec.decodeState(value);

    assertThat(state.revision()).isEmpty();
    assertThat(state.state()).isEqualTo(State.OPEN);
    assertThat(state.changedAt()).isEqualTo(CAPTURED);
    assertThat(FlexiAiReader.state(value).state()).isEqualTo("open");
  }

  @ParameterizedTest
  @ValueSource(strings = {"opened", "closed", "half_open", "failure", "success"})
  void eachOfItsEventTypesIsRead(String type) throws WireException {
    byte[] message = FlexiAi.event(type, FlexiAi.WORKER, CAPTURED).getBytes(UTF_8);

    assertThat(WireCodec.decodeEvent(message).type().wireName()).isEqualTo(type);
  }

  @Test
  void oneMessageIsTheSameOperationOnEveryWorker() throws WireException {
    byte[] message = FlexiAi.event().getBytes(UTF_8);
    BreakerEvent event = WireCodec.decodeEvent(message);

    String op = LegacyEvent.of(event, message).op();

    // The first 32 digits that sha256sum prints for the captured event.
    assertThat(op).isEqualTo("legacy-fb1cd8cb8d8a830b68928b2d12b965d9");
    assertThat(LegacyEvent.isLegacy(op)).isTrue();
    byte[] another = FlexiAi.event().replace("5,", "6,").getBytes(UTF_8);
    assertThat(LegacyEvent.of(event, another).op()).isNotEqualTo(op);
  }

  @Test
  void itsStateUpdateEventIsNoEvent() {
    String update =
        """
        {"provider_name": "openai", "state_data": %s, "worker_id": "%s", \
        "timestamp": "2026-11-22T02:15:49.364548", "__event_type__": "StateUpdateEvent"}\
        """
            .formatted(FlexiAi.state(), FlexiAi.WORKER);

    assertThatThrownBy(() -> WireCodec.decodeEvent(update.getBytes(UTF_8)))
        .hasMessage("__event_type__ is not CircuitBreakerEvent");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-1",
        "5.0",
        "1e2",
        "\"5\"",
        "true",
        "[5]",
        "2147483648",
        "9999999999999999999999"
      })
  void aCountThatIsNoneIsNotRead(String count) {
    String message = FlexiAi.event().replace("\"failure_count\": 5", "\"failure_count\": " + count);

    assertThatThrownBy(() -> WireCodec.decodeEvent(message.getBytes(UTF_8)))
        .isInstanceOf(WireException.class)
        .hasMessageContaining("failure_count");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"\"epoch\": 7", "\"op\": \"x\"", "\"version\": null, \"op\": \"x\""})
  void anEventOfOursThatHasLostItsVersionIsNoLegacyEvent(String fields) {
    String message = FlexiAi.event().replace("\"__event", fields + ", \"__event");

    assertThatThrownBy(() -> WireCodec.decodeEvent(message.getBytes(UTF_8)))
        .hasMessage("version is missing");
  }

  @Test
  void whateverWeWriteItReads() throws Exception {
    Random random = new Random(20_261_122);
    for (int i = 0; i < 2_000; i++) {
      Revision revision = anyRevision(random);
      long serverMillis = anyMillis(random);
      byte[] message =
          WireCodec.encodeEvent(
              BreakerEvent.committed("openai", revision, random.nextInt(16), serverMillis));
      byte[] value = WireCodec.encodeState(StoredState.of(revision));

      FlexiAiReader.Event event = FlexiAiReader.event(message);
      FlexiAiReader.State state = FlexiAiReader.state(value);

      String wireName = revision.state().wireName();
      assertThat(event.provider()).isEqualTo("openai");
      assertThat(event.state()).contains(wireName);
      assertThat(event.worker()).isEqualTo(revision.worker());
      assertThat(event.failures()).isEqualTo(revision.failureCount());
      assertThat(event.successes()).isEqualTo(revision.successCount());
      assertThat(event.at()).isEqualTo(utc(serverMillis));
      assertThat(state.state()).isEqualTo(wireName);
      assertThat(state.failures()).isEqualTo(revision.failureCount());
      assertThat(state.successes()).isEqualTo(revision.successCount());
      assertThat(state.changedAt()).isEqualTo(utc(revision.sinceMillis()));
    }
  }

  @Test
  void whatItDoesNotKnowStandsBesideWhatItReads() throws Exception {
    JsonNode event = JSON.readTree(WireCodec.encodeEvent(Revisions.opened("openai", 7, "a")));
    JsonNode state =
        JSON.readTree(
            WireCodec.encodeState(StoredState.of(Revisions.open(Revisions.EPOCH, 7, "a"))));

    assertThat(event.fieldNames())
        .toIterable()
        .startsWith(namesOf(FlexiAi.event()).toArray(String[]::new));
    assertThat(state.fieldNames())
        .toIterable()
        .startsWith(namesOf(FlexiAi.state()).toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0000-12-31T23:59:59.999999Z", "+10000-01-01T00:00:00Z"})
  void aTimeThatPythonDoesNotKnowIsNotWritten(Instant at) {
    BreakerEvent event = BreakerEvent.of("openai", BreakerEvent.Type.CLOSED, "w", at);

    assertThatThrownBy(() -> WireCodec.encodeEvent(event))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("time must be in the years 1 to 9999, was ");
  }

  @Test
  void theReaderIsStrict() {
    String event = FlexiAi.event();

    for (String broken :
        List.of(
            event.replace(", \"__event_type__\": \"CircuitBreakerEvent\"", ""),
            event.replace(".364548", ".364"),
            event.replace(".364548", ".364548Z"),
            event.replace("2026-", "0000-"),
            event.replace("opened", "open"),
            event.replace(": 5", ": 5.0"))) {
      assertThatThrownBy(() -> FlexiAiReader.event(broken.getBytes(UTF_8)))
          .as(broken)
          .isInstanceOf(AssertionError.class);
    }
    String state = FlexiAi.state();
    for (String broken : List.of(state.replace("open", "opened"), state.replace(".36", ""))) {
      assertThatThrownBy(() -> FlexiAiReader.state(broken.getBytes(UTF_8)))
          .as(broken)
          .isInstanceOf(AssertionError.class);
    }
  }

  private static List<String> namesOf(String json) throws Exception {
    List<String> names = new ArrayList<>();
    JSON.readTree(json).fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static LocalDateTime utc(long millis) {
    return LocalDateTime.ofInstant(Instant.ofEpochMilli(millis), java.time.ZoneOffset.UTC);
  }

  private static Revision anyRevision(Random random) {
    State state = State.values()[random.nextInt(State.values().length)];
    long open = state == State.OPEN ? 1 + random.nextLong(86_400_000L) : 0;
    long since = anyMillis(random);
    List<String> ops = new ArrayList<>();
    for (int i = random.nextInt(Revision.KEPT_OPS); i >= 0; i--) {
      ops.add("op-" + i + "-" + Long.toHexString(random.nextLong()));
    }
    return new Revision(
        new RevisionId(
            random.nextLong(RevisionId.LIMIT),
            1 + random.nextLong(RevisionId.LIMIT - 1),
            ops.get(0)),
        ops,
        state,
        since,
        open,
        open == 0 ? 0 : since + open,
        random.nextInt(Integer.MAX_VALUE),
        anyText(random, 3_000),
        anyWorker(random),
        anyCount(random),
        anyCount(random),
        random.nextInt(4) == 0 ? 0 : anyMillis(random));
  }

  private static int anyCount(Random random) {
    return switch (random.nextInt(3)) {
      case 0 -> 0;
      case 1 -> Integer.MAX_VALUE;
      default -> random.nextInt(Integer.MAX_VALUE);
    };
  }

  /** Whole seconds, too: they have no fraction to print. */
  private static long anyMillis(Random random) {
    long millis = random.nextLong(253_000_000_000_000L);
    return random.nextBoolean() ? millis : millis / 1_000 * 1_000;
  }

  private static String anyWorker(Random random) {
    String text = anyText(random, 128);
    return new String(text.getBytes(UTF_8), UTF_8);
  }

  /** Of all planes, control characters and halves of surrogate pairs among them. */
  private static String anyText(Random random, int longest) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(longest); i > 0 && text.length() < 2 * longest - 1; i--) {
      switch (random.nextInt(4)) {
        case 0 -> text.appendCodePoint(random.nextInt(0x20));
        case 1 -> text.appendCodePoint(random.nextInt(0x110000));
        case 2 -> text.append("\"\\/\u2028\u2029".charAt(random.nextInt(5)));
        default -> text.append((char) (' ' + random.nextInt(95)));
      }
    }
    return text.toString();
  }

  @ParameterizedTest
  @CsvSource({
    "FORCED_OPEN, opened, open",
    "DISABLED, closed, closed",
    "METRICS_ONLY, closed, closed"
  })
  void r13ItReadsAnOverrideAsThePlainStateThatComesNearest(
      OverrideMode mode, String type, String state) throws WireException {
    Revision below = mode == OverrideMode.FORCED_OPEN ? closedRevision() : openRevision();
    Revision overridden =
        below.withOverride(new FleetOverride(mode, "why", "alice", Revisions.EPOCH, 0, "op"));
    BreakerEvent event = BreakerEvent.committed("openai", overridden, 15, Revisions.EPOCH);

    assertThat(FlexiAiReader.event(WireCodec.encodeEvent(event)).type()).isEqualTo(type);
    byte[] stored = WireCodec.encodeState(StoredState.of(overridden));
    assertThat(FlexiAiReader.state(stored).state()).isEqualTo(state);
    assertThat(WireCodec.decodeState(stored).revision()).contains(overridden);
    assertThat(WireCodec.decodeEvent(WireCodec.encodeEvent(event))).isEqualTo(event);
    assertThat(Bridge.toldBy(event).orElseThrow().state()).isEqualTo(below.state());
  }

  private static Revision closedRevision() {
    return Revisions.closed(Revisions.EPOCH, 1, "op");
  }

  private static Revision openRevision() {
    return Revisions.open(Revisions.EPOCH, 1, "op");
  }
}
