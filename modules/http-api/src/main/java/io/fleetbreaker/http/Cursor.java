package io.fleetbreaker.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Base64;

/**
 * Where the next page of a list begins, for a client to hand back as it is. It names the last item
 * of the page before, so that a list may change between two pages.
 */
final class Cursor {
  private static final int LONGEST = 700;

  private Cursor() {}

  /** The cursor after the item {@code last} of the list {@code kind}. */
  static String after(String kind, String last) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString((kind + ":" + last).getBytes(UTF_8));
  }

  /**
   * The last item of the page before.
   *
   * @throws ProblemException if {@code cursor} is none of this kind
   */
  static String parse(String kind, String cursor) {
    if (cursor.length() <= LONGEST) {
      try {
        String text = new String(Base64.getUrlDecoder().decode(cursor), UTF_8);
        // Only what this class would write is read: one page, one cursor.
        if (text.startsWith(kind + ":")
            && after(kind, text.substring(kind.length() + 1)).equals(cursor)) {
          return text.substring(kind.length() + 1);
        }
      } catch (IllegalArgumentException e) {
        // Not Base64: refused below.
      }
    }
    throw ProblemException.badRequest(
        "cursor must be the 'next' of the page before, unchanged; leave it out for the first page");
  }
}
