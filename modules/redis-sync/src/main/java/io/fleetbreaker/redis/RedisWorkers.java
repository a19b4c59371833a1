package io.fleetbreaker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fleetbreaker.redis.FleetStore.WorkerSeen;
import io.fleetbreaker.redis.FleetStore.WorkersSeen;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The heartbeats of the fleet's workers: one key each, which expires, and an index of them all by
 * when they were last seen. Of a worker that has told nothing since the last reading only the
 * presence is asked: most have not, since a fleet is read more often than its workers beat.
 * Thread-safe.
 */
final class RedisWorkers {
  private static final Logger log = LoggerFactory.getLogger(RedisWorkers.class);
  private static final long FORGOTTEN_MILLIS = FleetStore.FORGOTTEN_AFTER.toMillis();

  /**
   * Heartbeats read at once: some 400 KB, were each of the fleet's as long as those of 20
   * providers.
   */
  private static final int BATCH = 100;

  private final RedisConnections connections;
  private final RedisKeys keys;
  private final Refusals refusals;
  private final LogLimiter wrongType = new LogLimiter(Duration.ofSeconds(30));

  /** What the last reading has read, by instance. */
  private volatile Map<String, Known> known = Map.of();

  RedisWorkers(RedisConnections connections, RedisKeys keys, Refusals refusals) {
    this.connections = connections;
    this.keys = keys;
    this.refusals = refusals;
  }

  /** {@link FleetStore#beat}. */
  void beat(WorkerBeat beat, Duration lasting) {
    WorkerChecks.requireLasting(lasting);
    run(beat.instance(), BeatCodec.encode(beat), lasting);
  }

  /** {@link FleetStore#leave}. */
  void leave(String instance) {
    run(instance, new byte[0], Duration.ofMillis(1));
  }

  private void run(String instance, byte[] heartbeat, Duration lasting) {
    List<byte[]> scriptKeys = List.of(bytes(keys.worker(instance)), bytes(keys.workers()));
    List<byte[]> arguments =
        List.of(
            bytes(instance),
            heartbeat,
            bytes(Long.toString(lasting.toMillis())),
            bytes(Long.toString(FORGOTTEN_MILLIS)));
    try {
      connections.with(connection -> Scripts.BEAT.run(connection, scriptKeys, arguments));
      refusals.written(Refusals.Kind.HEARTBEAT);
    } catch (JedisException e) {
      String cause = connections.describe(e);
      if (e instanceof JedisDataException || Refusals.isOfTheServer(cause)) {
        refusals.refused(Refusals.Kind.HEARTBEAT, cause);
      }
      throw new StoreException("could not tell that this worker is there: " + cause, e);
    }
  }

  /** {@link FleetStore#workers}. */
  WorkersSeen workers(int most) {
    WorkerChecks.requireMost(most);
    return connections.require("read the workers", connection -> workers(connection, most));
  }

  private WorkersSeen workers(Connection connection, int most) {
    Pipeline pipeline = new Pipeline(connection);
    Response<List<String>> time = pipeline.time();
    Response<Object> range =
        pipeline.sendCommand(
            Command.ZRANGE,
            bytes(keys.workers()),
            bytes("+inf"),
            bytes("-inf"),
            bytes("BYSCORE"),
            bytes("REV"),
            bytes("LIMIT"),
            bytes("0"),
            // One more than wanted, to see whether there are.
            bytes(Integer.toString(most + 1)),
            bytes("WITHSCORES"));
    pipeline.sync();
    long now = ServerTime.millis(time.get());
    List<Member> inTime = new ArrayList<>();
    for (Member member : members(range)) {
      if (Math.abs(member.seenMillis() - now) < FORGOTTEN_MILLIS) {
        inTime.add(member);
      }
    }
    List<Member> wanted = inTime.subList(0, Math.min(most, inTime.size()));
    List<Member> legal =
        wanted.stream().filter(m -> RedisKeys.isLegalInstance(m.instance())).toList();
    int skipped = wanted.size() - legal.size();
    List<WorkerSeen> seen = new ArrayList<>(legal.size());
    for (int from = 0; from < legal.size(); from += BATCH) {
      skipped += read(connection, legal.subList(from, Math.min(from + BATCH, legal.size())), seen);
    }
    known = known(seen, now);
    return new WorkersSeen(seen, skipped, inTime.size() <= most, now);
  }

