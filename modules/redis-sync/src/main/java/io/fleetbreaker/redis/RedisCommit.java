package io.fleetbreaker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fleetbreaker.redis.FleetStore.CommitRequest;
import io.fleetbreaker.redis.FleetStore.CommitResult;
import io.fleetbreaker.sync.Revision;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * One commit in two round trips: take the lock and read the clock, then one script that checks and
 * writes everything. Thread-safe.
 *
 * <p>What is certain about a failure depends on what had been sent: nothing is committed before the
 * script, whatever Redis refuses by an error reply is not committed, and a connection that fails
 * after the script was sent leaves it unknown. In each case the lock is given up as far as that can
 * be done; that also fences a script still on its way.
 */
final class RedisCommit {
  private static final Logger log = LoggerFactory.getLogger(RedisCommit.class);

  private final RedisConnections connections;
  private final RedisKeys keys;
  private final RedisLocks locks;
  private final RedisSettings settings;
  private final int database;
  private final Refusals refusals;
  private final LogLimiter notTold = new LogLimiter(Duration.ofSeconds(30));
  private final LogLimiter alwaysBusy = new LogLimiter(Duration.ofSeconds(30));

  RedisCommit(
      RedisConnections connections,
      RedisKeys keys,
      RedisLocks locks,
      RedisSettings settings,
      int database,
      Refusals refusals) {
    this.connections = connections;
    this.keys = keys;
    this.locks = locks;
    this.settings = settings;
    this.database = database;
    this.refusals = refusals;
  }

  /** {@link FleetStore#commit}. */
  CommitResult commit(CommitRequest request) {
    Attempt first = attempt(request, "");
    // A value that only Java cannot read holds no revision either; the second try may replace it.
    return first.unreadable().isPresent()
        ? attempt(request, first.unreadable().get()).result()
        : first.result();
  }

  private Attempt attempt(CommitRequest request, String unreadableSha1) {
    FleetStore.Lock lock = locks.mint(RedisKeys.stateLock(request.provider()));
    Round round = new Round(request, lock, unreadableSha1);
    try {
      if (!RedisLocks.retry(settings.lockWait(), () -> connections.with(round::run))) {
        warn(
            alwaysBusy,
            request.provider(),
            "the lock " + lock.name() + " stayed busy for " + settings.lockWait());
        return Attempt.of(new CommitResult.LockBusy());
      }
      return round.outcome();
    } catch (RedisConnections.NotSentException e) {
      return Attempt.of(new CommitResult.Unreachable(connections.describe(e)));
    } catch (RedisConnections.NotServedException e) {
      // Nor has this, and nothing is wrong with the request.
      round.giveUpLock();
      String cause = connections.describe(e);
      if (Refusals.isOfTheServer(cause)) {
        refusals.refused(Refusals.Kind.COMMIT, cause);
      }
      return Attempt.of(new CommitResult.Unreachable(cause));
    } catch (JedisDataException e) {
      // A refusal by an error reply has written nothing: the script's first write is the state.
      round.giveUpLock();
      String cause = connections.describe(e);
      refusals.refused(Refusals.Kind.COMMIT, cause);
      return Attempt.of(new CommitResult.Refused(cause));
    } catch (JedisException e) {
      round.giveUpLock();
      String cause = connections.describe(e);
      return Attempt.of(
          round.scriptSent ? new CommitResult.Unknown(cause) : new CommitResult.Unreachable(cause));
    } catch (StoreException e) {
      round.giveUpLock();
      return Attempt.of(new CommitResult.Unreachable(String.valueOf(e.getMessage())));
    } catch (RuntimeException e) {
      round.giveUpLock();
      throw e;
    }
  }

  private void warn(LogLimiter limiter, String provider, String problem) {
    OptionalLong before = limiter.tryPass(System.nanoTime());
    if (before.isPresent()) {
      log.warn("{}: {} ({} more like this before)", provider, problem, before.getAsLong());
    }
  }

  /**
   * The result of one try, and the SHA-1 of the value in its way if nobody can read that one.
   *
   * @param unreadable present only if replacing that value is what the request wants
   */
  private record Attempt(CommitResult result, Optional<String> unreadable) {
    static Attempt of(CommitResult result) {
      return new Attempt(result, Optional.empty());
    }
  }

  /** The two round trips on one connection. Used by the committing thread only. */
  private final class Round {
    private final CommitRequest request;
    private final FleetStore.Lock lock;
    private final String unreadableSha1;
    private boolean scriptSent;
    private Attempt outcome = Attempt.of(new CommitResult.LockBusy());

    Round(CommitRequest request, FleetStore.Lock lock, String unreadableSha1) {
      this.request = request;
      this.lock = lock;
      this.unreadableSha1 = unreadableSha1;
    }

    Attempt outcome() {
      return outcome;
    }

