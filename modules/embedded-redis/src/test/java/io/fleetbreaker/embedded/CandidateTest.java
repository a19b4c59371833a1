package io.fleetbreaker.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CandidateTest {

  @ParameterizedTest
  @CsvSource({
    "Linux, amd64, linux-amd64, linux-386",
    "Linux, aarch64, linux-arm64, valkey-server",
    "Linux, i386, linux-386, valkey-server",
    "Linux, riscv64, redis-server, valkey-server",
    "Mac OS X, aarch64, darwin-arm64, valkey-server",
    "Mac OS X, x86_64, darwin-amd64, valkey-server",
    "Windows 11, amd64, windows-amd64, redis-server.exe",
    "FreeBSD, amd64, redis-server, valkey-server"
  })
  void eachMachineHasItsFirstAndLastResort(String os, String arch, String first, String last) {
    List<Candidate> candidates = Candidate.forMachine(os, arch);

    assertThat(candidates.get(0).name()).contains(first);
    assertThat(candidates.get(candidates.size() - 1).name()).contains(last);
  }

  @ParameterizedTest
  @CsvSource({"Linux, amd64", "Linux, aarch64", "Mac OS X, aarch64", "Windows 11, amd64"})
  void everyBundledServerIsInTheLibrary(String os, String arch) {
    assertThat(Candidate.forMachine(os, arch))
        .map(Candidate::name)
        .filteredOn(name -> name.startsWith("bundled "))
        .isNotEmpty()
        .allSatisfy(
            name ->
                assertThat(Candidate.class.getResource("/" + name.substring("bundled ".length())))
                    .isNotNull());
  }
}