  /** Who stands in the index, those seen last first. */
  private List<Member> members(Response<Object> range) {
    List<?> answer;
    try {
      answer = (List<?>) range.get();
    } catch (JedisDataException e) {
      requireWrongType(e);
      OptionalLong before = wrongType.tryPass(System.nanoTime());
      if (before.isPresent()) {
        log.warn(
            "the key {} is of another type than this library writes; the next heartbeat replaces it"
                + " ({} more like this before)",
            keys.workers(),
            before.getAsLong());
      }
      return List.of();
    }
    List<Member> members = new ArrayList<>(answer.size() / 2);
    for (int i = 0; i + 1 < answer.size(); i += 2) {
      double seen = Double.parseDouble(text(answer.get(i + 1)).replace("inf", "Infinity"));
      members.add(new Member(text(answer.get(i)), (long) seen));
    }
    return members;
  }

  private static String text(Object raw) {
    return new String((byte[]) raw, UTF_8);
  }

  /**
   * What the next reading need not read. Not what was told in this very millisecond: the worker may
   * tell more in it, and the index would not show that.
   */
  private static Map<String, Known> known(List<WorkerSeen> seen, long now) {
    Map<String, Known> known = new HashMap<>();
    for (WorkerSeen worker : seen) {
      if (worker.seenMillis() < now) {
        worker
            .beat()
            .ifPresent(beat -> known.put(worker.instance(), new Known(worker.seenMillis(), beat)));
      }
    }
    return known;
  }

  /** Gives how many were skipped. */
  private int read(Connection connection, List<Member> batch, List<WorkerSeen> into) {
    Map<String, Known> before = known;
    Pipeline pipeline = new Pipeline(connection);
    List<Fetched> fetched =
        batch.stream()
            .map(member -> fetch(pipeline, member, before.get(member.instance())))
            .toList();
    pipeline.sync();
    int skipped = 0;
    for (Fetched one : fetched) {
      Member member = one.member();
      try {
        byte[] raw = one.value().get();
        Optional<WorkerBeat> beat = raw.length == 0 ? Optional.empty() : Optional.of(one.beat(raw));
        into.add(new WorkerSeen(member.instance(), member.seenMillis(), beat));
      } catch (WireException e) {
        skipped++;
      } catch (JedisDataException e) {
        requireWrongType(e);
        skipped++;
      }
    }
    return skipped;
  }

  private Fetched fetch(Pipeline pipeline, Member member, @Nullable Known before) {
    byte[] key = bytes(keys.worker(member.instance()));
    if (before != null && before.seenMillis() == member.seenMillis()) {
      // Whether it has expired is all that is left to know.
      return new Fetched(member, before.beat(), pipeline.getrange(key, 0, 0));
    }
    // Not MGET: a stranger's value may be of any length.
    return new Fetched(member, null, RedisStates.fetch(pipeline, key));
  }

  private static void requireWrongType(JedisDataException e) {
    if (!RedisConnections.reason(e).startsWith("WRONGTYPE")) {
      throw e;
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  /** One of the index. */
  private record Member(String instance, long seenMillis) {}

  /** What a worker has told, and when it was last seen then. */
  private record Known(long seenMillis, WorkerBeat beat) {}

  /**
   * @param known what the worker has told, if it is only to be seen whether that is still there
   */
  private record Fetched(Member member, @Nullable WorkerBeat known, Response<byte[]> value) {
    WorkerBeat beat(byte[] raw) throws WireException {
      return known == null ? BeatCodec.decode(member.instance(), raw) : known;
    }
  }
}
