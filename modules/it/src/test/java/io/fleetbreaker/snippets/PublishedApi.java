package io.fleetbreaker.snippets;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** The sources of the packages that applications use. */
final class PublishedApi {
  private static final Path ROOT = Path.of("..", "..");
  private static final Path MODULES = ROOT.resolve("modules");
  private static final Path INTEGRATIONS = MODULES.resolve("integrations/src/main/java");
  private static final List<Path> PACKAGES =
      List.of(
          MODULES.resolve("breaker-actors/src/main/java/io/fleetbreaker"),
          MODULES.resolve("redis-sync/src/main/java/io/fleetbreaker/fleet"));

  private PublishedApi() {}

  /** The Javadoc of each public top-level type, by its full name; empty if it has none. */
  static Map<String, String> javadocs() {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    Map<String, String> javadocs = new TreeMap<>();
    try (StandardJavaFileManager files =
        compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null,
                  files,
                  null,
                  List.of("-proc:none"),
                  null,
                  files.getJavaFileObjectsFromPaths(sources()));
      Trees trees = Trees.instance(task);
      for (CompilationUnitTree unit : task.parse()) {
        for (Tree declared : unit.getTypeDecls()) {
          if (declared instanceof ClassTree type
              && type.getModifiers().getFlags().contains(Modifier.PUBLIC)) {
            String javadoc = trees.getDocComment(TreePath.getPath(unit, type));
            javadocs.put(
                unit.getPackageName() + "." + type.getSimpleName(),
                Objects.requireNonNullElse(javadoc, ""));
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return javadocs;
  }

  /** The packages of optional integrations, which not every checkout has. */
  static List<String> integrationPackages() {
    TreeSet<String> packages = new TreeSet<>();
    for (Path source : integrationSources()) {
      Path directory = INTEGRATIONS.relativize(source).getParent();
      packages.add(directory.toString().replace(directory.getFileSystem().getSeparator(), "."));
    }
    return List.copyOf(packages);
  }

  /** The pages of documentation, by name. */
  static Map<String, String> pages() {
    Map<String, String> pages = new TreeMap<>();
    for (Path page : filesIn(ROOT.resolve("docs"), 1, ".md")) {
      pages.put("docs/" + page.getFileName(), read(page));
    }
    return pages;
  }

  private static List<Path> sources() {
    return Stream.concat(
            PACKAGES.stream().flatMap(directory -> filesIn(directory, 1, ".java").stream()),
            integrationSources().stream())
        .toList();
  }

  private static List<Path> integrationSources() {
    return Files.isDirectory(INTEGRATIONS)
        ? filesIn(INTEGRATIONS, Integer.MAX_VALUE, ".java")
        : List.of();
  }

  private static List<Path> filesIn(Path directory, int depth, String ending) {
    try (Stream<Path> found = Files.walk(directory, depth)) {
      return found.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
