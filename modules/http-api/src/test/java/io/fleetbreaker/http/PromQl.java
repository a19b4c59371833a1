package io.fleetbreaker.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a PromQL expression names, compared with what a worker exports. */
final class PromQl {
  private static final Pattern GROUPING =
      Pattern.compile("\\b(?:by|on|without|ignoring)\\s*\\(([^)]*)\\)");
  private static final Pattern RANGE = Pattern.compile("\\[[^\\]]*]");
  private static final Pattern NAME =
      Pattern.compile("(?<![\\w.])([a-zA-Z_]\\w*)\\s*(?:\\{([^}]*)})?(\\s*\\()?");
  private static final Pattern MATCHER =
      Pattern.compile("\\s*(\\w+)\\s*(=~|!~|!=|=)\\s*\"([^\"]*)\"\\s*(?:,|$)");
  private static final Set<String> OPERATORS = Set.of("and", "or", "unless", "bool");

  /** Those that Prometheus adds to every series. */
  private static final Set<String> SCRAPED = Set.of("job", "instance");

  private final Map<String, PrometheusText.Family> exported;

  PromQl(Map<String, PrometheusText.Family> exported) {
    this.exported = exported;
  }

  /** What {@code expression} asks for and a worker does not export; empty if there is nothing. */
  List<String> problems(String expression) {
    List<String> problems = new ArrayList<>();
    Set<String> available = new TreeSet<>(SCRAPED);
    Set<String> grouped =
        GROUPING
            .matcher(expression)
            .results()
            .flatMap(m -> names(m.group(1)))
            .collect(Collectors.toCollection(TreeSet::new));
    String rest = GROUPING.matcher(expression).replaceAll("");
    Matcher found = NAME.matcher(RANGE.matcher(rest).replaceAll(""));
    int metrics = 0;
    while (found.find()) {
      String name = found.group(1);
      if (found.group(3) != null || OPERATORS.contains(name)) {
        continue;
      }
      metrics++;
      PrometheusText.Family family = exported.get(name.replaceFirst("_bucket$", ""));
      if (family == null || (name.endsWith("_bucket") && !family.type().equals("histogram"))) {
        problems.add("no metric " + name);
        continue;
      }
      available.addAll(family.labelNames());
      selector(name, family, found.group(2) == null ? "" : found.group(2), problems);
    }
    if (metrics == 0) {
      problems.add("no metric at all in " + expression);
    }
    grouped.removeAll(available);
    grouped.forEach(label -> problems.add("no label " + label + " to group by"));
    return problems;
  }

  private static void selector(
      String name, PrometheusText.Family family, String selector, List<String> problems) {
    Matcher matcher = MATCHER.matcher(selector);
    int at = 0;
    while (matcher.find() && matcher.start() == at) {
      at = matcher.end();
      String label = matcher.group(1);
      if (SCRAPED.contains(label)) {
        continue;
      }
      Set<String> values =
          family.samples().stream()
              .map(sample -> sample.labels().get(label))
              .filter(java.util.Objects::nonNull)
              .collect(Collectors.toSet());
      if (values.isEmpty()) {
        problems.add("no label " + label + " of " + name);
      } else if (!matcher.group(3).startsWith("$")) {
        Stream.of(matcher.group(3).split("\\|", -1))
            .filter(value -> !values.contains(value))
            .forEach(value -> problems.add("no " + label + "=" + value + " of " + name));
      }
    }
    if (at != selector.length()) {
      problems.add("cannot read {" + selector + "}");
    }
  }

  static Stream<String> names(String list) {
    return Stream.of(list.split(",", -1)).map(String::strip).filter(name -> !name.isEmpty());
  }

  /** The labels that the result of {@code expression} is grouped by. */
  static Set<String> grouping(String expression) {
    return GROUPING
        .matcher(expression)
        .results()
        .flatMap(m -> names(m.group(1)))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
