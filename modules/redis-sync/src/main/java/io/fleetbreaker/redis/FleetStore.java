package io.fleetbreaker.redis;

import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The store a fleet shares: events, provider states, locks. Thread-safe.
 *
 * <p>Every method but {@link #subscribe} and {@link #close} blocks, for at most the store's
 * operation time-out per round trip (plus {@code waitLimit} where one is given), and throws {@link
 * StoreException} when the store cannot be asked. Provider names are checked with {@link
 * io.fleetbreaker.ProviderName}.
 */
public interface FleetStore extends AutoCloseable {

  /** Publishes an event to every subscriber of the fleet's channel. */
  void publish(BreakerEvent event);

  /**
   * Calls {@code listener} for every event on the fleet's channel until the subscription is closed,
   * reconnecting by itself. See {@link EventListener} for threads and errors.
   */
  Subscription subscribe(EventListener listener);

  /** The provider's state as it stands in the store, or empty if there is none. */
  Optional<StoredState> getState(String provider);

  /**
   * Writes a provider's state, unless the store holds a newer revision or another one with the same
   * place in the order: the store never goes back.
   *
   * @param ttl how long the store keeps it; at least 1 ms
   * @return whether it was written
   */
  boolean setState(String provider, StoredState state, Duration ttl);

  /** Reads the revisions of several providers and the server's clock. */
  StoreSnapshot read(Collection<String> providers);

  /**
   * Commits one transition: takes the provider's state-write lock, then in one script checks the
   * lock's token and the base, writes the state with its TTL, publishes the event and releases the
   * lock. A request whose base is gone already is told so without waiting for the lock.
   *
   * <p>Does not throw when the store fails: the result says what is known.
   */
  CommitResult commit(CommitRequest request);

  /**
   * Takes the lock {@code name} if it is free, waiting up to {@code waitLimit} for it with jittered
   * retries.
   *
   * @param name 1 to 200 characters without spaces or control characters; {@code state:<provider>}
   *     is the lock under which that provider's state is written, and holding it holds up commits
   * @param expiry after which the store frees the lock by itself; at least 1 ms
   */
  LockResult acquireLock(String name, Duration waitLimit, Duration expiry);

  /**
   * Releases the lock if it is still held by this owner's token.
   *
   * @return whether it was; false means that it had expired, or that somebody else holds it now
   */
  boolean releaseLock(Lock lock);

  /** The number of the database the states live in; events tell it, since channels do not. */
  int database();

  /** Asks the store for a sign of life. Does not throw. */
  Health health();

  /** Ends all subscriptions and closes all connections. Idempotent. */
  @Override
  void close();

  /** A lock held: its name and the token only its owner knows. */
  record Lock(String name, String token) {
    @Override
    public String toString() {
      return "Lock[" + name + "]";
    }
  }

  /** What came of asking for a lock. */
  sealed interface LockResult {
    record Acquired(Lock lock) implements LockResult {}

    /** Somebody else held it until the wait limit passed: certainly not acquired. */
    record Held() implements LockResult {}

    /** The connection failed: if the request reached the store, the lock frees itself. */
    record Unknown(String cause) implements LockResult {}
  }

  /**
   * One transition to commit. {@code revision} is a function of the server's clock, because that is
   * read together with taking the lock.
   *
   * @param expected the revision that the store must hold; {@link RevisionId#NONE} for none at all
   * @param op the id of this operation; the same op is committed at most once
   * @param revision builds the revision to write from the server's clock in milliseconds
   */
  record CommitRequest(
      String provider,
      RevisionId expected,
      String op,
      java.util.function.LongFunction<Revision> revision) {}

  /** What came of a commit. */
  sealed interface CommitResult {
    /**
     * The operation is committed, by this try or an earlier one of the same op.
     *
     * @param revision what stands in the store; a later one, with another op, if that has
     *     superseded the operation's own since the earlier try
     */
    record Committed(Revision revision, long serverMillis) implements CommitResult {}

    /**
     * The store holds something else than expected; nothing was written.
     *
     * @param current empty if the store holds no state, or none that can be read
     */
    record Conflict(Optional<StoredState> current, long serverMillis) implements CommitResult {}

    /** Certainly not committed: the lock was held by somebody else, or was lost. May be retried. */
    record LockBusy() implements CommitResult {}

    /**
     * The store could not be reached before the write was sent, or refused it with an error:
     * certainly not committed.
     */
    record Unreachable(String cause) implements CommitResult {}

    /**
     * The store answered, and refuses: for want of a right, of memory, of replicas. Certainly not
     * committed, and of no use to repeat at once.
     */
    record Refused(String cause) implements CommitResult {}

    /** The connection failed on the way: ask the store whether it knows the op. */
    record Unknown(String cause) implements CommitResult {}
  }

  /**
   * Several providers' states and the clock of the server that holds them.
   *
   * @param states by provider; absent ones are not in it
   */
  record StoreSnapshot(Map<String, StoredState> states, long serverMillis) {
    public StoreSnapshot {
      states = Map.copyOf(states);
    }
  }

  /**
   * A sign of life.
   *
   * @param roundTrip how long the store took to answer; zero if it did not
   * @param problem empty if the store answered
   */
  record Health(boolean reachable, Duration roundTrip, String problem) {}

  /**
   * Told what a subscription sees. Called on the subscription's own thread, one call at a time;
   * must not block. An exception is logged and counted, and never ends the subscription.
   */
  interface EventListener {
    void onEvent(BreakerEvent event);

    /** The store confirmed the subscription: from now on no event is missed. */
    default void onSubscribed() {}

    /** The connection was lost or could not be made; called once per outage. */
    default void onDisconnected(String cause) {}

    /** A message that is not an event of this fleet. */
    default void onUndecodable(String problem) {}

    /** A listener for events only. */
    static EventListener of(Consumer<BreakerEvent> consumer) {
      return consumer::accept;
    }
  }

  /** A running subscription. */
  interface Subscription extends AutoCloseable {
    /** Waits until the store has confirmed the subscription; false if it has not in time. */
    boolean awaitSubscribed(Duration limit) throws InterruptedException;

    /** Ends the subscription; no call to its listener begins after this has returned. */
    @Override
    void close();
  }
}
