package io.fleetbreaker.redis;

import io.fleetbreaker.CallCounts;
import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.ProviderName;
import io.fleetbreaker.State;
import io.fleetbreaker.redis.WorkerBeat.ProviderBeat;
import io.fleetbreaker.sync.RevisionId;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * The JSON of heartbeats. What is as usual (no failure, no call, no revision, shared) is left out,
 * since each worker writes this every few seconds and everybody reads it.
 */
final class BeatCodec {
  private static final int SCHEMA = 1;
  private static final int LONGEST_ADDRESS = 256;
  private static final int LONGEST_VERSION = 64;
  private static final int LONGEST_REVISION = 192;
  private static final int COUNTS = 6;
  private static final Pattern NOT_ASCII = Pattern.compile("[^ -~]");
  private static final long LAST = RevisionId.LIMIT - 1;

  /** Leaves room for the braces, and for what is told of the worker itself. */
  private static final int MOST_CHARACTERS_OF_PROVIDERS = WireJson.LONGEST_BYTES - 2 * 1024;

  private BeatCodec() {}

  /**
   * Not more than {@link WireJson#LONGEST_BYTES}: what does not fit of the providers is left out.
   */
  static byte[] encode(WorkerBeat beat) {
    JsonText json = WireJson.object();
    json.put("schema", SCHEMA);
    json.put("worker_id", beat.instance());
    json.put("version", ascii(cut(beat.version(), LONGEST_VERSION)));
    json.put("started_at_ms", beat.startedMillis());
    if (!beat.address().isEmpty()) {
      json.put("address", ascii(cut(beat.address(), LONGEST_ADDRESS)));
    }
    json.put("sync", beat.inSync() ? "ok" : "degraded");
    beat.lagMillis().ifPresent(lag -> json.put("sync_lag_ms", lag));
    json.putObject("providers");
    for (ProviderBeat provider : beat.providers()) {
      // All of it is ASCII: a character is a byte.
      if (json.length() > MOST_CHARACTERS_OF_PROVIDERS) {
        break;
      }
      put(json, provider);
    }
    json.endObject();
    return WireBounds.requireShort(json.bytes(), "heartbeat");
  }

  private static void put(JsonText json, ProviderBeat provider) {
    json.putObject(ProviderName.require(provider.provider()));
    json.put("state", provider.state().wireName());
    provider.override().ifPresent(mode -> json.put("override", mode.wireName()));
    if (provider.failureCount() > 0) {
      json.put("failure_count", provider.failureCount());
    }
    if (provider.failureRate().isPresent()) {
      double rate = provider.failureRate().getAsDouble();
      json.put(
          "failure_rate",
          BigDecimal.valueOf(rate).setScale(2, RoundingMode.HALF_UP).stripTrailingZeros());
    }
    CallCounts c = provider.counts();
    if (!c.equals(new CallCounts(0, 0, 0, 0, 0, 0))) {
      json.putNumbers(
          "counts",
          c.successful(),
          c.failed(),
          c.ignored(),
          c.slowSuccessful(),
          c.slowFailed(),
          c.rejected());
    }
    if (!provider.revision().equals(RevisionId.NONE)) {
      RevisionId id = provider.revision();
      json.put("revision", ascii(id.epoch() + "." + id.version() + "." + id.op()));
    }
    if (!provider.shared()) {
      json.put("shared", false);
    }
    json.endObject();
  }

  /**
   * What {@code instance} has told.
   *
   * @throws WireException if this is nothing that it can have told
   */
  static WorkerBeat decode(String instance, byte[] bytes) throws WireException {
    JsonFields json = WireJson.parse(bytes);
    if (!json.text("worker_id", WireBounds.LONGEST_WORKER).equals(instance)) {
      throw new WireException("worker_id is another one");
    }
    json.integer("schema", SCHEMA, Integer.MAX_VALUE);
    List<ProviderBeat> providers = new ArrayList<>();
    JsonFields told = json.object("providers");
    for (String name : told.names()) {
      providers.add(provider(name, told.object(name)));
    }
    return new WorkerBeat(
        instance,
        json.text("address", LONGEST_ADDRESS, ""),
        json.text("version", LONGEST_VERSION, ""),
        json.integer("started_at_ms", 0, WireBounds.LAST_MILLIS),
        json.text("sync", 16).equals("ok"),
        json.has("sync_lag_ms")
            ? OptionalLong.of(json.integer("sync_lag_ms", 0, WireBounds.LAST_MILLIS))
            : OptionalLong.empty(),
        providers);
  }

  private static ProviderBeat provider(String name, JsonFields json) throws WireException {
    if (!ProviderName.isLegal(name)) {
      throw new WireException("a provider's name is not a legal one");
    }
    return new ProviderBeat(
        name,
        State.ofWireName(json.text("state", 16))
            .orElseThrow(() -> new WireException("state is not a state")),
        OverrideMode.ofWireName(json.text("override", 64, "")),
        json.count("failure_count"),
        json.has("failure_rate")
            ? OptionalDouble.of(json.decimal("failure_rate", 0, 100))
            : OptionalDouble.empty(),
        counts(json),
        json.has("revision") ? revision(json.text("revision", LONGEST_REVISION)) : RevisionId.NONE,
        json.flag("shared", true));
  }

  private static CallCounts counts(JsonFields json) throws WireException {
    if (!json.has("counts")) {
      return new CallCounts(0, 0, 0, 0, 0, 0);
    }
    List<Long> c = json.integers("counts", COUNTS, 0, LAST);
    return new CallCounts(c.get(0), c.get(1), c.get(2), c.get(3), c.get(4), c.get(5));
  }

  private static RevisionId revision(String text) throws WireException {
    String[] parts = text.split("\\.", 3);
    try {
      Optional<RevisionId> id =
          parts.length == 3
              ? Optional.of(
                  new RevisionId(Long.parseLong(parts[0]), Long.parseLong(parts[1]), parts[2]))
              : Optional.empty();
      return id.orElseThrow(() -> new WireException("revision is none"));
    } catch (IllegalArgumentException e) {
      throw new WireException("revision is none");
    }
  }

  private static String ascii(String text) {
    return NOT_ASCII.matcher(text).replaceAll("?");
  }

  private static String cut(String text, int most) {
    return text.substring(0, Math.min(text.length(), most));
  }
}
