package io.fleetbreaker.http;

import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.MediaRange;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.headers.Accept;

/** Which of its two formats a caller of {@code /metrics} wants. */
enum MetricsFormat {
  PROMETHEUS,
  JSON;

  /**
   * JSON only for who names {@code application/json} and likes plain text no better. Wildcards mean
   * Prometheus, which is what most callers without a preference are.
   */
  static MetricsFormat wantedBy(HttpRequest request) {
    float json = 0;
    float text = 0;
    for (HttpHeader header : request.getHeaders()) {
      if (header instanceof Accept accept) {
        for (MediaRange range : accept.getMediaRanges()) {
          if (namesJson(range)) {
            json = Math.max(json, range.qValue());
          } else if (namesText(range)) {
            text = Math.max(text, range.qValue());
          }
        }
      }
    }
    return json > 0 && json >= text ? JSON : PROMETHEUS;
  }

  private static boolean namesJson(MediaRange range) {
    // A range that also matches another application type is a wildcard.
    return range.matches(MediaTypes.APPLICATION_JSON)
        && !range.matches(MediaTypes.APPLICATION_OCTET_STREAM);
  }

  private static boolean namesText(MediaRange range) {
    return range.matches(MediaTypes.TEXT_PLAIN) && range.mainType().equals("text");
  }
}
