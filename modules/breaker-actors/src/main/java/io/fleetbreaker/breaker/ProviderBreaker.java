package io.fleetbreaker.breaker;

import io.fleetbreaker.State;
import io.fleetbreaker.Ticker;
import io.fleetbreaker.breaker.Transitions.Step;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.SyncPort;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.eventstream.EventStream;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * One provider's state machine on one worker, and the only writer of its state in this JVM (R1).
 *
 * <p>It lives by {@link Transitions}: a message becomes an event, the event a next state; the gate
 * shows it to callers, a proposal goes to the sync actor, a deadline to the timer. All it knows is
 * also in the gate, so that a restart goes on where it was; a fuse that blew while nobody listened
 * is found by the next message.
 */
public final class ProviderBreaker extends AbstractBehavior<ProviderBreaker.Command> {

  /** What a provider's breaker can be told. */
  public sealed interface Command {}

  /** A guarded call's thread saw this. */
  private record Seen(Event event) implements Command {}

  /** The sync actor says this. */
  private record FromSync(SyncPort.Answer answer) implements Command {}

  /** A sync actor has started (again) and knows no breaker yet. */
  private record SyncStarted(SyncPort.Started event) implements Command {}

  private record DeadlineTimer(long generation) implements Command {}

  /**
   * Closes the breaker here at once and proposes it to the fleet.
   *
   * @param reason who wants it and why
   * @param replyTo told when the fleet has settled it, or when it cannot be asked now
   */
  public record Reset(String reason, ActorRef<ResetReply> replyTo) implements Command {}

  /** What came of a {@link Reset}. */
  public enum ResetReply {
    /** The fleet is closed. */
    COMMITTED,
    /**
     * The fleet has not closed: the store cannot be asked now, or something newer took the reset's
     * place. This worker has closed at once, and is in whatever state has come since.
     */
    NOT_COMMITTED
  }

  /** Asks to be told once the breaker has started with the fleet's state, or without it. */
  public record AwaitStart(ActorRef<Started> replyTo) implements Command {}

  /**
   * Asks to be told when everything that calling threads have seen before is with the sync actor.
   * For a shutdown that must not lose a trip.
   */
  public record Flush(ActorRef<Done> replyTo) implements Command {}

  /** The breaker of this provider has its first state. */
  public record Started(String provider) {}

  private record ResetWaiter(long sequence, ActorRef<ResetReply> replyTo) {}

  private final Gate gate;
  private final Ticker ticker;
  private final ActorRef<SyncPort.Message> sync;
  private final TimerScheduler<Command> timers;
  private final ActorRef<SyncPort.Answer> answers;
  private final List<ResetWaiter> resetWaiters = new ArrayList<>();
  private final List<ActorRef<Started>> startWaiters = new ArrayList<>();
  private boolean started;

