package io.fleetbreaker.cli.supervise;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Starts workers as JVMs of the same Java and the same class path as this one. */
public final class JvmLauncher implements WorkerLauncher {
  /** Replaces the JVM options of the workers. */
  public static final String OPTIONS_VARIABLE = "FLEETBREAKER_WORKER_OPTS";

  /** Sized for quick starts of several workers on a small machine rather than for peak speed. */
  private static final List<String> DEFAULT_OPTIONS =
      List.of(
          "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xss512k", "-Xmx256m", "-Xshare:auto");

  private final String mainClass;
  private final IntFunction<List<String>> arguments;
  private final Map<String, String> environment;
  private final List<String> options;

  /**
   * Prepares for launches.
   *
   * @param arguments of the main class, by the worker's number
   * @param environment added to this process's own
   */
  public JvmLauncher(
      Class<?> mainClass, IntFunction<List<String>> arguments, Map<String, String> environment) {
    this.mainClass = mainClass.getName();
    this.arguments = arguments;
    this.environment = Map.copyOf(environment);
    this.options = options(System.getenv(OPTIONS_VARIABLE), Runtime.version().feature());
  }

  static List<String> options(@Nullable String wanted, int javaVersion) {
    List<String> options = new ArrayList<>();
    if (javaVersion >= 24) {
      // Else each worker prints a page of warnings about what the Scala library does.
      options.add("--sun-misc-unsafe-memory-access=allow");
      options.add("--enable-native-access=ALL-UNNAMED");
    }
    if (wanted == null || wanted.isBlank()) {
      options.addAll(DEFAULT_OPTIONS);
    } else {
      options.addAll(List.of(wanted.strip().split("\\s+", -1)));
    }
    return options;
  }

  @Override
  public Process launch(int index) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(mainClass);
    command.addAll(arguments.apply(index));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    return builder.start();
  }
}
