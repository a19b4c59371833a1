package io.fleetbreaker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fleetbreaker.ProviderName;
import io.fleetbreaker.redis.FleetStore.Changes;
import io.fleetbreaker.redis.FleetStore.FleetSnapshot;
import io.fleetbreaker.redis.FleetStore.HistoryItem;
import io.fleetbreaker.redis.FleetStore.HistorySlice;
import io.fleetbreaker.redis.FleetStore.HistoryTail;
import io.fleetbreaker.redis.FleetStore.Position;
import io.fleetbreaker.redis.FleetStore.StoreSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * What a worker needs to follow its fleet without reading every state again: the mark of a store
 * that has not been lost, the history of commits, the index of what is not plainly CLOSED.
 * Thread-safe.
 *
 * <p>A mark or an index of the wrong Redis type counts as absent, and such a history never says
 * what has changed: every look at it then ends in a snapshot.
 */
final class RedisHistory {
  private static final Logger log = LoggerFactory.getLogger(RedisHistory.class);
  private static final int MOST_NAMES = 10_000;
  private static final int MOST_CHANGES = 1_000;
  private static final int LONGEST_MARK = 128;

  private final RedisConnections connections;
  private final RedisKeys keys;
  private final RedisStates states;
  private final int database;
  private final LogLimiter wrongTypes = new LogLimiter(Duration.ofSeconds(30));

  RedisHistory(RedisConnections connections, RedisKeys keys, RedisStates states, int database) {
    this.connections = connections;
    this.keys = keys;
    this.states = states;
    this.database = database;
  }

  /** {@link FleetStore#snapshot}. */
  FleetSnapshot snapshot(Collection<String> providers) {
    FleetSnapshot frame = connections.require("read the fleet", this::frame);
    // Only now: a commit made meanwhile is in these states, or after the position, or both.
    StoreSnapshot read = states.read(providers);
    return new FleetSnapshot(read, frame.mark(), frame.position(), frame.notClosed());
  }

  private FleetSnapshot frame(Connection connection) {
    Pipeline pipeline = new Pipeline(connection);
    Response<byte[]> mark = pipeline.getrange(bytes(keys.fleet()), 0, LONGEST_MARK - 1);
    Response<Object> last =
        pipeline.sendCommand(
            Command.XREVRANGE,
            bytes(keys.history()),
            bytes("+"),
            bytes("-"),
            bytes("COUNT"),
            bytes("1"));
    // Not SMEMBERS, which knows no bound, and not SSCAN, which may give less than there is.
    Response<List<byte[]>> names = pipeline.srandmember(bytes(keys.open()), MOST_NAMES);
    pipeline.sync();
    List<Entry> entries = answer(keys.history(), last).map(RedisHistory::entries).orElse(List.of());
    Set<String> notClosed = new HashSet<>();
    for (byte[] name : answer(keys.open(), names).orElse(List.of())) {
      addIfLegal(new String(name, UTF_8), notClosed);
    }
    return new FleetSnapshot(
        new StoreSnapshot(Map.of(), 0), markOf(mark), positionOf(entries), notClosed);
  }

  /** {@link FleetStore#changesSince}. */
  Changes changesSince(Position position) {
    return connections.require(
        "read the history", connection -> changesSince(connection, position));
  }

  private Changes changesSince(Connection connection, Position position) {
    boolean fromStart = position.equals(Position.START);
    // One more than may be gained, so that it is seen if there are; and the entry of the position.
    int count = MOST_CHANGES + (fromStart ? 1 : 2);
    Pipeline pipeline = new Pipeline(connection);
    Response<byte[]> mark = pipeline.getrange(bytes(keys.fleet()), 0, LONGEST_MARK - 1);
    Response<Object> range =
        pipeline.sendCommand(
            Command.XRANGE,
            bytes(keys.history()),
            bytes(fromStart ? "-" : position.id()),
            bytes("+"),
            bytes("COUNT"),
            bytes(Integer.toString(count)));
    pipeline.sync();
    Optional<List<Entry>> read = answer(keys.history(), range).map(RedisHistory::entries);
    List<Entry> entries = read.orElse(List.of());
    boolean known = fromStart || (!entries.isEmpty() && entries.get(0).position().equals(position));
    boolean complete = read.isPresent() && known && entries.size() < count;
    Set<String> changed = new HashSet<>();
    if (complete) {
      for (Entry entry : entries.subList(fromStart ? 0 : 1, entries.size())) {
        addIfLegal(entry.provider(), changed);
      }
    }
    return new Changes(complete, changed, markOf(mark), positionOf(entries));
  }

  /** {@link FleetStore#historyBefore}. */
  HistorySlice before(Optional<HistoryId> before, int count) {
    WorkerChecks.requireCount(count);
    byte[] from = bytes(before.map(id -> "(" + id).orElse("+"));
    return connections.require(
        "read the history",
        connection -> {
          Pipeline pipeline = new Pipeline(connection);
          Response<Object> range = range(pipeline, Command.XREVRANGE, from, bytes("-"), count + 1);
          pipeline.sync();
          return slice(itemsOf(range), 0, count);
        });
  }

