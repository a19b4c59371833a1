package io.fleetbreaker.cli.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SseParserTest {
  private final List<ServerEvent> events = new ArrayList<>();
  private final SseParser parser = new SseParser(1_000, events::add);

  private void feed(String text) {
    parser.feed(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static ServerEvent event(String type, String id, String data) {
    return new ServerEvent(type, Optional.ofNullable(id), data);
  }

  @Test
  void anEventEndsWithAnEmptyLineWhateverEndsTheLines() {
    feed("\ufeffid: 1-0\r\nevent: transition\r\ndata: {}\r\n\r\n");
    feed("data:a\rdata: b\r\rdata\n\n");

    assertThat(events)
        .containsExactly(
            event("transition", "1-0", "{}"),
            event("message", null, "a\nb"),
            event("message", null, ""));
  }

  @Test
  void itDoesNotMatterHowTheBytesAreCut() {
    byte[] bytes = "id: ü\r\nevent: x\r\ndata: {\"ä\": 1}\r\n\r\n".getBytes(StandardCharsets.UTF_8);
    for (byte next : bytes) {
      parser.feed(ByteBuffer.wrap(new byte[] {next}));
    }

    assertThat(events).containsExactly(event("x", "ü", "{\"ä\": 1}"));
  }

  @Test
  void aCommentIsASignOfLifeAndAnIdAloneIsNoEvent() {
    feed(": heartbeat\n\nid: 7\n\nunknown: x\n\n");

    assertThat(events).hasSize(1).allMatch(ServerEvent::isSignOfLife);
  }

  @Test
  void anEventThatDoesNotEndIsRefused() {
    assertThatThrownBy(() -> feed("data: " + "x".repeat(2_000)))
        .isInstanceOf(IllegalStateException.class);
    SseParser other = new SseParser(1_000, events::add);
    assertThatThrownBy(
            () ->
                other.feed(
                    ByteBuffer.wrap(
                        "data: xxxxxxxx\n".repeat(1_000).getBytes(StandardCharsets.UTF_8))))
        .isInstanceOf(IllegalStateException.class);
    assertThat(events).isEmpty();
  }

  @Test
  void textOfOthersIsMadePlain() {
    assertThat(Plain.text("a\u001b[31m\n\u202eb\u0000é漢😀"))
        .isEqualTo("a\\u001b[31m\\u000a\\u202eb\\u0000é漢😀");
  }
}
