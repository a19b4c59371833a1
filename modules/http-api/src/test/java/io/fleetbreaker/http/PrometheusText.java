package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A strict reader of Prometheus' text format 0.0.4: what a scraper would refuse, or promtool would
 * object to, fails the test.
 */
final class PrometheusText {
  private static final Pattern META =
      Pattern.compile("# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)");
  private static final Pattern SAMPLE =
      Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? (\\S+)");
  private static final Pattern LABEL =
      Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\\n]|\\\\[\\\\\"n])*)\"(,|$)");

  /** One line with a value. */
  record Sample(String name, Map<String, String> labels, double value) {}

  /** A metric and its samples. */
  record Family(String name, String help, String type, List<Sample> samples) {
    Set<String> labelNames() {
      Set<String> names = new java.util.TreeSet<>();
      samples.forEach(sample -> names.addAll(sample.labels().keySet()));
      return names;
    }
  }

  private PrometheusText() {}

  /** The metrics in {@code text}, by name. */
  static Map<String, Family> parse(String text) {
    assertThat(text).endsWith("\n");
    Map<String, Family> families = new LinkedHashMap<>();
    Set<String> series = new HashSet<>();
    Map<String, String> help = new LinkedHashMap<>();
    Family current = null;
    for (String line : text.lines().toList()) {
      Matcher meta = META.matcher(line);
      if (meta.matches() && meta.group(1).equals("HELP")) {
        assertThat(help).as("HELP only once").doesNotContainKey(meta.group(2));
        help.put(meta.group(2), meta.group(3));
      } else if (meta.matches()) {
        String name = meta.group(2);
        assertThat(families).as("TYPE only once").doesNotContainKey(name);
        assertThat(help).as("HELP before TYPE").containsKey(name);
        assertThat(meta.group(3)).isIn("counter", "gauge", "histogram", "summary", "untyped");
        current = new Family(name, help.get(name), meta.group(3), new ArrayList<>());
        families.put(name, current);
      } else {
        Sample sample = sample(line);
        assertThat(current).as("TYPE before %s", line).isNotNull();
        assertThat(sample.name()).as(line).isIn(namesOf(current));
        assertThat(series.add(sample.name() + new TreeMap<>(sample.labels())))
            .as("once: %s", line)
            .isTrue();
        current.samples().add(sample);
      }
    }
    families.values().forEach(PrometheusText::check);
    return families;
  }

  private static Set<String> namesOf(Family family) {
    String name = family.name();
    return family.type().equals("histogram")
        ? Set.of(name + "_bucket", name + "_sum", name + "_count")
        : family.type().equals("summary")
            ? Set.of(name, name + "_sum", name + "_count")
            : Set.of(name);
  }

  private static Sample sample(String line) {
    Matcher match = SAMPLE.matcher(line);
    assertThat(match.matches()).as("a sample: %s", line).isTrue();
    Map<String, String> labels = new LinkedHashMap<>();
    String rest = match.group(2) == null ? "" : match.group(2);
    Matcher label = LABEL.matcher(rest);
    int at = 0;
    while (at < rest.length()) {
      assertThat(label.find(at) && label.start() == at).as("labels of %s", line).isTrue();
      String value =
          label.group(2).replace("\\n", "\n").replace("\\\"", "\"").replace("\\\\", "\\");
      assertThat(labels.put(label.group(1), value)).as(line).isNull();
      at = label.end();
    }
    return new Sample(match.group(1), labels, value(match.group(3)));
  }

  private static double value(String text) {
    return switch (text) {
      case "+Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(text);
    };
  }

  private static void check(Family family) {
    assertThat(family.help()).as(family.name()).isNotBlank();
    if (family.type().equals("counter")) {
      assertThat(family.name()).endsWith("_total");
      assertThat(family.samples()).allMatch(sample -> sample.value() >= 0);
    } else {
      assertThat(family.name()).doesNotEndWith("_total");
    }
    if (family.type().equals("histogram")) {
      double before = 0;
      double bound = Double.NEGATIVE_INFINITY;
      double count = Double.NaN;
      for (Sample sample : family.samples()) {
        if (sample.name().endsWith("_bucket")) {
          double le = value(sample.labels().get("le"));
          assertThat(le).as("bounds rise").isGreaterThan(bound);
          assertThat(sample.value()).as("buckets add up").isGreaterThanOrEqualTo(before);
          bound = le;
          before = sample.value();
        } else if (sample.name().endsWith("_count")) {
          count = sample.value();
        }
      }
      assertThat(bound).isEqualTo(Double.POSITIVE_INFINITY);
      assertThat(count).isEqualTo(before);
    }
  }
}
