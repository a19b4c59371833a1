package io.fleetbreaker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fleetbreaker.redis.FleetStore.ProbeAnswer;
import io.fleetbreaker.redis.FleetStore.ProbeAsk;
import io.fleetbreaker.redis.FleetStore.Renewal;
import io.fleetbreaker.redis.FleetStore.Settlement;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/** The fleet's probes: each asking, settling and renewing is one script. Thread-safe. */
final class RedisProbes {
  private static final Logger log = LoggerFactory.getLogger(RedisProbes.class);
  private static final byte[] LONGEST = bytes(Integer.toString(WireJson.LONGEST_BYTES));
  private static final byte[] SCHEMA = bytes(Integer.toString(StoredState.SCHEMA));

  private final RedisConnections connections;
  private final RedisKeys keys;
  private final Duration stateTtl;
  private final int database;
  private final Refusals refusals;
  private final LogLimiter notTold = new LogLimiter(Duration.ofSeconds(30));

  RedisProbes(
      RedisConnections connections,
      RedisKeys keys,
      RedisSettings settings,
      int database,
      Refusals refusals) {
    this.connections = connections;
    this.keys = keys;
    this.stateTtl = settings.stateTtl();
    this.database = database;
    this.refusals = refusals;
  }

  /** {@link FleetStore#askProbe}. */
  ProbeAnswer ask(ProbeAsk ask) {
    ProbeChecks.require(ask);
    List<byte[]> scriptKeys =
        List.of(
            bytes(keys.state(ask.provider())),
            bytes(keys.probe(ask.provider())),
            bytes(keys.open()),
            bytes(keys.history()));
    List<byte[]> arguments = arguments(ask);
    try {
      return read(ask, connections.with(c -> Scripts.ASK_PROBE.run(c, scriptKeys, arguments)));
    } catch (JedisException e) {
      return new ProbeAnswer.Failed(failed(e));
    }
  }

  /** {@link FleetStore#settleProbe}. */
  Settlement settle(
      String provider, RevisionId round, String lease, boolean succeeded, int successThreshold) {
    ProbeChecks.requireLease(lease);
    ProbeChecks.atLeastOne("success-threshold", successThreshold);
    List<byte[]> scriptKeys = roundKeys(provider);
    List<byte[]> arguments =
        List.of(
            LONGEST,
            nameOf(round),
            bytes(lease),
            bytes(succeeded ? "1" : "0"),
            bytes(Integer.toString(successThreshold)));
    Object answer;
    try {
      answer = connections.with(c -> Scripts.SETTLE_PROBE.run(c, scriptKeys, arguments));
    } catch (JedisException e) {
      return new Settlement.Failed(failed(e));
    }
    String verdict = answer instanceof byte[] said ? new String(said, UTF_8) : "nonsense";
    return switch (verdict) {
      case "settled" -> new Settlement.Settled();
      case "close-due" -> new Settlement.CloseDue();
      case "late" -> new Settlement.Late();
      default -> new Settlement.Failed("settle_probe.lua answered " + verdict);
    };
  }

  /** {@link FleetStore#renewProbes}. */
  Renewal renew(String provider, RevisionId round, Collection<String> leases, Duration leaseFor) {
    ProbeChecks.requireLength(leaseFor);
    leases.forEach(ProbeChecks::requireLease);
    List<byte[]> scriptKeys = roundKeys(provider);
    List<byte[]> arguments = new ArrayList<>();
    arguments.add(LONGEST);
    arguments.add(nameOf(round));
    arguments.add(millis(leaseFor));
    arguments.add(millis(longer(stateTtl, leaseFor)));
    leases.forEach(lease -> arguments.add(bytes(lease)));
    Object answer;
    try {
      answer = connections.with(c -> Scripts.RENEW_PROBES.run(c, scriptKeys, arguments));
    } catch (JedisException e) {
      return new Renewal.Failed(failed(e));
    }
    if (!(answer instanceof List<?> parts)
        || parts.isEmpty()
        || !(parts.get(0) instanceof Long wanted)) {
      return new Renewal.Failed("renew_probes.lua answered nonsense");
    }
    Set<String> alive = new HashSet<>();
    for (Object part : parts) {
      if (part instanceof byte[] lease) {
        alive.add(new String(lease, UTF_8));
      }
    }
    return new Renewal.Renewed(alive, wanted != 0);
  }

