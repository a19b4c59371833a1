package io.fleetbreaker.cli;

import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.JsonEscapeUtil;
import java.time.Instant;
import java.util.List;
import org.slf4j.event.KeyValuePair;

/**
 * Logback's JSON, one line for each event, without what is of no use outside the process, with the
 * time as people read it, and with key-values such as the provider as members of their own.
 */
public final class JsonLogEncoder extends JsonEncoder {

  /** Made by Logback, for the appender {@code json} of logback.xml. */
  public JsonLogEncoder() {
    setWithSequenceNumber(false);
    setWithNanoseconds(false);
    setWithContext(false);
    setWithMessage(false);
    setWithArguments(false);
    setWithFormattedMessage(true);
    setWithKVPList(false);
  }

  @Override
  protected void appendCustomFields(StringBuilder line, ILoggingEvent event) {
    append(line, "time", Instant.ofEpochMilli(event.getTimeStamp()).toString());
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    if (pairs != null) {
      pairs.forEach(pair -> append(line, pair.key, String.valueOf(pair.value)));
    }
  }

  private static void append(StringBuilder line, String key, String value) {
    line.append(",\"")
        .append(JsonEscapeUtil.jsonEscapeString(key))
        .append("\":\"")
        .append(JsonEscapeUtil.jsonEscapeString(value))
        .append('"');
  }
}
