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
   */
  public record Adopt(Revision revision, Duration remaining) implements Answer {}

  /**
   * An event said that the provider was opened elsewhere. Stops traffic at once; it is not held: it
   * never becomes a base, and {@link Adopt} or {@link HintWithdrawn} follows.
   */
  public record Hint(Revision revision, Duration remaining) implements Answer {}

  /** The store does not confirm the hint: back to what was held. */
  public record HintWithdrawn() implements Answer {}

  /** The proposal is now the fleet's state. */
  public record Committed(long sequence, Revision revision, Duration remaining) implements Answer {}

  /** Something newer stands in the proposal's way and takes its place. */
  public record Superseded(long sequence, Revision revision, Duration remaining)
      implements Answer {}

  /**
   * The store has lost what the proposal was based on, and nobody here knows more: it is not made.
   * What the breaker did stays its own.
   */
  public record Dropped(long sequence) implements Answer {}

  /** The store cannot be asked now; the proposal is kept and will be made when it is back. */
  public record Deferred(long sequence) implements Answer {}
}
