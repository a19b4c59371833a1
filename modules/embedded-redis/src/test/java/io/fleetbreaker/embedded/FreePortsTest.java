package io.fleetbreaker.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import org.junit.jupiter.api.Test;

class FreePortsTest {

  @Test
  void severalThatAreFoundTogetherAreDifferentOnes() throws IOException {
    List<Integer> found = FreePorts.find(100);

    assertThat(found).hasSize(100).doesNotHaveDuplicates();
  }

  @Test
  void whatIsFoundIsBelowThePortsOfClients() throws IOException {
    for (int i = 0; i < 100; i++) {
      assertThat(FreePorts.find()).isBetween(16_384, 32_767);
    }
  }

  @Test
  void whereSomebodyListensIsNotFree() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThat(FreePorts.isFree(taken.getLocalPort())).isFalse();
    }
  }
}
