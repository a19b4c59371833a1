package io.fleetbreaker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.List;

/**
 * A JSON object that is written as its fields are put, in their order. Without the tree that
 * Jackson would build of it first: a commit that comes once in a while runs code that is cold, and
 * the tree and its serializers were the greater part of what a trip spent between its two round
 * trips. Not thread-safe.
 */
final class JsonText {
  private static final int USUAL_LENGTH = 1024;

  private final StringWriter text = new StringWriter(USUAL_LENGTH);
  private final JsonGenerator out;

  /** An object without fields, to be written by a generator of {@code factory}. */
  JsonText(JsonFactory factory) {
    try {
      out = factory.createGenerator(text);
      out.writeStartObject();
    } catch (IOException e) {
      throw inMemory(e);
    }
  }

  JsonText put(String name, String value) {
    return write(() -> out.writeStringField(name, value));
  }

  JsonText put(String name, long value) {
    return write(() -> out.writeNumberField(name, value));
  }

  JsonText put(String name, BigDecimal value) {
    return write(() -> out.writeNumberField(name, value));
  }

  JsonText put(String name, boolean value) {
    return write(() -> out.writeBooleanField(name, value));
  }

  JsonText putNumbers(String name, long... values) {
    return write(
        () -> {
          out.writeArrayFieldStart(name);
          for (long value : values) {
            out.writeNumber(value);
          }
          out.writeEndArray();
        });
  }

  /** How many characters it has by now. */
  int length() {
    write(out::flush);
    return text.getBuffer().length();
  }

  JsonText putNull(String name) {
    return write(() -> out.writeNullField(name));
  }

  JsonText put(String name, List<String> values) {
    return write(
        () -> {
          out.writeArrayFieldStart(name);
          for (String value : values) {
            out.writeString(value);
          }
          out.writeEndArray();
        });
  }

  /** What is put from here to {@link #endObject} are fields of an object of this name. */
  JsonText putObject(String name) {
    return write(() -> out.writeObjectFieldStart(name));
  }

  JsonText endObject() {
    return write(out::writeEndObject);
  }

  /** Ends the object; nothing can be put into it any more. */
  byte[] bytes() {
    write(
        () -> {
          out.writeEndObject();
          out.close();
        });
    return text.toString().getBytes(UTF_8);
  }

  private interface Writing {
    void run() throws IOException;
  }

  private JsonText write(Writing writing) {
    try {
      writing.run();
      return this;
    } catch (IOException e) {
      throw inMemory(e);
    }
  }

  private static UncheckedIOException inMemory(IOException e) {
    return new UncheckedIOException("writing JSON to memory failed", e);
  }
}