  /** {@link FleetStore#historyAfter}. */
  HistoryTail after(HistoryId after, int count) {
    WorkerChecks.requireCount(count);
    return connections.require(
        "read the history",
        connection -> {
          boolean fromStart = after.equals(HistoryId.START);
          Pipeline pipeline = new Pipeline(connection);
          byte[] from = bytes(fromStart ? "-" : after.toString());
          Response<Object> range = range(pipeline, Command.XRANGE, from, bytes("+"), count + 2);
          Response<Object> last = range(pipeline, Command.XREVRANGE, bytes("+"), bytes("-"), 1);
          pipeline.sync();
          List<HistoryItem> items = itemsOf(range);
          boolean there = !items.isEmpty() && items.get(0).id().equals(after);
          HistoryId end =
              itemsOf(last).stream().map(HistoryItem::id).findFirst().orElse(HistoryId.START);
          return new HistoryTail(slice(items, there ? 1 : 0, count), there || fromStart, end);
        });
  }

  private Response<Object> range(
      Pipeline pipeline, Command command, byte[] from, byte[] to, int count) {
    return pipeline.sendCommand(
        command, bytes(keys.history()), from, to, bytes("COUNT"), bytes(Integer.toString(count)));
  }

  private static HistorySlice slice(List<HistoryItem> items, int from, int count) {
    int end = Math.min(items.size(), from + count);
    return new HistorySlice(items.subList(from, end), end < items.size());
  }

  /** Empty also for a key of another type, which holds no history. */
  private List<HistoryItem> itemsOf(Response<Object> range) {
    List<HistoryItem> items = new ArrayList<>();
    Object entries = answer(keys.history(), range).orElse(List.of());
    for (Object raw : (List<?>) entries) {
      List<?> entry = (List<?>) raw;
      HistoryId.of(text(entry.get(0)))
          .ifPresent(id -> items.add(new HistoryItem(id, HistoryRecord.of(fields(entry.get(1))))));
    }
    return items;
  }

  /** The fields of one entry, as Redis lists them: name, value, name, value. */
  static Map<String, String> fields(Object raw) {
    List<?> fields = (List<?>) raw;
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i + 1 < fields.size(); i += 2) {
      values.put(text(fields.get(i)), text(fields.get(i + 1)));
    }
    return values;
  }

  /** {@link FleetStore#markAndGreet}. */
  boolean markAndGreet(String worker) {
    List<byte[]> key = List.of(bytes(keys.fleet()));
    List<byte[]> arguments =
        List.of(
            bytes(UUID.randomUUID().toString()),
            bytes(keys.channel()),
            ChannelMessage.greeting(worker, database));
    Object answer =
        connections.require(
            "mark the store", connection -> Scripts.MARK.run(connection, key, arguments));
    return Long.valueOf(1).equals(answer);
  }

  private String markOf(Response<byte[]> mark) {
    return answer(keys.fleet(), mark).map(raw -> new String(raw, UTF_8)).orElse("");
  }

  /** An answer, or empty if the key is of another type. */
  private <T> Optional<T> answer(String key, Response<T> response) {
    try {
      return Optional.of(response.get());
    } catch (JedisDataException e) {
      if (!RedisConnections.reason(e).startsWith("WRONGTYPE")) {
        throw e;
      }
      OptionalLong before = wrongTypes.tryPass(System.nanoTime());
      if (before.isPresent()) {
        log.warn(
            "the key {} is of another type than this library writes; delete it ({} more like this"
                + " before)",
            key,
            before.getAsLong());
      }
      return Optional.empty();
    }
  }

  private static void addIfLegal(String name, Set<String> into) {
    if (ProviderName.isLegal(name)) {
      into.add(name);
    }
  }

  private static Position positionOf(List<Entry> entries) {
    return entries.isEmpty() ? Position.START : entries.get(entries.size() - 1).position();
  }

  /** Entries of a stream as {@code XRANGE} gives them: {@code [id, [field, value, ...]]}. */
  private static List<Entry> entries(Object answer) {
    List<Entry> entries = new ArrayList<>();
    for (Object raw : (List<?>) answer) {
      List<?> entry = (List<?>) raw;
      Map<String, String> values = fields(entry.get(1));
      Position position = new Position(text(entry.get(0)), values.getOrDefault("op", ""));
      entries.add(new Entry(position, values.getOrDefault("provider", "")));
    }
    return entries;
  }

  static String text(Object raw) {
    return new String((byte[]) raw, UTF_8);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  /** What matters here of an entry; both are empty in one that a stranger has written. */
  private record Entry(Position position, String provider) {}
}
