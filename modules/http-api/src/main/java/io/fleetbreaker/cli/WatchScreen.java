package io.fleetbreaker.cli;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Where a watched fleet is shown: on a terminal one page that is drawn anew, anywhere else lines
 * that are added. Thread-safe.
 */
final class WatchScreen {
  private static final String HOME_AND_CLEAR = "\u001b[H\u001b[2J";
  private static final int KEPT = 15;

  private final Terminal terminal;
  private final boolean redraws;
  private final Deque<String> happened = new ArrayDeque<>();
  private List<String> state = List.of();
  private String connection = "";

  WatchScreen(Terminal terminal, boolean redraws) {
    this.terminal = terminal;
    this.redraws = redraws;
  }

  /** Shows the fleet's state; added lines show it only if they are asked to. */
  synchronized void state(List<String> lines, boolean worthALine) {
    state = List.copyOf(lines);
    if (redraws) {
      draw();
    } else if (worthALine) {
      lines.forEach(terminal::print);
    }
  }

  /** Something has happened. */
  synchronized void happened(String line) {
    if (redraws) {
      happened.addLast(line);
      if (happened.size() > KEPT) {
        happened.removeFirst();
      }
      draw();
    } else {
      terminal.print(line);
    }
  }

  /** Says how the connection is; empty if it is all right. */
  synchronized void connection(String line) {
    connection = line;
    if (redraws) {
      draw();
    } else if (!line.isEmpty()) {
      terminal.print(line);
    }
  }

  private void draw() {
    List<String> page = new ArrayList<>();
    if (!connection.isEmpty()) {
      page.add(connection);
      page.add("");
    }
    page.addAll(state);
    page.add("");
    page.addAll(happened);
    // In one piece, so that nobody sees a page half drawn.
    terminal.out().print(HOME_AND_CLEAR + String.join(System.lineSeparator(), page));
    terminal.out().println();
    terminal.out().flush();
  }
}
