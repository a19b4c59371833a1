package io.fleetbreaker.cli.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetbreaker.cli.supervise.PortPlan.PortTakenException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class PortPlanTest {
  private static final String HOST = "127.0.0.1";

  @Test
  void eachWorkerHasThePortAfterTheOneBefore() throws PortTakenException {
    int first = PortPlan.free(HOST, 3).own().get(0) - 1;

    PortPlan plan = PortPlan.of(HOST, first, 3, Duration.ZERO);

    assertThat(plan.own()).containsExactly(first + 1, first + 2, first + 3);
    assertThat(plan.shared()).isEqualTo(shared(first));
  }

  @Test
  void portZeroFindsAFreeBlock() throws PortTakenException {
    PortPlan plan = PortPlan.of(HOST, 0, 4, Duration.ZERO);

    assertThat(plan.own()).hasSize(4).allMatch(port -> port > 0);
    assertThat(PortPlan.of(HOST, plan.own().get(0) - 1, 4, Duration.ZERO)).isEqualTo(plan);
  }

  @Test
  void aTakenPortIsNamedWithTheWayOut() throws Exception {
    // Not a port of the system's choice: the one before it could be a connection of anybody's.
    int taken = PortPlan.free(HOST, 1).own().get(0);
    try (ServerSocket stranger = new ServerSocket()) {
      stranger.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), taken));

      assertThatThrownBy(() -> PortPlan.of(HOST, taken - 1, 1, Duration.ofMillis(60)))
          .isInstanceOf(PortTakenException.class)
          .hasMessageContaining("port " + taken + " on 127.0.0.1 is taken")
          .hasMessageContaining("--port 0");
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aStrangerThatSharesThePortIsNoticedToo() throws Exception {
    try (ServerSocketChannel stranger = ServerSocketChannel.open()) {
      stranger.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      stranger.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      int taken = ((InetSocketAddress) stranger.getLocalAddress()).getPort();

      assertThatThrownBy(() -> PortPlan.of(HOST, taken, 1, Duration.ZERO))
          .isInstanceOf(PortTakenException.class);
    }
  }

  @Test
  void portsEndAt65535() {
    assertThatThrownBy(() -> PortPlan.of(HOST, 65_532, 4, Duration.ZERO))
        .isInstanceOf(PortTakenException.class)
        .hasMessageContaining("at most 65531 for 4 workers")
        .hasMessageContaining("was 65532");
  }

  @Test
  void clientsAreSentToTheSharedPortOrToAll() {
    PortPlan sharing = new PortPlan("0.0.0.0", Optional.of(80), List.of(81, 82));
    PortPlan alone = new PortPlan("::1", Optional.empty(), List.of(81, 82));

    assertThat(sharing.urls()).map(Object::toString).containsExactly("http://localhost:80");
    assertThat(alone.urls())
        .map(Object::toString)
        .containsExactly("http://[::1]:81", "http://[::1]:82");
  }

  private static Optional<Integer> shared(int port) {
    return PortPlan.kernelShares() ? Optional.of(port) : Optional.empty();
  }
}
