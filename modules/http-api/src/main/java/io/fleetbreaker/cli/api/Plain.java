package io.fleetbreaker.cli.api;

/** Text of others as text: nothing in it moves a cursor, starts a line or turns the direction. */
public final class Plain {
  private Plain() {}

  /** {@code text} with every character that is not plainly visible written as its code. */
  public static String text(String text) {
    StringBuilder plain = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              if (isVisible(c)) {
                plain.appendCodePoint(c);
              } else if (c < 0x10000) {
                plain.append(String.format("\\u%04x", c));
              } else {
                plain.append(String.format("\\u{%x}", c));
              }
            });
    return plain.toString();
  }

  private static boolean isVisible(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }

  /** How many columns of a terminal {@code text} takes. */
  public static int width(String text) {
    return text.codePoints().map(Plain::width).sum();
  }

  /** How many columns a character takes: 2 for the wide ones of East Asia and emoji. */
  public static int width(int c) {
    int type = Character.getType(c);
    if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK) {
      return 0;
    }
    boolean wide =
        (c >= 0x1100 && c <= 0x115f)
            || (c >= 0x2e80 && c <= 0xa4cf)
            || (c >= 0xac00 && c <= 0xd7a3)
            || (c >= 0xf900 && c <= 0xfaff)
            || (c >= 0xfe30 && c <= 0xfe6f)
            || (c >= 0xff00 && c <= 0xff60)
            || (c >= 0x1f300 && c <= 0x1faff)
            || c >= 0x20000;
    return wide ? 2 : 1;
  }
}
