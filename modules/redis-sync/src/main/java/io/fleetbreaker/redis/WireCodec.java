package io.fleetbreaker.redis;

import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.ProviderName;
import io.fleetbreaker.State;
import io.fleetbreaker.sync.FleetOverride;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The JSON of events and states, as {@code WIRE.md} fixes it and FlexiAI 0.5 reads it.
 *
 * <p>Reading is total: whatever the bytes are, it gives a value or a {@link WireException}. Writing
 * refuses what reading would refuse, so nothing this library stores is lost on it later.
 */
final class WireCodec {
  private static final int LONGEST_REASON = 1024;
  static final int MOST_OPS = 64;
  private static final long LAST = RevisionId.LIMIT - 1;

  private static final String EVENT_CLASS = "CircuitBreakerEvent";

  private WireCodec() {}

  static byte[] encodeEvent(BreakerEvent event) {
    WireBounds.require(event);
    return WireBounds.requireShort(unchecked(event), "event");
  }

  /** The event as it is, though perhaps nobody could read it. */
  static byte[] unchecked(BreakerEvent event) {
    JsonText json = WireJson.object();
    json.put("provider_name", ProviderName.require(event.provider()));
    json.put("event_type", event.type().wireName());
    json.put("worker_id", event.worker());
    json.put("timestamp", JsonFields.formatTime(event.at()));
    json.putObject("metadata")
        .put("failure_count", event.failureCount())
        .put("success_count", event.successCount())
        .endObject();
    json.put("__event_type__", EVENT_CLASS);
    event
        .revision()
        .ifPresent(
            revision -> {
              json.put("schema", StoredState.SCHEMA);
              putId(json, revision.id());
              json.put("db", revision.db());
              json.put("open_ms", revision.openMillis());
              json.put("open_until_ms", revision.openUntilMillis());
              json.put("since_ms", revision.sinceMillis());
              json.put("reason", WireJson.shortened(revision.reason()));
              putOperator(json, revision.operator());
              if (revision.override() != null && revision.automaticState() != null) {
                json.put("automatic_state", revision.automaticState().wireName());
                putOverride(json, revision.override());
              }
            });
    return json.bytes();
  }

  static BreakerEvent decodeEvent(byte[] bytes) throws WireException {
    return decodeEvent(WireJson.parse(bytes));
  }

  static BreakerEvent decodeEvent(JsonFields json) throws WireException {
    if (!json.text("__event_type__", 64).equals(EVENT_CLASS)) {
      throw new WireException("__event_type__ is not " + EVENT_CLASS);
    }
    String provider = json.text("provider_name", 128);
    if (!ProviderName.isLegal(provider)) {
      throw new WireException("provider_name is not a legal name");
    }
    BreakerEvent.Type type = typeOf(json.text("event_type", 16));
    String worker = json.text("worker_id", WireBounds.LONGEST_WORKER);
    Instant at = json.time("timestamp");
    int failures = 0;
    int successes = 0;
    if (json.has("metadata")) {
      JsonFields metadata = json.object("metadata");
      failures = metadata.count("failure_count");
      successes = metadata.count("success_count");
    }
    return new BreakerEvent(
        provider, type, worker, at, failures, successes, revisionInfoOf(json, type));
  }

  static byte[] encodeState(StoredState state) {
    WireBounds.require(state);
    return WireBounds.requireShort(unchecked(state), "state");
  }

  /** The state as it is, though perhaps nobody could read it. */
  static byte[] unchecked(StoredState state) {
    JsonText json = WireJson.object();
    json.put("state", state.state().wireName());
    json.put("failure_count", state.failureCount());
    json.put("success_count", state.successCount());
    state
        .lastFailure()
        .ifPresentOrElse(
            at -> json.put("last_failure_time", JsonFields.secondsOf(at)),
            () -> json.putNull("last_failure_time"));
    json.put("state_changed_at", JsonFields.formatTime(state.changedAt()));
    state.revision().ifPresent(revision -> putRevision(json, revision));
    return json.bytes();
  }

  static StoredState decodeState(byte[] bytes) throws WireException {
    JsonFields json = WireJson.parse(bytes);
    State state = stateOf(json, "state");
    int failures = json.count("failure_count");
    int successes = json.count("success_count");
    Optional<Instant> lastFailure = json.seconds("last_failure_time");
    Instant changedAt = json.time("state_changed_at");
    if (!json.has("version")) {
      return new StoredState(
          state, failures, successes, lastFailure, changedAt, Optional.empty(), 0);
    }
    int schema = (int) json.integer("schema", 1, Integer.MAX_VALUE, StoredState.SCHEMA);
    State own = json.has("automatic_state") ? stateOf(json, "automatic_state") : state;
    FleetOverride override = null;
    if (json.has("override")) {
      override = overrideOf(json).orElse(null);
      if (override == null) {
        // Only later versions write such a one, and it must not be lost by writing over it.
        schema = Math.max(schema, StoredState.SCHEMA + 1);
      }
    }
    Revision revision =
        new Revision(
            idOf(json),
            opsOf(json),
            override == null ? state : own,
            json.integer("since_ms", 0, WireBounds.LAST_MILLIS, 0),
            json.integer("open_ms", 0, WireBounds.LAST_MILLIS, 0),
            json.integer("open_until_ms", 0, WireBounds.LAST_MILLIS, 0),
            json.count("attempt"),
            json.text("reason", LONGEST_REASON, ""),
            json.text("worker_id", WireBounds.LONGEST_WORKER, ""),
            failures,
            successes,
            lastFailure.map(Instant::toEpochMilli).orElse(0L),
            json.text("operator", WireBounds.LONGEST_OPERATOR, ""),
            override);
    return new StoredState(
        state, failures, successes, lastFailure, changedAt, Optional.of(revision), schema);
  }

