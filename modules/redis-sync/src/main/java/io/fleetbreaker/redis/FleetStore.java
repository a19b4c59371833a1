package io.fleetbreaker.redis;

import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

  /** How long a worker is remembered that is silent. */
  Duration FORGOTTEN_AFTER = Duration.ofMinutes(10);

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
   * Reads the revisions of several providers, and with them what {@link #changesSince} needs later:
   * what happens after this has begun is in the states it gives, or among the changes after its
   * position.
   */
  FleetSnapshot snapshot(Collection<String> providers);

  /**
   * What has changed since {@code position}: two commands, however many providers there are.
   *
   * @param position where an earlier call or snapshot ended
   */
  Changes changesSince(Position position);

  /**
   * Marks a store that has no mark, so that its loss can be seen, and tells the fleet's workers so
   * that they write again at once what they hold. Does nothing to a store with a mark.
   *
   * @param worker id of the worker that found no mark
   * @return whether there was none
   */
  boolean markAndGreet(String worker);

  /**
   * A part of the history, newest first, with one command.
   *
   * @param before only entries before this one; empty for the newest
   * @param count so many at most; 1 to 1,000
   */
  HistorySlice historyBefore(Optional<HistoryId> before, int count);

  /**
   * What the history holds after an entry, oldest first, and where it ends: two commands.
   *
   * @param after the entry; {@link HistoryId#START} for the oldest that is kept
   * @param count so many at most; 1 to 1,000
   */
  HistoryTail historyAfter(HistoryId after, int count);

  /**
   * Tells the fleet that a worker is there, with one script, which also forgets who has been silent
   * for {@link #FORGOTTEN_AFTER}.
   *
   * @param lasting after which the worker counts as lost if it does not tell again; at least 1 ms
   */
  void beat(WorkerBeat beat, Duration lasting);

  /** Tells the fleet that a worker has left: it is forgotten at once. One script. */
  void leave(String instance);

  /**
   * Who has been there in the last {@link #FORGOTTEN_AFTER}, those seen last first; in batches of
   * which none holds the store up.
   *
   * @param most so many workers at most; 1 to 10,000
   */
  WorkersSeen workers(int most);

  /**
   * Asks for the right to make one probe, with one script: bounded for the whole fleet by {@link
   * ProbeAsk#maxCalls}. Does not throw when the store fails.
   */
  ProbeAnswer askProbe(ProbeAsk ask);

  /**
   * Gives a probe's lease back. Does not throw when the store fails.
   *
   * @param round the HALF_OPEN revision the lease was granted in
   * @param lease its token
   * @param succeeded whether the probe succeeded, which is counted if the lease has not expired and
   *     the round is still on; false gives the place back and counts nothing
   * @param successThreshold so many successes make a close due; at least 1
   */
  Settlement settleProbe(
      String provider, RevisionId round, String lease, boolean succeeded, int successThreshold);

  /**
   * Extends leases that have not expired, of a round that is still on. Does not throw when the
   * store fails.
   *
   * @param leaseFor how long from now they last; 100 ms to 60 s
   */
  Renewal renewProbes(
      String provider, RevisionId round, Collection<String> leases, Duration leaseFor);

  /**
   * The commit that an operation has made of a provider, as the history tells it; empty if the
   * history does not know it, or not any more.
   */
  Optional<HistoryItem> findInHistory(String provider, String op);

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

  /**
   * What the store answers and yet refuses to write (for want of memory, of a right, of being the
   * primary), as far as it was last asked; for people, empty if nothing. Does not block or throw.
   */
  String refusal();

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
   * Where the history of commits stood.
   *
   * @param id of its last entry; empty if there was none
   * @param op the operation of that entry; empty if there was none
   */
  record Position(String id, String op) {
    static final Position START = new Position("", "");
  }

  /**
   * States, and what has to be known to follow their changes.
   *
   * @param mark what distinguishes this store from one that has lost everything; empty if it has
   *     none
   * @param position where the history stood before the states were read
   * @param notClosed the names in the index of those that are not plainly CLOSED, as many as were
   *     read: at most 10,000
   */
  record FleetSnapshot(
      StoreSnapshot states, String mark, Position position, Set<String> notClosed) {
    public FleetSnapshot {
      notClosed = Set.copyOf(notClosed);
    }
  }

  /**
   * What the history has gained.
   *
   * @param complete false if it does not hold the entry of the position asked for, or has gained
   *     more than is read at once: then only a snapshot tells what has changed
   * @param providers whose states have changed; empty unless complete
   * @param mark as in {@link FleetSnapshot#mark}
   * @param position where it stands now
   */
  record Changes(boolean complete, Set<String> providers, String mark, Position position) {
    public Changes {
      providers = Set.copyOf(providers);
    }
  }

  /**
   * Entries of the history.
   *
   * @param more whether there are more in the same direction
   */
  record HistorySlice(List<HistoryItem> items, boolean more) {
    public HistorySlice {
      items = List.copyOf(items);
    }
  }

  /**
   * Entries of the history from some entry on.
   *
   * @param known whether that entry is there, so that none after it is lost; always for {@link
   *     HistoryId#START}
   * @param end the last entry of all; {@link HistoryId#START} if there is none
   */
  record HistoryTail(HistorySlice slice, boolean known, HistoryId end) {}

  /**
   * One entry.
   *
   * @param told empty if nobody can read it
   */
  record HistoryItem(HistoryId id, Optional<HistoryRecord> told) {}

  /**
   * The workers of the fleet.
   *
   * @param skipped how many there were besides that no worker of ours can have written
   * @param complete false if there are more than were asked for
   */
  record WorkersSeen(List<WorkerSeen> workers, int skipped, boolean complete, long serverMillis) {
    public WorkersSeen {
      workers = List.copyOf(workers);
    }
  }

  /**
   * One of them.
   *
   * @param seenMillis when it last told that it was there, by the server's clock
   * @param beat what it told; empty if that has expired
   */
  record WorkerSeen(String instance, long seenMillis, Optional<WorkerBeat> beat) {}

  /**
   * Asks for a probe.
   *
   * @param base the revision the worker holds: an OPEN whose time is over, or the HALF_OPEN of the
   *     round that is on
   * @param halfOpen what the first grant of a round commits: HALF_OPEN, the place in the order
   *     after {@code base}; not used if the store holds a HALF_OPEN already
   * @param lease a token that nobody else has
   * @param maxCalls so many leases of one round may be unexpired at once; at least 1
   * @param successThreshold so many successes make a close due; at least 1
   * @param leaseFor how long the lease lasts unless it is renewed; 100 ms to 60 s
   */
  record ProbeAsk(
      String provider,
      RevisionId base,
      Revision halfOpen,
      String lease,
      int maxCalls,
      int successThreshold,
      Duration leaseFor) {}

  /** What came of asking for a probe. {@code serverMillis} is the server's clock. */
  sealed interface ProbeAnswer {
    /**
     * The lease is granted.
     *
     * @param round the HALF_OPEN revision that stands in the store
     */
    record Granted(Revision round, long serverMillis) implements ProbeAnswer {}

    /**
     * All leases are taken. Whoever holds one without using it is asked to give it back.
     *
     * @param again when it makes sense to ask again; more than zero
     */
    record Busy(Revision round, Duration again, long serverMillis) implements ProbeAnswer {}

    /** Enough probes have succeeded, and who was to close has not. */
    record CloseDue(Revision round, long serverMillis) implements ProbeAnswer {}

    /** The store holds neither the base nor a HALF_OPEN. Nothing was written. */
    record Conflict(Optional<StoredState> current, long serverMillis) implements ProbeAnswer {}

    /** The store could not be asked, refused, or did not answer; a lease it gave frees itself. */
    record Failed(String cause) implements ProbeAnswer {}
  }

  /** What came of giving a lease back. */
  sealed interface Settlement {
    /** It is given back; if it was a success, it is counted, and more are wanted. */
    record Settled() implements Settlement {}

    /** It was a success, is counted, and now there are enough: a close is due. */
    record CloseDue() implements Settlement {}

    /** The lease had expired or the round is over: nothing is counted. */
    record Late() implements Settlement {}

    /** The store could not be asked, or did not answer. */
    record Failed(String cause) implements Settlement {}
  }

  /** What came of extending leases. */
  sealed interface Renewal {
    /**
     * Those in {@code alive} are extended, the others are lost.
     *
     * @param wanted whether somebody has asked in vain since the last renewal
     */
    record Renewed(Set<String> alive, boolean wanted) implements Renewal {
      public Renewed {
        alive = Set.copyOf(alive);
      }
    }

    /** The store could not be asked, or did not answer. */
    record Failed(String cause) implements Renewal {}
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

    /**
     * An event without a revision.
     *
     * @param message its bytes, as they came
     */
    default void onLegacyEvent(BreakerEvent event, byte[] message) {
      onEvent(event);
    }

    /** {@link #onEvent} or {@link #onLegacyEvent}, as it is. */
    default void onAnyEvent(BreakerEvent event, byte[] message) {
      if (event.revision().isPresent()) {
        onEvent(event);
      } else {
        onLegacyEvent(event, message);
      }
    }

    /** The store confirmed the subscription: from now on no event is missed. */
    default void onSubscribed() {}

    /** The connection was lost or could not be made; called once per outage. */
    default void onDisconnected(String cause) {}

    /** A worker has found the store without a mark: what it held is gone. */
    default void onGreeting(String worker) {}

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
