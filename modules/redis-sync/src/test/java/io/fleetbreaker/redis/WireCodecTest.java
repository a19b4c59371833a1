package io.fleetbreaker.redis;

import static io.fleetbreaker.redis.Revisions.EPOCH;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetbreaker.State;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class WireCodecTest {
  private static final String FLEXIAI_EVENT = FlexiAi.event();
  private static final String FLEXIAI_STATE = FlexiAi.state();
  private static final Instant CAPTURED = Instant.parse("2026-11-22T02:15:49.364548Z");
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void anEventOfFlexiAiIsALegacyEvent() throws WireException {
    BreakerEvent event = WireCodec.decodeEvent(FLEXIAI_EVENT.getBytes(UTF_8));

    assertThat(event)
        .isEqualTo(
            new BreakerEvent(
                "openai",
                BreakerEvent.Type.OPENED,
                "host-a:5486:1795313749263",
                CAPTURED,
                5,
                0,
                Optional.empty()));
  }

  @Test
  void aLegacyEventIsWrittenAsFlexiAiWritesIt() throws Exception {
    BreakerEvent event = WireCodec.decodeEvent(FLEXIAI_EVENT.getBytes(UTF_8));

    byte[] written = WireCodec.encodeEvent(event);

    assertThat(JSON.readTree(written)).isEqualTo(JSON.readTree(FLEXIAI_EVENT));
  }

  @Test
  void aStateOfFlexiAiIsALegacyState() throws WireException {
    StoredState state = WireCodec.decodeState(FLEXIAI_STATE.getBytes(UTF_8));

    assertThat(state)
        .isEqualTo(
            new StoredState(
                State.OPEN,
                3,
                0,
                Optional.of(Instant.parse("2026-11-22T02:15:49.360Z")),
                CAPTURED,
                Optional.empty(),
                0));
  }

  @Test
  void aLegacyStateIsWrittenAsFlexiAiWritesIt() throws WireException {
    StoredState state = WireCodec.decodeState(FLEXIAI_STATE.getBytes(UTF_8));

    assertThat(new String(WireCodec.encodeState(state), UTF_8))
        .isEqualTo(FLEXIAI_STATE.replace(": ", ":").replace(", ", ","));
  }

  @Test
  void aTimeWithoutAFractionIsRead() throws WireException {
    String whole = FLEXIAI_STATE.replace(".364548", "").replace("1795313749.36", "null");

    StoredState state = WireCodec.decodeState(whole.getBytes(UTF_8));

    assertThat(state.changedAt()).isEqualTo(Instant.parse("2026-11-22T02:15:49Z"));
    assertThat(state.lastFailure()).isEmpty();
  }

  @Test
  void aTimeIsWrittenWithSixDigitsAndAFailureTimeWithAPoint() throws IOException {
    StoredState state =
        new StoredState(
            State.OPEN,
            1,
            0,
            Optional.of(Instant.ofEpochSecond(1_795_313_700)),
            Instant.ofEpochSecond(1_795_313_700),
            Optional.empty(),
            0);

    String json = new String(WireCodec.encodeState(state), UTF_8);

    assertThat(json).contains("\"last_failure_time\":1795313700.0,");
    assertThat(json).contains("\"state_changed_at\":\"2026-11-22T02:15:00.000000\"");
  }

  @Test
  void aRevisionIsReadBackUnchanged() throws WireException {
    for (State state : State.values()) {
      StoredState stored =
          StoredState.of(
              Revisions.of(
                  state, RevisionId.LIMIT - 1, RevisionId.LIMIT - 1, "a", List.of("b", "c")));
      assertThat(WireCodec.decodeState(WireCodec.encodeState(stored))).isEqualTo(stored);
    }
    BreakerEvent event = Revisions.opened("openai", 7, "a");
    assertThat(WireCodec.decodeEvent(WireCodec.encodeEvent(event))).isEqualTo(event);
  }

  @Test
  void ourEventCarriesWhatFlexiAiNeedsAndOurFieldsBesideIt() throws IOException {
    JsonNode json = JSON.readTree(WireCodec.encodeEvent(Revisions.opened("openai", 7, "a")));

    assertThat(json.path("__event_type__").textValue()).isEqualTo("CircuitBreakerEvent");
    assertThat(json.path("metadata").path("failure_count").isInt()).isTrue();
    assertThat(json.path("timestamp").textValue())
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}");
    assertThat(json.path("schema").intValue()).isEqualTo(1);
    assertThat(json.path("epoch").longValue()).isEqualTo(EPOCH);
    assertThat(json.path("version").longValue()).isEqualTo(7);
    assertThat(json.path("db").intValue()).isEqualTo(TestRedis.DATABASE);
    assertThat(json.path("open_ms").longValue()).isEqualTo(60_000);
  }

  @Test
  void fieldsAndSchemasOfTheFutureAreReadForWhatIsKnown() throws Exception {
    ObjectNode json =
        (ObjectNode)
            JSON.readTree(WireCodec.encodeState(StoredState.of(Revisions.open(EPOCH, 1, "a"))));
    json.put("schema", 7).putObject("novelty").putArray("list").add(1);

    StoredState state = WireCodec.decodeState(JSON.writeValueAsBytes(json));

    assertThat(state.schema()).isEqualTo(7);
    assertThat(state.revision()).contains(Revisions.open(EPOCH, 1, "a"));
  }

  @Test
  void aLongReasonIsCutWhereItBreaksNoCharacter() throws WireException {
    Revision revision = Revisions.open(EPOCH, 1, "a");
    String reason = "x".repeat(499) + "\uD83D\uDE00".repeat(20) + "\uD83D";
    Revision talkative =
        new Revision(
            revision.id(), revision.ops(), revision.state(), 1, 1, 1, 1, reason, "w", 0, 0, 0);

    StoredState read = WireCodec.decodeState(WireCodec.encodeState(StoredState.of(talkative)));

    assertThat(read.revision().orElseThrow().reason()).isEqualTo("x".repeat(499));
  }

  @Test
  void whatCouldNotBeReadIsNotWritten() {
    Revision revision = Revisions.open(EPOCH, 1, "o".repeat(129));

    assertThatThrownBy(() -> WireCodec.encodeState(StoredState.of(revision)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("state cannot be written: op is longer than 128 characters");
    assertThatThrownBy(
            () ->
                WireCodec.encodeEvent(
                    BreakerEvent.of("a", BreakerEvent.Type.OPENED, "w".repeat(257), Instant.EPOCH)))
        .hasMessage("event cannot be written: worker_id is longer than 256 characters");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "provider_name      | `\"../etc\"`          | provider_name is not a legal name",
        "provider_name      | 7                     | provider_name is not a string",
        "provider_name      | null                  | provider_name is missing",
        "event_type         | `\"exploded\"`        | event_type is unknown",
        "worker_id          | []                    | worker_id is not a string",
        "timestamp          | `\"yesterday\"`       | timestamp is not a UTC time without a zone",
        "timestamp          | `\"2026-02-30T00:00:00\"` | timestamp is not a UTC time without a zone",
        "timestamp          | `\"2026-11-22T02:15:49Z\"` | timestamp is not a UTC time without a zone",
        "metadata           | 3                     | metadata is not an object",
        "metadata           | `{\"failure_count\":true}` | failure_count is not an integer",
        "metadata           | `{\"failure_count\":1.0}` | failure_count is not an integer",
        "metadata           | `{\"failure_count\":-1}` | failure_count is out of range",
        "metadata           | `{\"success_count\":2147483648}` | success_count is out of range",
        "metadata           | `{\"success_count\":99999999999999999999}` | success_count is not an integer",
        "__event_type__     | `\"StateUpdateEvent\"` | __event_type__ is not CircuitBreakerEvent",
        "epoch              | -1                    | epoch is out of range",
        "epoch              | 9007199254740992      | epoch is out of range",
        "epoch              | null                  | epoch is missing",
        "version            | 0                     | version is out of range",
        "version            | 1.5                   | version is not an integer",
        "version            | `\"1\"`               | version is not an integer",
        "op                 | `\"\"`                | op is empty",
        "db                 | -1                    | db is out of range",
        "schema             | 0                     | schema is out of range",
        "open_ms            | -5                    | open_ms is out of range",
        "reason             | {}                    | reason is not a string",
      })
  void anEventWithABadFieldIsRefusedByName(String field, String value, String reason)
      throws IOException {
    ObjectNode json =
        (ObjectNode) JSON.readTree(WireCodec.encodeEvent(Revisions.opened("openai", 1, "a")));
    json.set(field, JSON.readTree(value));
    byte[] bytes = json.toString().getBytes(UTF_8);

    assertThatThrownBy(() -> WireCodec.decodeEvent(bytes))
        .isInstanceOf(WireException.class)
        .hasMessage(reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "state             | `\"ajar\"`      | state is not a state",
        "automatic_state   | `\"ajar\"`      | automatic_state is not a state",
        "last_failure_time | `\"noon\"`      | last_failure_time is not a number",
        "last_failure_time | -1              | last_failure_time is out of range",
        "last_failure_time | 1e300           | last_failure_time is out of range",
        "state_changed_at  | null            | state_changed_at is missing",
        "state_changed_at  | `\"+12345-01-01T00:00:00\"` | state_changed_at is not a UTC time without a zone",
        "ops               | `[\"z\"]`       | ops does not hold op",
        "ops               | `\"a\"`         | ops is not a list of at most 64",
        "ops               | [1]             | ops is not a string",
        "attempt           | 2147483648      | attempt is out of range",
        "since_ms          | 1e3             | since_ms is not an integer",
      })
  void aStateWithABadFieldIsRefusedByName(String field, String value, String reason)
      throws IOException {
    ObjectNode json =
        (ObjectNode)
            JSON.readTree(WireCodec.encodeState(StoredState.of(Revisions.open(EPOCH, 1, "a"))));
    json.set(field, JSON.readTree(value));
    byte[] bytes = json.toString().getBytes(UTF_8);

    assertThatThrownBy(() -> WireCodec.decodeState(bytes))
        .isInstanceOf(WireException.class)
        .hasMessage(reason);
  }

  @Test
  void halfASurrogatePairIsNoText() {
    String event = FLEXIAI_EVENT.replace("host-a:5486:1795313749263", "\\ud800");

    assertThatThrownBy(() -> WireCodec.decodeEvent(event.getBytes(UTF_8)))
        .hasMessage("worker_id is not Unicode text");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "null", "7", "[]", "{", "{}x", "{'a':1}", "\uFEFF{}", "NaN"})
  void whatIsNoJsonObjectIsRefused(String text) {
    assertThatThrownBy(() -> WireCodec.decodeEvent(text.getBytes(UTF_8)))
        .isInstanceOf(WireException.class);
    assertThatThrownBy(() -> WireCodec.decodeState(text.getBytes(UTF_8)))
        .isInstanceOf(WireException.class);
  }

  @Test
  void anotherEncodingThanUtf8IsRefused() {
    assertThatThrownBy(() -> WireCodec.decodeEvent(FLEXIAI_EVENT.getBytes(UTF_16)))
        .hasMessage("not UTF-8");
    assertThatThrownBy(() -> WireCodec.decodeEvent("{\"a\":\"\u00e9\"}".getBytes(ISO_8859_1)))
        .hasMessage("not UTF-8");
  }

  @Test
  void whatIsTooLongOrTooDeepIsRefused() {
    String deep = "{\"a\":" + "[".repeat(1000) + "]".repeat(1000) + "}";
    String longNumber = "{\"a\":" + "9".repeat(60_000) + "}";

    assertThatThrownBy(() -> WireCodec.decodeEvent(new byte[WireJson.LONGEST_BYTES + 1]))
        .hasMessage("longer than 65536 bytes");
    assertThatThrownBy(() -> WireCodec.decodeEvent(deep.getBytes(UTF_8)))
        .hasMessage("not JSON within the limits");
    assertThatThrownBy(() -> WireCodec.decodeEvent(longNumber.getBytes(UTF_8)))
        .hasMessage("not JSON within the limits");
  }

  @Test
  void noInputEverDoesMoreThanBeRefused() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    List<byte[]> vectors =
        List.of(
            FLEXIAI_EVENT.getBytes(UTF_8),
            FLEXIAI_STATE.getBytes(UTF_8),
            WireCodec.encodeEvent(Revisions.opened("openai", 3, "a")),
            WireCodec.encodeState(StoredState.of(Revisions.open(EPOCH, 3, "a"))));
    List<String> inserts =
        List.of(
            "1e999999999",
            "-0",
            "null",
            "true",
            "[[",
            "{",
            "\\ud800",
            "\u0000",
            "9".repeat(80),
            "\"",
            "\u00ff",
            "2147483648",
            "9007199254740992",
            "e",
            ".",
            "-",
            ":",
            ",",
            "}");

    for (int i = 0; i < 40_000; i++) {
      byte[] mutated = mutated(vectors.get(random.nextInt(vectors.size())), inserts, random);
      try {
        WireCodec.decodeEvent(mutated);
      } catch (WireException refused) {
        assertThat(refused.reason()).isNotEmpty().hasSizeLessThan(200);
      } catch (RuntimeException | StackOverflowError e) {
        throw new AssertionError("seed " + seed + ": " + new String(mutated, ISO_8859_1), e);
      }
      try {
        StoredState state = WireCodec.decodeState(mutated);
        WireCodec.encodeState(state);
      } catch (WireException refused) {
        assertThat(refused.reason()).isNotEmpty().hasSizeLessThan(200);
      } catch (RuntimeException | StackOverflowError e) {
        throw new AssertionError("seed " + seed + ": " + new String(mutated, ISO_8859_1), e);
      }
    }
  }

  private static byte[] mutated(byte[] vector, List<String> inserts, Random random) {
    String text = new String(vector, ISO_8859_1);
    int edits = 1 + random.nextInt(3);
    for (int i = 0; i < edits; i++) {
      int from = random.nextInt(text.length() + 1);
      int to = Math.min(text.length(), from + random.nextInt(12));
      String insert =
          random.nextBoolean()
              ? inserts.get(random.nextInt(inserts.size()))
              : String.valueOf((char) random.nextInt(256));
      text = text.substring(0, from) + insert + text.substring(random.nextBoolean() ? from : to);
    }
    return text.getBytes(ISO_8859_1);
  }
}
