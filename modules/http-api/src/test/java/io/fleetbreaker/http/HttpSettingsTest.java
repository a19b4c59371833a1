package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HttpSettingsTest {

  @Test
  void aPortOutOfBoundsIsRefusedWithSettingBoundAndValue() {
    assertThatThrownBy(() -> new HttpSettings("127.0.0.1", Optional.of(70_000), 0, false))
        .hasMessage("http.port must be 1 to 65535, was 70000");
    assertThatThrownBy(() -> new HttpSettings("127.0.0.1", Optional.of(0), 0, false))
        .hasMessage("http.port must be 1 to 65535, was 0");
    assertThatThrownBy(() -> new HttpSettings("127.0.0.1", Optional.empty(), -1, false))
        .hasMessage("http own port must be 0 to 65535, was -1");
  }

  @Test
  void theOwnPortIsNotTheSharedOne() {
    assertThatThrownBy(() -> new HttpSettings("127.0.0.1", Optional.of(8000), 8000, false))
        .hasMessage("the worker's own port must differ from the shared http.port, both were 8000");
  }

  @Test
  void aBlankHostIsRefused() {
    assertThatThrownBy(() -> new HttpSettings(" ", Optional.empty(), 0, false))
        .hasMessage("http.host must name an address to listen on, was blank");
  }

  @Test
  void theDefaultsListenOnLoopbackWithoutDemoEndpoints() {
    Config http = ConfigFactory.load().getConfig("fleetbreaker.http");

    assertThat(http.getString("host")).isEqualTo("127.0.0.1");
    assertThat(http.getInt("port")).isEqualTo(8000);
    assertThat(http.getBoolean("demo-endpoints")).isFalse();
  }
}
