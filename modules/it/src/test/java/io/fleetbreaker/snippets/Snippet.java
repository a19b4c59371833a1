package io.fleetbreaker.snippets;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A piece of documentation that must work.
 *
 * @param where the type that has it in its Javadoc, or the file and line where it begins
 * @param kind what it is written in
 * @param code its lines
 */
record Snippet(String where, Kind kind, String code) {

  private static final Pattern JAVADOC_BEGIN = Pattern.compile("<pre>\\s*\\{@code");
  private static final Pattern FENCE = Pattern.compile("(?m)^```(.*)$");

  /** What is done with a snippet. */
  enum Kind {
    /** Compiled and run. */
    JAVA,
    /** Compiled; would need an outside world to run. */
    JAVA_NO_RUN,
    /** Read as a fleet's settings. */
    HOCON
  }

  /** The preformatted code blocks of a type's Javadoc, which comes without its stars. */
  static List<Snippet> ofJavadoc(String type, String javadoc) {
    List<Snippet> found = new ArrayList<>();
    Matcher begin = JAVADOC_BEGIN.matcher(javadoc);
    while (begin.find()) {
      int end = closingBrace(javadoc, begin.end());
      if (end < 0 || !javadoc.substring(end + 1).stripLeading().startsWith("</pre>")) {
        throw new IllegalArgumentException(type + ": a snippet's braces do not balance");
      }
      found.add(new Snippet(type, Kind.JAVA, javadoc.substring(begin.end(), end)));
    }
    return found;
  }

  private static int closingBrace(String text, int from) {
    int depth = 1;
    for (int i = from; i < text.length(); i++) {
      depth += text.charAt(i) == '{' ? 1 : text.charAt(i) == '}' ? -1 : 0;
      if (depth == 0) {
        return i;
      }
    }
    return -1;
  }

  /** The fenced blocks of Java and HOCON in a page of Markdown. */
  static List<Snippet> ofMarkdown(String file, String text) {
    List<Snippet> found = new ArrayList<>();
    Matcher fence = FENCE.matcher(text);
    while (fence.find()) {
      String language = fence.group(1).strip();
      int begin = fence.end();
      if (!fence.find()) {
        throw new IllegalArgumentException(file + ": a fenced block has no end");
      }
      String code = text.substring(begin, fence.start());
      String where = file + ":" + (text.substring(0, begin).lines().count() + 1);
      switch (language) {
        case "java" -> found.add(new Snippet(where, Kind.JAVA, code));
        case "java no-run" -> found.add(new Snippet(where, Kind.JAVA_NO_RUN, code));
        case "hocon" -> found.add(new Snippet(where, Kind.HOCON, code));
        default -> {}
      }
    }
    return found;
  }
}
