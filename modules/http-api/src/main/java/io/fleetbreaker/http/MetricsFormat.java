package io.fleetbreaker.http;

import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.MediaRange;
import org.apache.pekko.http.javadsl.model.headers.Accept;

/** Which of its formats a caller of {@code /metrics} wants. */
enum MetricsFormat {
  /** Prometheus' own. */
  TEXT,
  OPEN_METRICS,
  JSON;

  /**
   * JSON or OpenMetrics only for who names it and likes no other better. Wildcards mean Prometheus'
   * text, which is what most callers without a preference read.
   */
  static MetricsFormat wantedBy(HttpRequest request) {
    float json = 0;
    float text = 0;
    float open = 0;
    for (HttpHeader header : request.getHeaders()) {
      if (header instanceof Accept accept) {
        for (MediaRange range : accept.getMediaRanges()) {
          if (names(range, "application", "json")) {
            json = Math.max(json, range.qValue());
          } else if (names(range, "application", "openmetrics-text")) {
            open = Math.max(open, range.qValue());
          } else if (names(range, "text", "plain")) {
            text = Math.max(text, range.qValue());
          }
        }
      }
    }
    if (json > 0 && json >= text && json >= open) {
      return JSON;
    }
    return open > 0 && open >= text ? OPEN_METRICS : TEXT;
  }

  /** Whether the range is this media type, with whatever parameters, and no wildcard. */
  private static boolean names(MediaRange range, String mainType, String subType) {
    String value = range.toString();
    int end = value.indexOf(';');
    String type = (end < 0 ? value : value.substring(0, end)).strip();
    return type.equalsIgnoreCase(mainType + "/" + subType);
  }
}
