package io.fleetbreaker.cli.supervise;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a worker tells its supervisor, as one line of its output. Every other line is for people.
 */
public sealed interface WorkerSignal {
  /** With this every line starts that is for the supervisor. */
  String PREFIX = "fleetbreaker-worker: ";

  /**
   * The worker serves requests.
   *
   * @param pid its process id
   * @param ports it listens on
   */
  record Ready(long pid, List<Integer> ports) implements WorkerSignal {
    private static final Pattern FORM = Pattern.compile("ready pid=(\\d{1,18}) ports=([\\d,]*)");

    public Ready {
      ports = List.copyOf(ports);
    }

    @Override
    public String toLine() {
      String list = ports.stream().map(String::valueOf).collect(Collectors.joining(","));
      return PREFIX + "ready pid=" + pid + " ports=" + list;
    }
  }

  /**
   * The worker will not start with this configuration, however often it is tried.
   *
   * @param message one line of the reason
   */
  record Refused(String message) implements WorkerSignal {
    private static final String VERB = "refused ";

    @Override
    public String toLine() {
      return PREFIX + VERB + message;
    }
  }

  /** The line that says this. */
  String toLine();

  /** The signal in a line of a worker's output, or empty if it is a line for people. */
  static Optional<WorkerSignal> parse(String line) {
    if (!line.startsWith(PREFIX)) {
      return Optional.empty();
    }
    String body = line.substring(PREFIX.length());
    if (body.startsWith(Refused.VERB)) {
      return Optional.of(new Refused(body.substring(Refused.VERB.length())));
    }
    Matcher ready = Ready.FORM.matcher(body);
    if (!ready.matches()) {
      return Optional.empty();
    }
    List<Integer> ports =
        Stream.of(ready.group(2).split(",", -1))
            .filter(port -> port.matches("\\d{1,5}"))
            .map(Integer::valueOf)
            .toList();
    return Optional.of(new Ready(Long.parseLong(ready.group(1)), ports));
  }
}
