package io.fleetbreaker.http;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.MediaRange;
import org.apache.pekko.http.javadsl.model.MediaType;
import org.apache.pekko.http.javadsl.model.headers.Accept;
import org.apache.pekko.http.javadsl.server.Directives;
import org.apache.pekko.http.javadsl.server.Route;

/** Refuses who wants an answer of another media type, before anything is done. */
final class Accepted {
  private Accepted() {}

  /** The {@code inner} route, for who takes {@code offered}, or says nothing about it. */
  static Route as(MediaType offered, Supplier<Route> inner) {
    return Directives.extractRequest(
        request ->
            isWanted(offered, request)
                ? inner.get()
                : Directives.complete(
                    Problem.response(
                        ProblemType.NOT_ACCEPTABLE,
                        "this path answers in "
                            + offered.mainType()
                            + "/"
                            + offered.subType()
                            + " only, which the header Accept does not ask for")));
  }

  /** The most specific range that matches decides (RFC 9110, 12.5.1). */
  static boolean isWanted(MediaType offered, HttpRequest request) {
    List<MediaRange> ranges = new ArrayList<>();
    for (HttpHeader header : request.getHeaders()) {
      if (header instanceof Accept accept) {
        accept.getMediaRanges().forEach(ranges::add);
      }
    }
    int best = -1;
    float quality = ranges.isEmpty() ? 1 : 0;
    for (MediaRange range : ranges) {
      int specific = specificity(range, offered);
      if (specific > best || (specific == best && specific >= 0 && range.qValue() > quality)) {
        best = specific;
        quality = range.qValue();
      }
    }
    return quality > 0;
  }

  private static int specificity(MediaRange range, MediaType offered) {
    if (!range.matches(offered)) {
      return -1;
    }
    if (range.mainType().equals("*")) {
      return 0;
    }
    return range.toString().startsWith(range.mainType() + "/*") ? 1 : 2;
  }
}
