package io.fleetbreaker.http;

import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;

/**
 * The headers of every answer: which worker gave it, that it is true only now unless it says
 * otherwise, and that a browser is to do nothing with it but show it.
 */
final class Stamp {
  /** What the dashboard may load; of a JSON document it allows nothing. */
  static final String CONTENT_SECURITY_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
          + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private static final List<HttpHeader> HEADERS =
      List.of(
          header("X-Fleetbreaker-Worker", Pid.TEXT),
          header("Cache-Control", "no-store"),
          header("Content-Security-Policy", CONTENT_SECURITY_POLICY),
          header("X-Content-Type-Options", "nosniff"),
          header("X-Frame-Options", "DENY"),
          header("Referrer-Policy", "no-referrer"),
          header("Cross-Origin-Resource-Policy", "same-origin"),
          header("Cross-Origin-Opener-Policy", "same-origin"));

  private static final HttpHeader HTTPS_ONLY =
      header("Strict-Transport-Security", "max-age=31536000");

  private Stamp() {}

  /** The answer with those of the headers that it does not have itself. */
  static HttpResponse on(HttpResponse response) {
    List<HttpHeader> missing = new ArrayList<>();
    for (HttpHeader header : HEADERS) {
      if (response.getHeader(header.name()).isEmpty()) {
        missing.add(header);
      }
    }
    return missing.isEmpty() ? response : response.addHeaders(missing);
  }

  /** The answer with the advice never to come without TLS again. */
  static HttpResponse httpsOnly(HttpResponse response) {
    return response.addHeader(HTTPS_ONLY);
  }

  private static HttpHeader header(String name, String value) {
    return RawHeader.create(name, value);
  }
}