  private String failed(JedisException e) {
    String cause = connections.describe(e);
    if (e instanceof JedisDataException || Refusals.isOfTheServer(cause)) {
      refusals.refused(Refusals.Kind.PROBE, cause);
    }
    return cause;
  }

  private List<byte[]> roundKeys(String provider) {
    return List.of(bytes(keys.state(provider)), bytes(keys.probe(provider)));
  }

  private List<byte[]> arguments(ProbeAsk ask) {
    Revision halfOpen = ask.halfOpen();
    // The time in the event is for people only: the server's clock is not known yet.
    BreakerEvent event =
        BreakerEvent.committed(ask.provider(), halfOpen, database, halfOpen.sinceMillis());
    return List.of(
        LONGEST,
        SCHEMA,
        nameOf(ask.base()),
        nameOf(halfOpen.id()),
        bytes(halfOpen.id().op()),
        WireCodec.encodeState(StoredState.of(halfOpen)),
        millis(stateTtl),
        bytes(keys.channel()),
        WireCodec.encodeEvent(event),
        bytes(ask.provider()),
        bytes(ask.lease()),
        bytes(Integer.toString(ask.maxCalls())),
        bytes(Integer.toString(ask.successThreshold())),
        millis(ask.leaseFor()),
        millis(longer(stateTtl, ask.leaseFor())));
  }

  private ProbeAnswer read(ProbeAsk ask, Object answer) {
    if (!(answer instanceof List<?> parts)
        || parts.size() != 5
        || !(parts.get(0) instanceof byte[] verdict)
        || !(parts.get(1) instanceof byte[] current)
        || !(parts.get(2) instanceof Long serverMillis)
        || !(parts.get(3) instanceof Long waitMillis)
        || !(parts.get(4) instanceof byte[] problem)) {
      return new ProbeAnswer.Failed("ask_probe.lua answered nonsense");
    }
    if (problem.length > 0) {
      warnNotTold(ask.provider(), new String(problem, UTF_8));
    }
    String said = new String(verdict, UTF_8);
    Optional<StoredState> state = readable(current);
    // It is this very revision if the script has just written it.
    Optional<Revision> round =
        current.length == 0 && !said.equals("conflict")
            ? Optional.of(ask.halfOpen())
            : state.flatMap(StoredState::revision);
    if (round.isEmpty() || said.equals("conflict")) {
      // A HALF_OPEN that only Java cannot read is no round; a lease in it frees itself.
      return new ProbeAnswer.Conflict(state, serverMillis);
    }
    return switch (said) {
      case "granted" -> granted(round.get(), serverMillis);
      case "busy" -> ProbeChecks.busy(round.get(), waitMillis, serverMillis);
      case "close-due" -> new ProbeAnswer.CloseDue(round.get(), serverMillis);
      default -> new ProbeAnswer.Failed("ask_probe.lua answered " + said);
    };
  }

  private ProbeAnswer granted(Revision round, long serverMillis) {
    refusals.written(Refusals.Kind.PROBE);
    return new ProbeAnswer.Granted(round, serverMillis);
  }

  private void warnNotTold(String provider, String problem) {
    OptionalLong before = notTold.tryPass(System.nanoTime());
    if (before.isPresent()) {
      log.warn(
          "{}: committed, but not all was told: {} ({} more like this before)",
          provider,
          problem,
          before.getAsLong());
    }
  }

  private static Optional<StoredState> readable(byte[] raw) {
    try {
      return raw.length == 0 ? Optional.empty() : Optional.of(WireCodec.decodeState(raw));
    } catch (WireException e) {
      return Optional.empty();
    }
  }

  /** How the scripts name a revision. */
  private static byte[] nameOf(RevisionId id) {
    return bytes(id.epoch() + "." + id.version() + "." + id.op());
  }

  private static Duration longer(Duration a, Duration b) {
    return a.compareTo(b) >= 0 ? a : b;
  }

  private static byte[] millis(Duration duration) {
    return bytes(Long.toString(duration.toMillis()));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
