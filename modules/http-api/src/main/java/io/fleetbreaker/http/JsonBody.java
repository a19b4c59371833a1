package io.fleetbreaker.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetbreaker.ProviderName;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * A JSON object out of a request: small, flat, and with no field but those that are expected. Each
 * breach is refused by the field's name.
 */
final class JsonBody {
  static final int DEEPEST = 4;
  static final int LONGEST_STRING = 4_096;
  static final int LONGEST_NUMBER = 32;
  static final int LONGEST_NAME = 64;

  private static final ObjectMapper STRICT =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEEPEST)
                          .maxStringLength(LONGEST_STRING)
                          .maxNumberLength(LONGEST_NUMBER)
                          .maxNameLength(LONGEST_NAME)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final ObjectNode fields;

  private JsonBody(ObjectNode fields) {
    this.fields = fields;
  }

  /**
   * Reads an object that may have these fields.
   *
   * @throws ProblemException if {@code bytes} are not one
   */
  static JsonBody parse(byte[] bytes, List<String> allowed) {
    JsonNode node = read(bytes);
    if (!(node instanceof ObjectNode object)) {
      throw invalid("the body must be a JSON object, was " + kind(node));
    }
    Iterator<String> names = object.fieldNames();
    while (names.hasNext()) {
      String name = names.next();
      if (!allowed.contains(name)) {
        throw invalid(
            ProviderName.shown(name),
            "there is no field '"
                + ProviderName.shown(name)
                + "' here; there are "
                + String.join(", ", allowed));
      }
    }
    return new JsonBody(object);
  }

  private static JsonNode read(byte[] bytes) {
    try {
      return STRICT.readTree(bytes);
    } catch (JsonProcessingException e) {
      throw invalid("the body is not JSON that is read here: " + reason(e));
    } catch (IOException e) {
      throw invalid("the body is not JSON: its bytes are not text");
    }
  }

  /** The parser's own words quote the input, so only the place is told. */
  private static String reason(JsonProcessingException failure) {
    JsonLocation place = failure.getLocation();
    return "it breaks off, is malformed, names a field twice, is nested deeper than "
        + DEEPEST
        + " or has a string, number or name too long"
        + (place == null
            ? ""
            : ", at line " + place.getLineNr() + ", column " + place.getColumnNr());
  }

  boolean has(String field) {
    return fields.has(field);
  }

  /** A string of 1 to {@code longest} characters, not blank, without control characters. */
  Optional<String> text(String field, int longest) {
    JsonNode node = fields.get(field);
    if (node == null) {
      return Optional.empty();
    }
    if (!node.isTextual()) {
      throw wrongType(field, "a string", node);
    }
    String text = node.textValue();
    int length = text.codePointCount(0, text.length());
    if (text.isBlank() || length > longest) {
      throw invalid(
          field,
          field
              + " must be 1 to "
              + longest
              + " characters and not blank, was "
              + (text.isBlank() ? "blank" : length));
    }
    if (text.codePoints().anyMatch(JsonBody::isUnfit)) {
      throw invalid(field, field + " must not hold control characters or halves of characters");
    }
    return Optional.of(text);
  }

  private static boolean isUnfit(int codePoint) {
    return Character.isISOControl(codePoint)
        || (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE);
  }

  /** A whole number between {@code least} and {@code most}. */
  Optional<Long> number(String field, long least, long most) {
    JsonNode node = fields.get(field);
    if (node == null) {
      return Optional.empty();
    }
    if (!node.isNumber() || !node.canConvertToExactIntegral()) {
      throw wrongType(field, "a whole number", node);
    }
    if (!node.canConvertToLong() || node.longValue() < least || node.longValue() > most) {
      throw invalid(field, field + " must be " + least + " to " + most + ", was " + node.asText());
    }
    return Optional.of(node.longValue());
  }

  boolean flag(String field) {
    JsonNode node = fields.get(field);
    if (node != null && !node.isBoolean()) {
      throw wrongType(field, "true or false", node);
    }
    return node != null && node.booleanValue();
  }

  static ProblemException invalid(String detail) {
    return new ProblemException(Problem.of(ProblemType.INVALID_BODY, detail));
  }

  static ProblemException invalid(String field, String detail) {
    return new ProblemException(Problem.of(ProblemType.INVALID_BODY, detail).with("field", field));
  }

  private static ProblemException wrongType(String field, String wanted, JsonNode node) {
    return invalid(field, field + " must be " + wanted + ", was " + kind(node));
  }

  private static String kind(JsonNode node) {
    return switch (node.getNodeType()) {
      case ARRAY -> "an array";
      case OBJECT, POJO -> "an object";
      case BOOLEAN -> "true or false";
      case NULL -> "null";
      case NUMBER -> node.canConvertToExactIntegral() ? "a number" : "a number with a fraction";
      case STRING, BINARY -> "a string";
      case MISSING -> "empty";
    };
  }
}
