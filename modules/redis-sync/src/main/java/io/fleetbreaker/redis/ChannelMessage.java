package io.fleetbreaker.redis;

import java.util.function.Consumer;

/**
 * What travels on the fleet's channel: events, and greetings.
 *
 * <p>A greeting says that a worker has found the store without its mark. It has no {@code
 * __event_type__}, so FlexiAI 0.5 drops it.
 */
final class ChannelMessage {
  private static final String KIND = "fleetbreaker";
  private static final String GREETING = "hello";
  private static final int LONGEST_WORKER = 256;

  private ChannelMessage() {}

  /** A greeting of this worker to those who use the same database. */
  static byte[] greeting(String worker, int database) {
    if (worker.isEmpty() || worker.length() > LONGEST_WORKER) {
      throw new IllegalArgumentException(
          "worker must be 1 to " + LONGEST_WORKER + " characters, had " + worker.length());
    }
    return WireJson.object()
        .put(KIND, GREETING)
        .put("worker_id", worker)
        .put("db", database)
        .bytes();
  }

  /**
   * What a message says to a listener of this database. Channels ignore databases: a fleet next
   * door is legitimate and nothing to warn of.
   *
   * @throws WireException if it is neither an event nor a greeting
   */
  static Consumer<FleetStore.EventListener> read(byte[] message, int database)
      throws WireException {
    JsonFields json = WireJson.parse(message);
    if (!json.has("__event_type__") && json.has(KIND)) {
      return readGreeting(json, database);
    }
    BreakerEvent event = WireCodec.decodeEvent(json);
    int itsDatabase = event.revision().map(BreakerEvent.RevisionInfo::db).orElse(database);
    return itsDatabase == database
        ? listener -> listener.onAnyEvent(event, message)
        : listener -> listener.onUndecodable("event of database " + itsDatabase);
  }

  private static Consumer<FleetStore.EventListener> readGreeting(JsonFields json, int database)
      throws WireException {
    if (!json.text(KIND, 16).equals(GREETING)) {
      throw new WireException(KIND + " is not " + GREETING);
    }
    String worker = json.text("worker_id", LONGEST_WORKER);
    long itsDatabase = json.integer("db", 0, Integer.MAX_VALUE);
    return itsDatabase == database
        ? listener -> listener.onGreeting(worker)
        : listener -> listener.onUndecodable("greeting of database " + itsDatabase);
  }
}
