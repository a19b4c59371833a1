package io.fleetbreaker.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class EmbeddedRedisTest {
  private static final Duration GIVE_UP = Duration.ofSeconds(30);

  @Test
  void itStartsAndAnswersAndSaysWhatItIs() {
    try (EmbeddedRedis redis = EmbeddedRedis.start()) {
      assertThat(Probe.ask(redis.port())).isPresent();
      assertThat(redis.uri()).hasToString("redis://127.0.0.1:" + redis.port());
      assertThat(redis.description()).matches("(Redis|Valkey) \\d+\\.\\d+.* \\(.+\\)");
      assertThat(ProcessHandle.of(redis.pid())).isPresent();
      assertThat(redis.isAlive()).isTrue();
    }
  }

  @Test
  void twoLiveSideBySide() {
    try (EmbeddedRedis one = EmbeddedRedis.start();
        EmbeddedRedis two = EmbeddedRedis.start()) {
      assertThat(one.port()).isNotEqualTo(two.port());
      assertThat(one.pid()).isNotEqualTo(two.pid());
    }
  }

  @Test
  void closeEndsTheServerRemovesItsFilesAndFreesThePort() throws IOException {
    EmbeddedRedis redis = EmbeddedRedis.start();
    List<Path> directories = directoriesOf(redis.pid());

    redis.close();
    redis.close();

    assertThat(redis.isAlive()).isFalse();
    assertThat(redis.onExit()).succeedsWithin(GIVE_UP);
    assertThat(directories).isNotEmpty().noneMatch(Files::exists);
    try (EmbeddedRedis next = EmbeddedRedis.start(redis.port())) {
      assertThat(next.port()).isEqualTo(redis.port());
      assertThat(next.pid()).isNotEqualTo(redis.pid());
    }
  }

  @Test
  void aServerThatIsKilledIsSeenToEndAndStartsAgainOnItsPort() {
    EmbeddedRedis redis = EmbeddedRedis.start();

    ProcessHandle.of(redis.pid()).orElseThrow().destroyForcibly();

    assertThat(redis.onExit()).succeedsWithin(GIVE_UP);
    assertThat(redis.isAlive()).isFalse();
    redis.close();
    try (EmbeddedRedis again = EmbeddedRedis.start(redis.port())) {
      assertThat(again.isAlive()).isTrue();
    }
  }

  @Test
  void extraArgumentsReachTheServer() {
    try (EmbeddedRedis redis = EmbeddedRedis.start(0, List.of("--requirepass", "secret"))) {
      assertThat(Probe.ask(redis.port()))
          .hasValueSatisfying(identity -> assertThat(identity.version()).isEmpty());
    }
  }

  @Test
  void aCandidateThatDoesNotWorkIsPassedOver() {
    List<Candidate> candidates = new ArrayList<>();
    candidates.add(failing("broken", "exit 3"));
    candidates.add(Candidate.bundled("redis-server-0.0-of-no-machine"));
    candidates.addAll(Candidate.forThisMachine());

    try (EmbeddedRedis redis = EmbeddedRedis.start(0, List.of(), candidates)) {
      assertThat(redis.isAlive()).isTrue();
    }
  }

  @Test
  void ifNothingWorksTheMessageSaysWhatWasTriedAndWhatToDo() {
    List<Candidate> candidates =
        List.of(
            failing("the first", "echo 'libssl.so.3: cannot open' >&2; exit 127"),
            Candidate.onPath("no-such-redis-server"));

    assertThatThrownBy(() -> EmbeddedRedis.start(0, List.of(), candidates))
        .isInstanceOf(EmbeddedRedisException.class)
        .hasMessageContaining("the first: ended: libssl.so.3: cannot open")
        .hasMessageContaining("no-such-redis-server on the PATH: not found on the PATH")
        .hasMessageContaining("Install redis-server")
        .hasMessageContaining("--redis");
  }

  @Test
  void aTakenPortIsRefusedByItsNumber() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> EmbeddedRedis.start(taken.getLocalPort()))
          .isInstanceOf(EmbeddedRedisException.class)
          .hasMessageContaining("port " + taken.getLocalPort());
    }
  }

  @Test
  void aServerThatFindsItsPortTakenIsStartedAtAnotherThoughThePortIsFreeAgain() {
    AtomicInteger attempts = new AtomicInteger();
    Candidate unlucky = failing("unlucky", "echo 'bind: Address already in use'; exit 1");
    Candidate working = working();
    List<Candidate> candidates =
        List.of(
            new Candidate(
                working.name(),
                directory ->
                    (attempts.incrementAndGet() == 1 ? unlucky : working)
                        .locator()
                        .locate(directory)));

    try (EmbeddedRedis redis = EmbeddedRedis.start(0, List.of(), candidates)) {
      assertThat(redis.isAlive()).isTrue();
      assertThat(attempts).hasValue(2);
    }
  }

  @Test
  void noServerOutlivesAJvmThatWasKilled() throws IOException {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                ChildWithRedis.class.getName())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader lines = child.inputReader(StandardCharsets.UTF_8)) {
      String line = lines.lines().filter(text -> text.startsWith("started ")).findFirst().get();
      long pid = Long.parseLong(line.substring("started ".length(), line.lastIndexOf(' ')));
      ProcessHandle server = ProcessHandle.of(pid).orElseThrow();
      List<Path> directories = directoriesOf(pid);
      List<ProcessHandle> family = Stream.concat(child.descendants(), Stream.of(server)).toList();

      child.destroyForcibly();

      await()
          .atMost(GIVE_UP)
          .untilAsserted(() -> assertThat(family).noneMatch(ProcessHandle::isAlive));
      await()
          .atMost(GIVE_UP)
          .untilAsserted(() -> assertThat(directories).isNotEmpty().noneMatch(Files::exists));
    } finally {
      child.destroyForcibly();
    }
  }

  @Test
  void noServerOutlivesItsGuard() {
    try (EmbeddedRedis redis = EmbeddedRedis.start()) {
      ProcessHandle server = ProcessHandle.of(redis.pid()).orElseThrow();

      server.parent().orElseThrow().destroyForcibly();

      await().atMost(GIVE_UP).untilAsserted(() -> assertThat(server.isAlive()).isFalse());
    }
  }

  /** The one that serves on this machine. */
  private static Candidate working() {
    try (EmbeddedRedis redis = EmbeddedRedis.start()) {
      return Candidate.forThisMachine().stream()
          .filter(candidate -> redis.description().endsWith("(" + candidate.name() + ")"))
          .findFirst()
          .orElseThrow();
    }
  }

  private static Candidate failing(String name, String script) {
    return new Candidate(
        name,
        directory -> {
          Path file = directory.resolve("server");
          Files.writeString(file, "#!/bin/sh\n" + script + "\n");
          assertThat(file.toFile().setExecutable(true)).isTrue();
          return file;
        });
  }

  /** The private directories named in the command line of the server and of its guard. */
  private static List<Path> directoriesOf(long pid) {
    return ProcessHandle.of(pid).stream()
        .flatMap(server -> Stream.concat(Stream.of(server), server.parent().stream()))
        .flatMap(handle -> handle.info().arguments().stream().flatMap(Stream::of))
        .filter(argument -> argument.contains("fleetbreaker-redis-"))
        .map(Path::of)
        .filter(Files::isDirectory)
        .distinct()
        .toList();
  }
}