    /** Whether the outcome stands; if not, the lock was busy. */
    boolean run(Connection connection) {
      RedisLocks.Attempt taken = locks.tryTake(connection, lock, settings.lockExpiry());
      if (!taken.taken()) {
        return hasLostRace(connection, taken.serverMillis());
      }
      long now = taken.serverMillis();
      Revision revision = CommitChecks.built(request, now);
      List<byte[]> arguments = arguments(revision, now);
      List<byte[]> scriptKeys =
          List.of(
              bytes(keys.state(request.provider())),
              bytes(keys.lock(lock.name())),
              bytes(keys.open()),
              bytes(keys.probe(request.provider())),
              bytes(keys.history()));
      scriptSent = true;
      Object answer = Scripts.COMMIT.run(connection, scriptKeys, arguments);
      // Its lock has been written, and the script has run; whatever else it says.
      refusals.written(Refusals.Kind.COMMIT);
      outcome = read(answer, revision, now);
      return true;
    }

    /**
     * Whoever holds the lock may have decided this race already: of many workers that want the same
     * transition, those who came too late need not queue for the lock to learn so.
     */
    private boolean hasLostRace(Connection connection, long now) {
      Pipeline pipeline = new Pipeline(connection);
      Response<byte[]> stands = RedisStates.fetch(pipeline, bytes(keys.state(request.provider())));
      pipeline.sync();
      try {
        Optional<CommitResult> decided = CommitChecks.decided(request, stands.get(), now);
        decided.ifPresent(result -> outcome = Attempt.of(result));
        return decided.isPresent();
      } catch (JedisDataException e) {
        // A key of another type decides nothing; the script knows what to do about it.
        return false;
      }
    }

    void giveUpLock() {
      try {
        locks.release(lock);
      } catch (StoreException e) {
        log.debug("{}: the lock will expire by itself: {}", request.provider(), e.getMessage());
      }
    }

    private List<byte[]> arguments(Revision revision, long now) {
      long ttl = CommitChecks.ttlMillis(revision, settings.stateTtl(), now);
      BreakerEvent event = BreakerEvent.committed(request.provider(), revision, database, now);
      return List.of(
          bytes(lock.token()),
          bytes(request.op()),
          bytes(Long.toString(request.expected().epoch())),
          bytes(Long.toString(request.expected().version())),
          bytes(request.expected().op()),
          bytes(Integer.toString(StoredState.SCHEMA)),
          WireCodec.encodeState(StoredState.of(revision)),
          bytes(Long.toString(ttl)),
          bytes(keys.channel()),
          WireCodec.encodeEvent(event),
          bytes(Integer.toString(WireJson.LONGEST_BYTES)),
          bytes(unreadableSha1),
          bytes(request.provider()),
          bytes(StoredState.indexed(Optional.of(revision), revision.state())));
    }

    private Attempt read(Object answer, Revision revision, long now) {
      if (!(answer instanceof List<?> parts)
          || parts.size() < 2
          || !(parts.get(0) instanceof byte[] said)
          || !(parts.get(1) instanceof byte[] current)) {
        return Attempt.of(new CommitResult.Unknown("commit.lua answered nonsense"));
      }
      String verdict = new String(said, UTF_8);
      return switch (verdict) {
        case "committed" -> committed(parts, revision, now);
        case "already" -> already(current, now);
        case "lock-lost" -> Attempt.of(new CommitResult.LockBusy());
        case "conflict" -> conflict(current, now);
        default -> Attempt.of(new CommitResult.Unknown("commit.lua answered " + verdict));
      };
    }

    private Attempt committed(List<?> parts, Revision revision, long now) {
      if (parts.size() > 2 && parts.get(2) instanceof byte[] problem && problem.length > 0) {
        String untold = "committed, but not all was told: " + new String(problem, UTF_8);
        warn(notTold, request.provider(), untold);
        refusals.untold(new String(problem, UTF_8));
      } else {
        refusals.written(Refusals.Kind.AFTER_COMMIT);
      }
      return Attempt.of(new CommitResult.Committed(revision, now));
    }

    private Attempt already(byte[] current, long now) {
      try {
        return Attempt.of(CommitChecks.already(current, now));
      } catch (WireException e) {
        return unreadable(current, new CommitResult.Unknown("unreadable: " + e.reason()));
      }
    }

    private Attempt conflict(byte[] current, long now) {
      CommitResult nothing = new CommitResult.Conflict(Optional.empty(), now);
      if (current.length == 0) {
        return Attempt.of(nothing);
      }
      try {
        StoredState state = WireCodec.decodeState(current);
        return Attempt.of(new CommitResult.Conflict(Optional.of(state), now));
      } catch (WireException e) {
        return unreadable(current, nothing);
      }
    }

    private Attempt unreadable(byte[] current, CommitResult result) {
      boolean replace = request.expected().op().isEmpty() && unreadableSha1.isEmpty();
      return new Attempt(
          result, replace ? Optional.of(Scripts.sha1Hex(current)) : Optional.empty());
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
