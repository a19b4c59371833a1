package io.fleetbreaker.http;

import java.util.Optional;
import org.apache.pekko.util.ByteString;

/**
 * One server-sent event, encoded once for all its readers (HTML standard, 9.2.6). Immutable.
 *
 * @param kind what it tells
 * @param position after which entry of the history it leaves a reader; empty for what is not of the
 *     history
 * @param bytes as they are sent
 */
record StreamEvent(Kind kind, Optional<EntryId> position, ByteString bytes) {
  /** Keeps a silent stream alive; readers ignore it. */
  static final ByteString HEARTBEAT = ByteString.fromString(": heartbeat\n\n");

  /** The names of the events. */
  enum Kind {
    HELLO("hello"),
    TRANSITION("transition"),
    GAP("gap"),
    LOCAL("local"),
    SYNC("sync");

    private final String wireName;

    Kind(String wireName) {
      this.wireName = wireName;
    }

    String wireName() {
      return wireName;
    }
  }

  /** An event of the history, or one that says where it goes on. */
  static StreamEvent at(EntryId position, Kind kind, Object document) {
    return encoded(kind, Optional.of(position), document);
  }

  /** An event that is not of the history: a reader that comes back does not get it again. */
  static StreamEvent passing(Kind kind, Object document) {
    return encoded(kind, Optional.empty(), document);
  }

  private static StreamEvent encoded(Kind kind, Optional<EntryId> position, Object document) {
    // JSON as it is written here has no line break, so one data line holds it.
    ByteString head =
        ByteString.fromString(
            position.map(id -> "id: " + id.text() + "\n").orElse("")
                + "event: "
                + kind.wireName()
                + "\ndata: ");
    return new StreamEvent(
        kind,
        position,
        head.concat(ByteString.fromArray(Json.bytes(document)))
            .concat(ByteString.fromString("\n\n"))
            .compact());
  }
}