  private static Optional<BreakerEvent.RevisionInfo> revisionInfoOf(
      JsonFields json, BreakerEvent.Type type) throws WireException {
    if (!json.has("version")) {
      if (json.has("epoch") || json.has("op")) {
        // One of ours that has lost a field must not pass for a legacy event.
        throw new WireException("version is missing");
      }
      return Optional.empty();
    }
    json.integer("schema", 1, Integer.MAX_VALUE, StoredState.SCHEMA);
    State told =
        switch (type) {
          case OPENED -> State.OPEN;
          case HALF_OPEN -> State.HALF_OPEN;
          case CLOSED, FAILURE, SUCCESS -> State.CLOSED;
        };
    State own = json.has("automatic_state") ? stateOf(json, "automatic_state") : told;
    FleetOverride override = json.has("override") ? overrideOf(json).orElse(null) : null;
    return Optional.of(
        new BreakerEvent.RevisionInfo(
            idOf(json),
            (int) json.integer("db", 0, Integer.MAX_VALUE, 0),
            json.integer("open_ms", 0, WireBounds.LAST_MILLIS, 0),
            json.integer("open_until_ms", 0, WireBounds.LAST_MILLIS, 0),
            json.integer("since_ms", 0, WireBounds.LAST_MILLIS, 0),
            json.text("reason", LONGEST_REASON, ""),
            json.text("operator", WireBounds.LONGEST_OPERATOR, ""),
            override,
            override == null ? null : own));
  }

  /** Empty if it is of a kind that only later versions know. */
  private static Optional<FleetOverride> overrideOf(JsonFields json) throws WireException {
    if (!json.isObject("override")) {
      return Optional.empty();
    }
    JsonFields override = json.object("override");
    if (!override.isText("mode")) {
      return Optional.empty();
    }
    Optional<OverrideMode> mode = OverrideMode.ofWireName(override.text("mode", LONGEST_REASON));
    if (mode.isEmpty()) {
      return Optional.empty();
    }
    long since = override.integer("since_ms", 0, WireBounds.LAST_MILLIS, 0);
    long until = override.integer("until_ms", 0, WireBounds.LAST_MILLIS, 0);
    return Optional.of(
        new FleetOverride(
            mode.get(),
            override.text("reason", LONGEST_REASON, ""),
            override.text("operator", WireBounds.LONGEST_OPERATOR, ""),
            since,
            until,
            override.text("op", WireBounds.LONGEST_OP, "")));
  }

  private static void putOverride(JsonText json, FleetOverride override) {
    json.putObject("override")
        .put("mode", override.mode().wireName())
        .put("reason", WireJson.shortened(override.reason()))
        .put("operator", override.operator())
        .put("since_ms", override.sinceMillis())
        .put("until_ms", override.untilMillis())
        .put("op", override.op())
        .endObject();
  }

  private static void putOperator(JsonText json, String operator) {
    if (!operator.isEmpty()) {
      json.put("operator", operator);
    }
  }

  private static RevisionId idOf(JsonFields json) throws WireException {
    long epoch = json.integer("epoch", 0, LAST);
    long version = json.integer("version", 1, LAST);
    String op = json.text("op", WireBounds.LONGEST_OP);
    if (op.isEmpty()) {
      throw new WireException("op is empty");
    }
    return new RevisionId(epoch, version, op);
  }

  private static List<String> opsOf(JsonFields json) throws WireException {
    String op = json.text("op", WireBounds.LONGEST_OP);
    if (!json.has("ops")) {
      return List.of(op);
    }
    List<String> ops = json.texts("ops", MOST_OPS, WireBounds.LONGEST_OP);
    List<String> kept = ops.subList(0, Math.min(ops.size(), Revision.KEPT_OPS));
    if (!kept.contains(op)) {
      throw new WireException("ops does not hold op");
    }
    return kept;
  }

  private static State stateOf(JsonFields json, String name) throws WireException {
    return State.ofWireName(json.text(name, 16))
        .orElseThrow(() -> new WireException(name + " is not a state"));
  }

  private static BreakerEvent.Type typeOf(String wireName) throws WireException {
    for (BreakerEvent.Type type : BreakerEvent.Type.values()) {
      if (type.wireName().equals(wireName)) {
        return type;
      }
    }
    throw new WireException("event_type is unknown");
  }

  private static void putRevision(JsonText json, Revision revision) {
    json.put("schema", StoredState.SCHEMA);
    json.put("automatic_state", revision.state().wireName());
    putId(json, revision.id());
    json.put("ops", revision.ops());
    json.put("attempt", revision.attempt());
    json.put("open_ms", revision.openMillis());
    json.put("open_until_ms", revision.openUntilMillis());
    json.put("since_ms", revision.sinceMillis());
    json.put("worker_id", revision.worker());
    json.put("reason", WireJson.shortened(revision.reason()));
    putOperator(json, revision.operator());
    if (revision.override() != null) {
      putOverride(json, revision.override());
    }
  }

  private static void putId(JsonText json, RevisionId id) {
    json.put("epoch", id.epoch());
    json.put("version", id.version());
    json.put("op", id.op());
  }
}
