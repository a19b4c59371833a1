package io.fleetbreaker.redis;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetbreaker.ProviderName;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one JSON object, read strictly: a field of the wrong type or out of its range is
 * refused by name. A field that is null counts as absent.
 */
final class JsonFields {
  /** Python's {@code isoformat()} of a UTC time without a zone. */
  private static final DateTimeFormatter READ_TIME =
      new DateTimeFormatterBuilder()
          .appendValue(ChronoField.YEAR, 4)
          .appendPattern("-MM-dd'T'HH:mm:ss")
          .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
          .toFormatter()
          .withResolverStyle(ResolverStyle.STRICT);

  private static final int LAST_YEAR = 9999;

  private static final double LATEST_SECONDS = 253_402_300_799.0;

  private final JsonNode object;

  JsonFields(JsonNode object) {
    this.object = object;
  }

  /**
   * An instant as {@link #time} reads it, to the microsecond: six digits always, because Python
   * before 3.11 reads three, six or none. By hand, because a formatter that a commit needs once in
   * a while, and then twice, is a tenth of what the commit takes.
   */
  static String formatTime(Instant instant) {
    LocalDateTime time = LocalDateTime.ofInstant(instant, ZoneOffset.UTC);
    // Python knows no others.
    if (time.getYear() < 1 || time.getYear() > LAST_YEAR) {
      throw new IllegalArgumentException("time must be in the years 1 to 9999, was " + instant);
    }
    StringBuilder out = new StringBuilder(26);
    digits(out, time.getYear(), 4).append('-');
    digits(out, time.getMonthValue(), 2).append('-');
    digits(out, time.getDayOfMonth(), 2).append('T');
    digits(out, time.getHour(), 2).append(':');
    digits(out, time.getMinute(), 2).append(':');
    digits(out, time.getSecond(), 2).append('.');
    return digits(out, time.getNano() / 1_000, 6).toString();
  }

  private static StringBuilder digits(StringBuilder out, int value, int count) {
    String shown = Integer.toString(value);
    return out.append("0".repeat(count - shown.length())).append(shown);
  }

  /** An instant as {@link #seconds} reads it: with a point always, so that Python reads a float. */
  static BigDecimal secondsOf(Instant instant) {
    BigDecimal seconds =
        BigDecimal.valueOf(instant.getEpochSecond())
            .add(BigDecimal.valueOf(instant.getNano() / 1_000, 6))
            .stripTrailingZeros();
    return seconds.scale() < 1 ? seconds.setScale(1) : seconds;
  }

  /** The names of all fields, in their order. */
  List<String> names() {
    List<String> names = new ArrayList<>(object.size());
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  boolean has(String name) {
    return find(name) != null;
  }

  boolean isObject(String name) {
    JsonNode node = find(name);
    return node != null && node.isObject();
  }

  boolean isText(String name) {
    JsonNode node = find(name);
    return node != null && node.isTextual();
  }

  JsonFields object(String name) throws WireException {
    JsonNode node = require(name);
    if (!node.isObject()) {
      throw new WireException(name + " is not an object");
    }
    return new JsonFields(node);
  }

  String text(String name, int longest) throws WireException {
    return textOf(name, require(name), longest);
  }

  String text(String name, int longest, String absent) throws WireException {
    return has(name) ? text(name, longest) : absent;
  }

  List<String> texts(String name, int most, int longest) throws WireException {
    JsonNode node = require(name);
    if (!node.isArray() || node.size() > most) {
      throw new WireException(name + " is not a list of at most " + most);
    }
    List<String> texts = new ArrayList<>(node.size());
    for (JsonNode element : node) {
      texts.add(textOf(name, element, longest));
    }
    return texts;
  }

  long integer(String name, long least, long most) throws WireException {
    return integerOf(name, require(name), least, most);
  }

  private static long integerOf(String name, JsonNode node, long least, long most)
      throws WireException {
    if (!node.isIntegralNumber() || !node.canConvertToLong()) {
      throw new WireException(name + " is not an integer");
    }
    long value = node.longValue();
    if (value < least || value > most) {
      throw new WireException(name + " is out of range");
    }
    return value;
  }

  long integer(String name, long least, long most, long absent) throws WireException {
    return has(name) ? integer(name, least, most) : absent;
  }

  /** Exactly {@code count} of them. */
  List<Long> integers(String name, int count, long least, long most) throws WireException {
    JsonNode node = require(name);
    if (!node.isArray() || node.size() != count) {
      throw new WireException(name + " is not a list of " + count);
    }
    List<Long> integers = new ArrayList<>(count);
    for (JsonNode element : node) {
      integers.add(integerOf(name, element, least, most));
    }
    return integers;
  }

  double decimal(String name, double least, double most) throws WireException {
    JsonNode node = require(name);
    if (!node.isNumber()) {
      throw new WireException(name + " is not a number");
    }
    double value = node.doubleValue();
    if (!(value >= least && value <= most)) {
      throw new WireException(name + " is out of range");
    }
    return value;
  }

  boolean flag(String name, boolean absent) throws WireException {
    JsonNode node = find(name);
    if (node == null) {
      return absent;
    }
    if (!node.isBoolean()) {
      throw new WireException(name + " is not true or false");
    }
    return node.booleanValue();
  }

  int count(String name) throws WireException {
    return (int) integer(name, 0, Integer.MAX_VALUE, 0);
  }

  /** A UTC time without a zone. */
  Instant time(String name) throws WireException {
    try {
      return LocalDateTime.parse(text(name, 40), READ_TIME).toInstant(ZoneOffset.UTC);
    } catch (DateTimeException e) {
      throw new WireException(name + " is not a UTC time without a zone");
    }
  }

  /**
   * Seconds since 1970, whole or not, to the microsecond. Read as a double, as Python does: a
   * decimal with a huge exponent must cost nothing.
   */
  Optional<Instant> seconds(String name) throws WireException {
    JsonNode node = find(name);
    if (node == null) {
      return Optional.empty();
    }
    if (!node.isNumber()) {
      throw new WireException(name + " is not a number");
    }
    double seconds = node.doubleValue();
    if (!(seconds >= 0 && seconds <= LATEST_SECONDS)) {
      throw new WireException(name + " is out of range");
    }
    long micros = Math.round(seconds * 1e6);
    return Optional.of(
        Instant.ofEpochSecond(
            Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1_000L));
  }

  private static String textOf(String name, JsonNode node, int longest) throws WireException {
    if (!node.isTextual()) {
      throw new WireException(name + " is not a string");
    }
    String text = node.textValue();
    if (text.length() > longest) {
      throw new WireException(name + " is longer than " + longest + " characters");
    }
    // Half of a surrogate pair, escaped: no UTF-8 could carry it on.
    if (text.codePoints().anyMatch(c -> c >= 0xD800 && c <= 0xDFFF)) {
      throw new WireException(name + " is not Unicode text");
    }
    return text;
  }

  private JsonNode require(String name) throws WireException {
    JsonNode node = find(name);
    if (node == null) {
      throw new WireException(ProviderName.shown(name) + " is missing");
    }
    return node;
  }

  private @Nullable JsonNode find(String name) {
    JsonNode node = object.get(name);
    return node == null || node.isNull() ? null : node;
  }
}
