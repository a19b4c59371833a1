package io.fleetbreaker.snippets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import com.typesafe.config.ConfigFactory;
import io.fleetbreaker.fleet.Fleet;
import io.fleetbreaker.fleet.FleetSettings;
import io.fleetbreaker.snippets.Snippet.Kind;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the documentation shows compiles and does what it says: a snippet in the Javadoc of each
 * public type, and the blocks of Java and HOCON in {@code docs}. Each runs on a fleet of its own,
 * without Redis, of the providers {@code openai} and {@code anthropic}.
 */
class SnippetsTest {
  /** Types that cannot have a snippet, and why. */
  private static final Map<String, String> WITHOUT = Map.of();

  /** A developer's own Redis is none of our business: nobody listens here. */
  private static final Map<String, String> NO_REDIS =
      Map.of("fleetbreaker.redis.uri", "redis://127.0.0.1:1", "fleetbreaker.start-wait", "0 s");

  private static final String PROVIDERS =
      "fleetbreaker.providers { openai { priority = 1 }, anthropic { priority = 2 } }";

  private static final Snippet UNTRUE =
      new Snippet("untrue", Kind.JAVA, "assert breaker.provider().isEmpty();");

  @TempDir static Path classes;

  private static final Map<String, List<Snippet>> BY_NAME = new LinkedHashMap<>();
  private static SnippetCompiler compiler;

  @BeforeAll
  static void compile() throws Exception {
    NO_REDIS.forEach(System::setProperty);
    ConfigFactory.invalidateCaches();
    PublishedApi.javadocs()
        .forEach((type, javadoc) -> BY_NAME.put(type, Snippet.ofJavadoc(type, javadoc)));
    PublishedApi.pages()
        .forEach(
            (page, text) -> {
              for (Snippet snippet : Snippet.ofMarkdown(page, text)) {
                BY_NAME.put(snippet.where(), List.of(snippet));
              }
            });
    compiler =
        new SnippetCompiler(
            Stream.concat(Stream.of(UNTRUE), BY_NAME.values().stream().flatMap(List::stream))
                .filter(snippet -> snippet.kind() != Kind.HOCON)
                .toList(),
            classes,
            PublishedApi.integrationPackages());
  }

  @AfterAll
  static void letOthersHaveRedis() {
    NO_REDIS.keySet().forEach(System::clearProperty);
    ConfigFactory.invalidateCaches();
  }

  @TestFactory
  Stream<DynamicTest> whatIsShownWorks() {
    return BY_NAME.entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.getKey(), () -> check(entry.getKey(), entry.getValue())));
  }

  private static void check(String name, List<Snippet> snippets) throws Exception {
    if (snippets.isEmpty() && !WITHOUT.containsKey(name)) {
      fail("%s has no <pre>{@code ...}</pre> in its Javadoc that shows how it is used", name);
    }
    for (Snippet snippet : snippets) {
      switch (snippet.kind()) {
        case JAVA -> run(snippet, compiler);
        case JAVA_NO_RUN -> compiler.body(snippet);
        case HOCON -> settings(snippet.code());
      }
    }
  }

  private static FleetSettings settings(String hocon) {
    return FleetSettings.from(
        ConfigFactory.parseString(hocon).withFallback(ConfigFactory.load()).resolve());
  }

  private static void run(Snippet snippet, SnippetCompiler compiler) throws Exception {
    SnippetBody body = compiler.body(snippet);
    try (Fleet fleet = Fleet.start(settings(PROVIDERS))) {
      body.snippet(fleet, fleet.breaker("openai"));
    } catch (Exception | AssertionError e) {
      throw new AssertionError(
          snippet.where() + " does not do what it says: " + e + "\n" + snippet.code(), e);
    }
  }

  @Test
  void aSnippetThatIsUntrueFails() {
    assertThatThrownBy(() -> run(UNTRUE, compiler))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("untrue does not do what it says: java.lang.AssertionError");
  }

  @Test
  void aSnippetThatDoesNotCompileFails(@TempDir Path directory) throws Exception {
    Snippet broken = new Snippet("broken", Kind.JAVA, "breaker.open();");

    SnippetCompiler own = new SnippetCompiler(List.of(broken), directory, List.of());

    assertThatThrownBy(() -> own.body(broken))
        .isInstanceOf(AssertionError.class)
        .hasMessageContainingAll("broken does not compile", "open()", "in: breaker.open();");
  }

  @Test
  void aTypeWithoutSnippetFails() {
    assertThatThrownBy(() -> check("io.fleetbreaker.Unexplained", List.of()))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("io.fleetbreaker.Unexplained has no <pre>");
  }

  @Test
  void snippetsAreFoundInJavadocAndInPages() {
    String javadoc = " One.\n <pre>{@code\n if (x) { y(); }\n }</pre>\n <pre>{@code z(); }</pre>";
    String page = "text\n\n```java no-run\na();\n```\n\n```yaml\nb: 1\n```\n```hocon\nc = 1\n```\n";

    assertThat(Snippet.ofJavadoc("T", javadoc))
        .extracting(snippet -> snippet.code().strip())
        .containsExactly("if (x) { y(); }", "z();");
    assertThat(Snippet.ofJavadoc("T", " Nothing to see.")).isEmpty();
    assertThat(Snippet.ofMarkdown("p", page))
        .containsExactly(
            new Snippet("p:4", Kind.JAVA_NO_RUN, "\na();\n"),
            new Snippet("p:11", Kind.HOCON, "\nc = 1\n"));
  }

  @Test
  void allPublishedPackagesAreLookedAt() {
    assertThat(BY_NAME)
        .containsKeys("io.fleetbreaker.CircuitBreaker", "io.fleetbreaker.fleet.FleetSettings")
        .doesNotContainKeys("io.fleetbreaker.Bounds", "io.fleetbreaker.breaker.Gate");
    assertThat(BY_NAME.keySet())
        .anyMatch(name -> name.startsWith("docs/embedding.md:"))
        .anyMatch(name -> name.startsWith("docs/coming-from-resilience4j.md:"));
  }
}
