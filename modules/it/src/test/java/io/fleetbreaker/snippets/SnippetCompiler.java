package io.fleetbreaker.snippets;

import java.io.File;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Compiles snippets of Java against the tests' class path, many at once. */
final class SnippetCompiler {
  private static final String PACKAGE = "snippets";
  private static final List<String> IMPORTS =
      List.of(
          "com.typesafe.config",
          "io.fleetbreaker",
          "io.fleetbreaker.fleet",
          "java.time",
          "java.util",
          "java.util.concurrent",
          "java.util.function");

  private final Path classes;
  private final String imports;
  private final Map<Snippet, String> classNames = new HashMap<>();
  private final Map<Snippet, List<String>> errors = new HashMap<>();
  private final URLClassLoader loader;

  /**
   * Compiles {@code snippets}.
   *
   * @param classes an empty directory for the class files
   * @param more packages that are imported besides those that always are
   */
  SnippetCompiler(Collection<Snippet> snippets, Path classes, List<String> more) throws Exception {
    this.classes = classes;
    StringBuilder lines = new StringBuilder();
    IMPORTS.forEach(name -> lines.append("import ").append(name).append(".*;\n"));
    more.forEach(name -> lines.append("import ").append(name).append(".*;\n"));
    // Both java.util and com.typesafe.config have one.
    lines.append("import java.util.Optional;\n");
    imports = lines.toString();
    for (Snippet snippet : snippets) {
      classNames.put(snippet, "Snippet" + classNames.size());
    }
    compile(snippets);
    // One bad snippet keeps javac from writing the others.
    compile(snippets.stream().filter(snippet -> !errors.containsKey(snippet)).toList());
    loader =
        new URLClassLoader(
            new URL[] {classes.toUri().toURL()}, SnippetCompiler.class.getClassLoader());
    loader.setDefaultAssertionStatus(true);
  }

  /**
   * What to run.
   *
   * @throws AssertionError if it does not compile
   */
  SnippetBody body(Snippet snippet) throws ReflectiveOperationException {
    if (errors.containsKey(snippet)) {
      throw new AssertionError(
          snippet.where() + " does not compile:\n" + String.join("\n", errors.get(snippet)));
    }
    Class<?> compiled = loader.loadClass(PACKAGE + "." + classNames.get(snippet));
    return (SnippetBody) compiled.getDeclaredConstructor().newInstance();
  }

  private void compile(Collection<Snippet> snippets) throws Exception {
    if (snippets.isEmpty()) {
      return;
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    List<Source> sources = new ArrayList<>();
    snippets.forEach(snippet -> sources.add(new Source(snippet)));
    List<String> options =
        List.of(
            "-proc:none",
            "-d",
            classes.toString(),
            "-classpath",
            System.getProperty("java.class.path") + File.pathSeparator + classes);
    try (StandardJavaFileManager files =
        compiler.getStandardFileManager(found, Locale.ROOT, StandardCharsets.UTF_8)) {
      compiler.getTask(null, files, found, options, null, sources).call();
    }
    for (Diagnostic<? extends JavaFileObject> diagnostic : found.getDiagnostics()) {
      if (diagnostic.getKind() == Diagnostic.Kind.ERROR) {
        Snippet snippet = ((Source) Objects.requireNonNull(diagnostic.getSource())).snippet;
        errors
            .computeIfAbsent(snippet, any -> new ArrayList<>())
            .add(diagnostic.getMessage(Locale.ROOT) + "\n  in: " + line(diagnostic));
      }
    }
  }

  private String line(Diagnostic<? extends JavaFileObject> diagnostic) {
    return ((Source) diagnostic.getSource())
        .text
        .lines()
        .skip(Math.max(0, diagnostic.getLineNumber() - 1))
        .findFirst()
        .orElse("")
        .strip();
  }

  /** A snippet as a class. */
  private final class Source extends SimpleJavaFileObject {
    private final Snippet snippet;
    private final String text;

    Source(Snippet snippet) {
      super(
          URI.create("string:///" + PACKAGE + "/" + classNames.get(snippet) + ".java"),
          JavaFileObject.Kind.SOURCE);
      this.snippet = snippet;
      this.text =
          "package "
              + PACKAGE
              + ";\n"
              + imports
              + "public class "
              + classNames.get(snippet)
              + " implements io.fleetbreaker.snippets.SnippetBody {\n"
              + "public void snippet(Fleet fleet, CircuitBreaker breaker) throws Exception {\n"
              + snippet.code()
              + "\n}\n}\n";
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }
}