  /** The behaviour of the breaker behind {@code gate}. Supervise it with a restart. */
  public static Behavior<Command> create(
      Gate gate, Ticker ticker, ActorRef<SyncPort.Message> sync) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> new ProviderBreaker(context, timers, gate, ticker, sync)));
  }

  private ProviderBreaker(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Gate gate,
      Ticker ticker,
      ActorRef<SyncPort.Message> sync) {
    super(context);
    this.gate = gate;
    this.ticker = ticker;
    this.sync = sync;
    this.timers = timers;
    this.answers = context.messageAdapter(SyncPort.Answer.class, FromSync::new);
    ActorRef<SyncPort.Started> syncStarts =
        context.messageAdapter(SyncPort.Started.class, SyncStarted::new);
    context
        .getSystem()
        .eventStream()
        .tell(new EventStream.Subscribe<>(SyncPort.Started.class, syncStarts));
    gate.bind(new TellingSignals(context.getSelf()));
    introduceMyself();
    pullBlownFuse();
    scheduleDeadline(gate.state());
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Seen.class, this::onSeen)
        .onMessage(FromSync.class, this::onFromSync)
        .onMessage(SyncStarted.class, this::onSyncStarted)
        .onMessage(DeadlineTimer.class, this::onDeadlineTimer)
        .onMessage(Reset.class, this::onReset)
        .onMessage(AwaitStart.class, this::onAwaitStart)
        .onMessage(Flush.class, this::onFlush)
        .build();
  }

  private Behavior<Command> onSeen(Seen seen) {
    step(seen.event());
    return this;
  }

  private Behavior<Command> onDeadlineTimer(DeadlineTimer timer) {
    step(new Event.DeadlineReached(timer.generation(), gate.counts()));
    scheduleDeadline(gate.state());
    return this;
  }

  private Behavior<Command> onReset(Reset reset) {
    step(new Event.ResetRequested(reset.reason()));
    resetWaiters.add(new ResetWaiter(gate.state().sequence(), reset.replyTo()));
    return this;
  }

  private Behavior<Command> onAwaitStart(AwaitStart await) {
    if (started) {
      await.replyTo().tell(new Started(gate.provider()));
    } else {
      startWaiters.add(await.replyTo());
    }
    return this;
  }

  private Behavior<Command> onFlush(Flush flush) {
    pullBlownFuse();
    flush.replyTo().tell(Done.getInstance());
    return this;
  }

  private Behavior<Command> onSyncStarted(SyncStarted message) {
    if (message.event().sync().equals(sync)) {
      introduceMyself();
    }
    return this;
  }

  private Behavior<Command> onFromSync(FromSync message) {
    SyncPort.Answer answer = message.answer();
    if (answer instanceof SyncPort.Adopt adopt) {
      step(new Event.Adopted(adopt.revision(), adopt.remaining()));
      markStarted();
    } else if (answer instanceof SyncPort.NothingShared) {
      // A sync actor that has restarted does not know of a hint that it gave.
      step(new Event.HintWithdrawn());
      markStarted();
    } else if (answer instanceof SyncPort.Hint hint) {
      step(new Event.Hinted(hint.revision(), hint.remaining()));
    } else if (answer instanceof SyncPort.HintWithdrawn) {
      step(new Event.HintWithdrawn());
    } else if (answer instanceof SyncPort.Committed c) {
      step(new Event.Committed(c.sequence(), c.revision(), c.remaining()));
      settleResets(c.sequence(), replyFor(c.revision()));
    } else if (answer instanceof SyncPort.Superseded s) {
      step(new Event.Superseded(s.sequence(), s.revision(), s.remaining()));
      settleResets(s.sequence(), replyFor(s.revision()));
    } else if (answer instanceof SyncPort.Deferred deferred) {
      settleResets(deferred.sequence(), ResetReply.NOT_COMMITTED);
    }
    return this;
  }

  /** Registers, and repeats the proposal that a restarted sync actor has forgotten. */
  private void introduceMyself() {
    sync.tell(new SyncPort.Register(gate.provider(), answers));
    Proposal pending = gate.state().pending();
    if (pending != null) {
      sync.tell(new SyncPort.Propose(gate.provider(), pending));
    }
  }

  private void markStarted() {
    started = true;
    startWaiters.forEach(waiter -> waiter.tell(new Started(gate.provider())));
    startWaiters.clear();
  }

  /**
   * A later proposal may have taken the reset's place, such as a trip: then it was not committed.
   */
  private static ResetReply replyFor(Revision revision) {
    return revision.state() == State.CLOSED ? ResetReply.COMMITTED : ResetReply.NOT_COMMITTED;
  }

  private void settleResets(long sequence, ResetReply reply) {
    resetWaiters.removeIf(
        waiter -> {
          boolean settled = waiter.sequence() <= sequence;
          if (settled) {
            waiter.replyTo().tell(reply);
          }
          return settled;
        });
  }

  private void step(Event event) {
    pullBlownFuse();
    while (!tryStep(gate.era(), event)) {
      pullBlownFuse();
    }
  }

  /**
   * A blown fuse counts as a trip even if its message is still on the way, or never comes: what the
   * fleet says about the state before the trip must not undo it.
   */
  private void pullBlownFuse() {
    Era era = gate.era();
    if (era.mode() == Era.Mode.BLOWN) {
      tryStep(era, new Event.FuseBlown(era.generation(), gate.counts()));
    }
  }

  /** Makes one transition; false if a caller blew the fuse meanwhile, which then comes first. */
  private boolean tryStep(Era seen, Event event) {
    BreakerState before = gate.state();
    Step step = Transitions.apply(before, event, gate.settings(), ticker.nanos());
    if (!gate.publish(seen, step.next(), step.freshCounts())) {
      return false;
    }
    if (step.proposal() != null) {
      sync.tell(new SyncPort.Propose(gate.provider(), step.proposal()));
    }
    if (before.generation() != step.next().generation()) {
      logTransition(before, step.next());
      scheduleDeadline(step.next());
    } else if (before.deadlineNanos() != step.next().deadlineNanos()) {
      scheduleDeadline(step.next());
    }
    return true;
  }

  private void scheduleDeadline(BreakerState state) {
    if (state.state() == State.CLOSED) {
      timers.cancel(DeadlineTimer.class);
      return;
    }
    Duration wait = Duration.ofNanos(Math.max(0, state.deadlineNanos() - ticker.nanos()));
    timers.startSingleTimer(DeadlineTimer.class, new DeadlineTimer(state.generation()), wait);
  }

  private void logTransition(BreakerState before, BreakerState after) {
    if (before.state() != after.state()) {
      getContext()
          .getLog()
          .info("{}: {} -> {}: {}", gate.provider(), before.state(), after.state(), after.reason());
    }
  }

  /** Turns what calling threads see into messages. */
  private record TellingSignals(ActorRef<Command> self) implements Gate.Signals {
    @Override
    public void fuseBlown(long generation, Event.Counts counts) {
      self.tell(new Seen(new Event.FuseBlown(generation, counts)));
    }

    @Override
    public void probeSucceeded(long generation, Event.Counts counts) {
      self.tell(new Seen(new Event.ProbeSucceeded(generation, counts)));
    }

    @Override
    public void probeFailed(long generation, Event.Counts counts) {
      self.tell(new Seen(new Event.ProbeFailed(generation, counts)));
    }
  }
}
