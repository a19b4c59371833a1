package io.fleetbreaker.redis;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Bytes to JSON objects and back, within limits of size and depth. */
final class WireJson {
  /** No event and no state is longer; nothing longer is looked at. */
  static final int LONGEST_BYTES = 64 * 1024;

  private static final int LONGEST_WRITTEN = 500;

  private static final ObjectMapper JSON =
      new ObjectMapper(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(32)
                          .maxStringLength(LONGEST_BYTES)
                          .maxNameLength(256)
                          .maxNumberLength(64)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private WireJson() {}

  /** An object to fill and to write. */
  static JsonText object() {
    return new JsonText(JSON.getFactory());
  }

  /** The object that these bytes hold, or a {@link WireException} for whatever else they are. */
  static JsonFields parse(byte[] bytes) throws WireException {
    if (bytes.length > LONGEST_BYTES) {
      throw new WireException("longer than " + LONGEST_BYTES + " bytes");
    }
    String text;
    try {
      // Jackson would guess UTF-16 or UTF-32 from raw bytes; the format is UTF-8 and nothing else.
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new WireException("not UTF-8");
    }
    JsonNode json;
    try {
      json = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      // The parser's own message quotes the input at length.
      throw new WireException("not JSON within the limits");
    }
    if (!json.isObject()) {
      throw new WireException("not a JSON object");
    }
    return new JsonFields(json);
  }

  /** A reason of bounded length that UTF-8 can carry. */
  static String shortened(String reason) {
    String cut = reason;
    if (reason.length() > LONGEST_WRITTEN) {
      boolean pair = Character.isHighSurrogate(reason.charAt(LONGEST_WRITTEN - 1));
      cut = reason.substring(0, pair ? LONGEST_WRITTEN - 1 : LONGEST_WRITTEN);
    }
    return new String(cut.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }
}
