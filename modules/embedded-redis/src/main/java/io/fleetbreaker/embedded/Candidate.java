package io.fleetbreaker.embedded;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One place a server's executable may come from.
 *
 * @param name for people
 * @param locator finds the executable, or extracts it into the directory it is given
 */
record Candidate(String name, Locator locator) {

  /** Finds an executable, and says why if it cannot. */
  @FunctionalInterface
  interface Locator {
    Path locate(Path directory) throws IOException;
  }

  /** What to try on this machine, best first. */
  static List<Candidate> forThisMachine() {
    return forMachine(System.getProperty("os.name"), System.getProperty("os.arch"));
  }

  static List<Candidate> forMachine(String osName, String osArch) {
    String os = osName.toLowerCase(Locale.ROOT);
    boolean arm = osArch.equals("aarch64") || osArch.equals("arm64");
    boolean intel64 = osArch.equals("amd64") || osArch.equals("x86_64");
    Candidate redis = onPath("redis-server");
    Candidate valkey = onPath("valkey-server");
    if (os.startsWith("windows")) {
      return List.of(
          bundled("redis-server-5.0.14.1-windows-amd64.exe"), onPath("redis-server.exe"));
    }
    if (os.startsWith("mac")) {
      return List.of(
          bundled("redis-server-6.2.6-v5-darwin-" + (arm ? "arm64" : "amd64")), redis, valkey);
    }
    Candidate static386 = bundled("redis-server-6.2.7-linux-386");
    if (os.startsWith("linux") && intel64) {
      // The first needs glibc and OpenSSL 3; the last needs nothing, but is a 32-bit build.
      return List.of(bundled("redis-server-6.2.6-v5-linux-amd64"), redis, valkey, static386);
    }
    if (os.startsWith("linux") && arm) {
      return List.of(bundled("redis-server-6.2.7-linux-arm64"), redis, valkey);
    }
    return os.startsWith("linux") && osArch.matches("x86|i[3-6]86")
        ? List.of(static386, redis, valkey)
        : List.of(redis, valkey);
  }

  /** A server inside the library's jar. */
  static Candidate bundled(String resource) {
    return new Candidate("bundled " + resource, directory -> extract(resource, directory));
  }

  /** A server that the machine has installed. */
  static Candidate onPath(String program) {
    return new Candidate(
        program + " on the PATH",
        directory ->
            findOnPath(program).orElseThrow(() -> new IOException("not found on the PATH")));
  }

  static Optional<Path> findOnPath(String program) {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    for (String entry : path.split(File.pathSeparator, -1)) {
      Path file = Path.of(entry, program);
      if (!entry.isEmpty() && Files.isRegularFile(file) && Files.isExecutable(file)) {
        return Optional.of(file.toAbsolutePath());
      }
    }
    return Optional.empty();
  }

  private static Path extract(String resource, Path directory) throws IOException {
    try (InputStream in = Candidate.class.getResourceAsStream("/" + resource)) {
      if (in == null) {
        throw new IOException("not in this jar");
      }
      Path file = directory.resolve(resource);
      Files.copy(in, file);
      if (!file.toFile().setExecutable(true, true)) {
        throw new IOException("cannot be made executable in " + directory);
      }
      return file;
    }
  }
}
