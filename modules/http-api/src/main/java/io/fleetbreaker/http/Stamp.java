package io.fleetbreaker.http;

import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.CacheControl;
import org.apache.pekko.http.javadsl.model.headers.CacheDirectives;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;

/** The headers of every answer: which worker gave it, and that it is true only now. */
final class Stamp {
  private static final HttpHeader WORKER = RawHeader.create("X-Fleetbreaker-Worker", Pid.TEXT);
  private static final HttpHeader NO_STORE = CacheControl.create(CacheDirectives.NO_STORE);

  private Stamp() {}

  static HttpResponse on(HttpResponse response) {
    return response.addHeader(WORKER).addHeader(NO_STORE);
  }
}
