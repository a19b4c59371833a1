package io.fleetbreaker.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/**
 * Where a command prints: results to {@code out}, what went wrong to {@code err}.
 *
 * @param out for results
 * @param err for errors
 */
record Terminal(PrintWriter out, PrintWriter err) {

  /**
   * This process's own output, in UTF-8 whatever the locale: in a container it is often POSIX, and
   * signs outside of ASCII would become question marks.
   */
  static Terminal ofThisProcess() {
    System.setOut(utf8(FileDescriptor.out));
    System.setErr(utf8(FileDescriptor.err));
    return new Terminal(writer(System.out), writer(System.err));
  }

  private static PrintStream utf8(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, StandardCharsets.UTF_8);
  }

  void print(String line) {
    out.println(line);
  }
}
