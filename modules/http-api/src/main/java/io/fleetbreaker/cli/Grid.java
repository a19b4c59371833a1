package io.fleetbreaker.cli;

import io.fleetbreaker.cli.api.Plain;
import java.util.ArrayList;
import java.util.List;

/**
 * A table for people, as wide as the terminal at most: each column is as wide as it needs, the
 * widest ones give way, and what does not fit goes on in the next line of its cell. Nothing is cut
 * off. Not picocli's table, which begins a cell on the last line of the one before it.
 */
final class Grid {
  private static final String GAP = "  ";
  private static final int NARROWEST = 8;

  private final int width;
  private final List<String[]> rows = new ArrayList<>();

  /** A table with these headings and no rows. */
  Grid(int width, String... headings) {
    this.width = width;
    rows.add(headings);
  }

  /** Adds a row of as many cells as there are headings; what is not plain text is made so. */
  void row(String... cells) {
    String[] plain = new String[cells.length];
    for (int i = 0; i < cells.length; i++) {
      plain[i] = Plain.text(cells[i]);
    }
    rows.add(plain);
  }

  /** The lines, headings first; only these if there are no rows. */
  List<String> lines() {
    int[] widths = widths();
    List<String> lines = new ArrayList<>();
    for (String[] row : rows) {
      List<List<String>> cells = new ArrayList<>();
      int height = 0;
      for (int i = 0; i < row.length; i++) {
        cells.add(wrapped(row[i], widths[i]));
        height = Math.max(height, cells.get(i).size());
      }
      for (int line = 0; line < height; line++) {
        lines.add(line(cells, widths, line));
      }
    }
    return lines;
  }

  private static String line(List<List<String>> cells, int[] widths, int number) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      List<String> cell = cells.get(i);
      String part = number < cell.size() ? cell.get(number) : "";
      line.append(i == 0 ? "" : GAP).append(part).append(" ".repeat(widths[i] - Plain.width(part)));
    }
    return line.toString().stripTrailing();
  }

  private int[] widths() {
    int[] widths = new int[rows.get(0).length];
    int total = GAP.length() * (widths.length - 1);
    for (int i = 0; i < widths.length; i++) {
      for (String[] row : rows) {
        widths[i] = Math.max(widths[i], Plain.width(row[i]));
      }
      total += widths[i];
    }
    while (total > width) {
      int widest = 0;
      for (int i = 0; i < widths.length; i++) {
        widest = widths[i] > widths[widest] ? i : widest;
      }
      if (widths[widest] <= NARROWEST) {
        return widths;
      }
      widths[widest]--;
      total--;
    }
    return widths;
  }

  /** {@code text} in lines of at most so many columns, broken between words if they fit. */
  private static List<String> wrapped(String text, int columns) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    int used = 0;
    int lastSpace = -1;
    for (int at = 0; at < text.length(); at = text.offsetByCodePoints(at, 1)) {
      int sign = text.codePointAt(at);
      int needs = Plain.width(sign);
      if (used + needs > columns) {
        // At a space the line ends here; within a word after the last space, if there is one.
        String rest = sign == ' ' || lastSpace < 0 ? "" : line.substring(lastSpace + 1);
        lines.add(line.substring(0, line.length() - rest.length()).stripTrailing());
        line = new StringBuilder(rest);
        used = Plain.width(rest);
        lastSpace = -1;
        if (sign == ' ') {
          continue;
        }
      }
      if (sign == ' ') {
        lastSpace = line.length();
      }
      line.appendCodePoint(sign);
      used += needs;
    }
    lines.add(line.toString().stripTrailing());
    return lines;
  }
}
