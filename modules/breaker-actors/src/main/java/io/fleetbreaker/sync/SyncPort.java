package io.fleetbreaker.sync;

import java.time.Duration;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * The messages between a {@code ProviderBreaker} and the actor that shares its state.
 *
 * <p>Every {@link Propose} is answered once its fate is known, with {@link Committed}, {@link
 * Superseded} or {@link Dropped}; a proposal replaced by a later one of the same provider need not
 * be answered. While the store is away the sync actor keeps the latest proposal and answers when it
 * is back; {@link Deferred} says so meanwhile.
 */
public final class SyncPort {
  private SyncPort() {}

  /** Anything a sync actor receives: requests, and what its implementation tells itself. */
  public interface Message {}

  /** What a breaker asks of a sync actor. */
  public sealed interface Request extends Message {
    String provider();
  }

  /**
   * Says which actor stands for a provider, first and again after a restart. Answered when the
   * store has been read: with {@link Adopt} if the fleet has a state, with {@link NothingShared} if
   * not.
   */
  public record Register(String provider, ActorRef<Answer> breaker) implements Request {}

  /** Asks to commit a transition that the breaker has made locally. */
  public record Propose(String provider, Proposal proposal) implements Request {}

  /**
   * Asks for the right to make one probe, because a call wants to be made: the open time is over,
   * or the round of probes is on and has no place free here. Answered with {@link ProbeGranted},
   * {@link ProbeRefused}, {@link ProbesLocal} or {@link CloseDue}; until then not repeated.
   *
   * @param basedOn the revision the breaker holds
   * @param maxCalls how many probes the whole fleet may have in flight
   * @param successThreshold how many must succeed
   */
  public record AskProbe(String provider, RevisionId basedOn, int maxCalls, int successThreshold)
      implements Request {}

  /**
   * What became of a lease. Not answered, but for {@link CloseDue} or {@link SettledLocally} after
   * a success; the lease is no longer renewed.
   *
   * @param round the HALF_OPEN revision it was granted in
   */
  public record SettleProbe(
      String provider, RevisionId round, String lease, ProbeResult result, int successThreshold)
      implements Request {}

  /** What became of a probe. */
  public enum ProbeResult {
    /** It succeeded: to be counted for the fleet. */
    SUCCEEDED,
    /** It says nothing, or was not made, or took too long: its place goes back. */
    RETURNED,
    /** It failed: its place stays taken until the trip that follows is committed. */
    FAILED
  }

  /**
   * Published on the actor system's event stream when a sync actor starts or restarts, so that its
   * worker has the breakers register (again).
   */
  public record Started(ActorRef<Message> sync) {}

  /** Anything a breaker receives: answers, and what its worker tells it. */
  public interface BreakerMessage {}

  /** What a sync actor tells a breaker. */
  public sealed interface Answer extends BreakerMessage {}

  /** There is no committed state to start from. */
  public record NothingShared() implements Answer {}

  /**
   * The fleet's committed state.
   *
   * @param remaining how much of OPEN is left, by the server's clock; zero unless OPEN
   * @param overrideLeft how much of the revision's override is left; zero if it has none, if it has
   *     no end, or if it is over
   */
  public record Adopt(Revision revision, Duration remaining, Duration overrideLeft)
      implements Answer {
    /** Of a revision whose override has no end, or that has none. */
    public Adopt(Revision revision, Duration remaining) {
      this(revision, remaining, Duration.ZERO);
    }
  }

  /**
   * An event said that the provider was opened elsewhere, or forced open. Stops traffic at once; it
   * is not held: it never becomes a base, and {@link Adopt} or {@link HintWithdrawn} follows.
   */
  public record Hint(Revision revision, Duration remaining, Duration overrideLeft)
      implements Answer {
    /** Of a revision without an override. */
    public Hint(Revision revision, Duration remaining) {
      this(revision, remaining, Duration.ZERO);
    }
  }

  /** The store does not confirm the hint: back to what was held. */
  public record HintWithdrawn() implements Answer {}

  /** The proposal is now the fleet's state. */
  public record Committed(
      long sequence, Revision revision, Duration remaining, Duration overrideLeft)
      implements Answer {
    /** Of a revision whose override has no end, or that has none. */
    public Committed(long sequence, Revision revision, Duration remaining) {
      this(sequence, revision, remaining, Duration.ZERO);
    }
  }

  /** Something newer stands in the proposal's way and takes its place. */
  public record Superseded(
      long sequence, Revision revision, Duration remaining, Duration overrideLeft)
      implements Answer {
    /** By a revision whose override has no end, or that has none. */
    public Superseded(long sequence, Revision revision, Duration remaining) {
      this(sequence, revision, remaining, Duration.ZERO);
    }
  }

  /**
   * The store has lost what the proposal was based on, and nobody here knows more: it is not made.
   * What the breaker did stays its own.
   */
  public record Dropped(long sequence) implements Answer {}

  /** The store cannot be asked now; the proposal is kept and will be made when it is back. */
  public record Deferred(long sequence) implements Answer {}

  /**
   * One probe may be made, in this round. The breaker adopts the revision if it is newer than its
   * own, and gives the lease back at once if it has no use for it.
   *
   * @param round the fleet's HALF_OPEN
   * @param lease the token of the place
   * @param validUntilNanos until then the place is this worker's, by the worker's monotonic clock;
   *     what becomes of the probe later says nothing
   */
  public record ProbeGranted(Revision round, String lease, long validUntilNanos)
      implements Answer {}

  /**
   * No probe now.
   *
   * @param again after which it makes sense to ask again
   */
  public record ProbeRefused(Duration again) implements Answer {}

  /** The fleet cannot be asked: this worker recovers alone, with all the places to itself. */
  public record ProbesLocal() implements Answer {}

  /**
   * The fleet can be asked again: places dealt after {@link ProbesLocal} and not taken are void.
   */
  public record ProbesShared() implements Answer {}

  /**
   * A lease lasts longer.
   *
   * @param wanted whether another worker waits for a place: one that is not used should go back
   */
  public record ProbeRenewed(String lease, long validUntilNanos, boolean wanted)
      implements Answer {}

  /** A lease has expired, or its round is over: its place is void. */
  public record ProbeLost(String lease) implements Answer {}

  /**
   * Enough probes of this round have succeeded in the fleet: close, on top of this revision.
   *
   * @param round the fleet's HALF_OPEN
   */
  public record CloseDue(Revision round) implements Answer {}

  /** A success could not be told to the fleet, which cannot be asked: it counts here alone. */
  public record SettledLocally(String lease) implements Answer {}
}
