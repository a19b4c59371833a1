package io.fleetbreaker.http;

import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;

/** Makes bodies for a schema of the document: legal ones, broken ones, and no JSON at all. */
final class BodyGenerator {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();
  private static final String[] DURATIONS = {"30m", "1 h", "90 seconds", "1.5h", "2000ms"};
  private static final String[] BAD_DURATIONS = {"30", "m", "-5m", "5 weeks", "1e3s", "\u0661m"};

  private final Random random;
  private final JsonNode schema;

  BodyGenerator(Random random, JsonNode schema) {
    this.random = random;
    this.schema = schema;
  }

  /** A value if the bytes are JSON that any parser would take, and its strings are text. */
  static Optional<JsonNode> parsed(byte[] bytes) {
    try {
      return Optional.of(MAPPER.readTree(bytes))
          .filter(json -> !json.isMissingNode() && UTF_8.newEncoder().canEncode(json.toString()));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  ObjectNode legal() {
    ObjectNode body = MAPPER.createObjectNode().put("reason", text(1 + random.nextInt(300)));
    if (random.nextBoolean()) {
      body.put("operator", text(1 + random.nextInt(128)));
    }
    if (random.nextBoolean()) {
      body.put("here_if_not_committed", random.nextBoolean());
    }
    if (takes("expires_in") && random.nextBoolean()) {
      if (random.nextBoolean()) {
        body.put("expires_in_ms", 1_000 + random.nextInt(80_000_000));
      } else {
        body.put("expires_in", DURATIONS[random.nextInt(DURATIONS.length)]);
      }
    }
    return body;
  }

  byte[] any() {
    ObjectNode body = legal();
    switch (random.nextInt(14)) {
      case 0 -> body.remove("reason");
      case 1 -> body.put("reason", random.nextBoolean() ? "" : " ".repeat(random.nextInt(9)));
      case 2 -> body.put("reason", text(299 + random.nextInt(4)));
      case 3 -> body.put("reason", "a\r\nSet-Cookie: b=" + random.nextInt());
      case 4 -> body.put("field-" + random.nextInt(5), 1);
      case 5 -> body.set(anyField(), wrongType());
      case 6 -> body.put("expires_in_ms", random.nextLong());
      case 7 -> body.put("expires_in", BAD_DURATIONS[random.nextInt(BAD_DURATIONS.length)]);
      case 8 -> body.put("expires_in_ms", 2_000 + random.nextInt(9)).put("expires_in", "5m");
      case 9 -> body.put("operator", text(127 + random.nextInt(3)));
      default -> {
        return notThisJson(body.toString());
      }
    }
    return body.toString().getBytes(UTF_8);
  }

  private byte[] notThisJson(String legal) {
    byte[] bytes = legal.getBytes(UTF_8);
    return switch (random.nextInt(10)) {
      case 0 -> new byte[0];
      case 1 -> Arrays.copyOf(bytes, random.nextInt(bytes.length));
      case 2 -> ("[".repeat(5_000) + "]".repeat(5_000)).getBytes(UTF_8);
      case 3 -> ("{\"reason\":" + "{\"a\":".repeat(500) + "1" + "}".repeat(501)).getBytes(UTF_8);
      case 4 -> "{\"reason\":\"a\",\"reason\":\"b\"}".getBytes(UTF_8);
      case 5 -> ("{\"reason\":\"a\",\"expires_in_ms\":" + "9".repeat(2_000) + "}").getBytes(UTF_8);
      case 6 -> ("{\"reason\":\"" + "a".repeat(60_000) + "\"}").getBytes(UTF_8);
      case 7 -> flipped(bytes);
      case 8 -> (legal + legal).getBytes(UTF_8);
      default -> (random.nextBoolean() ? "null" : "{\"reason\":\"\\ud800\"}").getBytes(UTF_16);
    };
  }

  private byte[] flipped(byte[] bytes) {
    for (int flip = 0; flip < 3; flip++) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    return bytes;
  }

  private boolean takes(String field) {
    return schema.get("properties").has(field);
  }

  private String anyField() {
    var names = schema.get("properties").properties();
    return names.stream().skip(random.nextInt(names.size())).findFirst().orElseThrow().getKey();
  }

  private JsonNode wrongType() {
    return switch (random.nextInt(6)) {
      case 0 -> MAPPER.nullNode();
      case 1 -> MAPPER.createArrayNode().add(1);
      case 2 -> MAPPER.createObjectNode().put("a", "b");
      case 3 -> MAPPER.getNodeFactory().numberNode(random.nextDouble() * 1e9 + 0.25);
      case 4 -> MAPPER.getNodeFactory().booleanNode(random.nextBoolean());
      default -> MAPPER.getNodeFactory().textNode("7");
    };
  }

  private String text(int length) {
    StringBuilder text = new StringBuilder("a");
    int[] letters = {'b', '"', '\\', '/', '<', 0xE9, 0x4E2D, 0x1F534, ' '};
    while (text.codePointCount(0, text.length()) < length) {
      text.appendCodePoint(letters[random.nextInt(letters.length)]);
    }
    return text.toString();
  }
}
