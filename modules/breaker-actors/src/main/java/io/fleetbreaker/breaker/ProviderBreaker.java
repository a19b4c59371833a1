package io.fleetbreaker.breaker;

import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.Transition;
import io.fleetbreaker.breaker.Transitions.Step;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import io.fleetbreaker.sync.SyncPort;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.jspecify.annotations.Nullable;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * One provider's state machine on one worker, and the only writer of its state in this JVM (R1).
 *
 * <p>It lives by {@link Transitions}: a message becomes an event, the event a next state; the gate
 * shows it to callers, a proposal goes to the sync actor, a deadline to the fleet's clock. All it
 * knows is also in the gate, so that a restart goes on where it was; a fuse that blew while nobody
 * listened is found by the next message.
 */
public final class ProviderBreaker extends AbstractBehavior<SyncPort.BreakerMessage> {

  /** What a provider's breaker can be told by this worker; a sync actor speaks in answers. */
  public sealed interface Command extends SyncPort.BreakerMessage {}

  /** A guarded call's thread saw this. */
  private record Seen(Event event) implements Command {}

  /** The worker's sync actor has started (again) and knows no breaker yet. */
  public record SyncStarted() implements Command {}

  private record DeadlineAlarm(long generation) implements Command {}

  /** A guarded call wants to be a probe and finds no place. */
  private record ProbeWanted(long generation) implements Command {}

  /** A guarded call's thread has no more use for a place that the fleet has lent. */
  private record LeaseEnded(long generation, Lease lease, SyncPort.ProbeResult result)
      implements Command {}

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
    NOT_COMMITTED,
    /** Nothing was done, since an operator has forced this breaker open. */
    FORCED_OPEN
  }

  /**
   * Puts this worker's breaker under an override, in the place of one that may be there.
   *
   * @param mode what calls meet from now on
   * @param reason who wants it and why
   * @param lasting after which it ends by itself; null for until {@link ClearOverride}
   * @param replyTo told when it is in force
   */
  public record SetOverride(
      OverrideMode mode, String reason, @Nullable Duration lasting, ActorRef<Done> replyTo)
      implements Command {}

  /**
   * Does on this worker alone what the fleet could not be told to do.
   *
   * @param wish what to do
   * @param mode of the override; null unless {@code wish} is {@link Wish#OVERRIDE}
   * @param op the operation that could not be committed: if it turns out that it was, the fleet's
   *     word takes this one's place
   * @param lasting how long the override or OPEN lasts; null for an override without end
   * @param replyTo told whether it is in force here
   */
  public record ApplyHere(
      Wish wish,
      @Nullable OverrideMode mode,
      String op,
      String operator,
      String reason,
      @Nullable Duration lasting,
      ActorRef<Boolean> replyTo)
      implements Command {}

  /** What an operator may want of one worker. */
  public enum Wish {
    /** Open for a while. */
    TRIP,
    /** Closed. */
    RESET,
    /** An override in the place of what is in force. */
    OVERRIDE,
    /** No override, whatever the fleet's is. */
    ENABLE
  }

  /**
   * Ends an override of this worker alone, if there is one.
   *
   * @param replyTo told when calls meet the breaker's own state again
   */
  public record ClearOverride(ActorRef<Done> replyTo) implements Command {}

  /**
   * Asks to be told once the breaker has started with the fleet's state, or without it. Of many who
   * ask before that, the last {@value #MOST_START_WAITERS} are told: who asks again and again while
   * the store is away has given up the earlier ones.
   */
  public record AwaitStart(ActorRef<Started> replyTo) implements Command {}

  /**
   * Asks to be told when everything that calling threads have seen before is with the sync actor.
   * For a shutdown that must not lose a trip.
   */
  public record Flush(ActorRef<Done> replyTo) implements Command {}

  /** The breaker of this provider has its first state. */
  public record Started(String provider) {}

  private record ResetWaiter(long sequence, ActorRef<ResetReply> replyTo) {}

  /** An ask that has been under way for so long is made again if a call wants a probe. */
  private static final Duration ASK_AGAIN = Probes.ANSWERED_WITHIN.dividedBy(2);

  /** After an answer that was of no use here, since something else happens just now. */
  private static final Duration PAUSE = Duration.ofMillis(100);

  private static final int MOST_START_WAITERS = 16;

  private final Gate gate;
  private final FleetClock clock;
  private final ActorRef<SyncPort.Message> sync;

  // Most breakers are never reset, and have started before anybody asks.
  private List<ResetWaiter> resetWaiters = List.of();
  private List<ActorRef<Started>> startWaiters = List.of();
  private FleetClock.@Nullable Alarm alarm;
  private boolean started;

  /** Whether the sync actor owes an answer to an ask for a probe, since {@link #askedNanos}. */
  private boolean asking;

  private long askedNanos;

  /** The last proposal that waited for the store to come back; 0 if none has. */
  private long deferred;

  /** The behaviour of the breaker behind {@code gate}. Supervise it with a restart. */
  public static Behavior<SyncPort.BreakerMessage> create(
      Gate gate, FleetClock clock, ActorRef<SyncPort.Message> sync) {
    return Behaviors.setup(context -> new ProviderBreaker(context, gate, clock, sync));
  }

  private ProviderBreaker(
      ActorContext<SyncPort.BreakerMessage> context,
      Gate gate,
      FleetClock clock,
      ActorRef<SyncPort.Message> sync) {
    super(context);
    this.gate = gate;
    this.clock = clock;
    this.sync = sync;
    gate.bind(new TellingSignals(context.getSelf()));
    // First: whoever hears of this actor may let the deadline pass at once.
    scheduleDeadline(gate.state());
    introduceMyself();
    pullBlownFuse();
    Probes probes = gate.era().probes();
    if (probes != null && probes.isAsking()) {
      ask();
    }
  }

  @Override
  public Receive<SyncPort.BreakerMessage> createReceive() {
    return new Dispatch();
  }

  /** Does what a receive builder's would, which takes 800 bytes, a third of a provider's heap. */
  private final class Dispatch extends Receive<SyncPort.BreakerMessage> {
    @Override
    public Behavior<SyncPort.BreakerMessage> receiveMessage(SyncPort.BreakerMessage message) {
      if (message instanceof Seen m) {
        return onSeen(m);
      } else if (message instanceof SyncPort.Adopt m) {
        return onAdopt(m);
      } else if (message instanceof SyncPort.NothingShared) {
        return onNothingShared();
      } else if (message instanceof SyncPort.Hint m) {
        return onHint(m);
      } else if (message instanceof SyncPort.HintWithdrawn) {
        return onHintWithdrawn();
      } else if (message instanceof SyncPort.Committed m) {
        return onCommitted(m);
      } else if (message instanceof SyncPort.Superseded m) {
        return onSuperseded(m);
      } else if (message instanceof SyncPort.Dropped m) {
        return onDropped(m);
      } else if (message instanceof SyncPort.Deferred m) {
        return onDeferred(m);
      } else if (message instanceof SyncStarted) {
        return onSyncStarted();
      } else if (message instanceof DeadlineAlarm m) {
        return onDeadlineAlarm(m);
      } else if (message instanceof ProbeWanted m) {
        return onProbeWanted(m);
      } else if (message instanceof LeaseEnded m) {
        return onLeaseEnded(m);
      } else if (message instanceof SyncPort.ProbeGranted m) {
        return onProbeGranted(m);
      } else if (message instanceof SyncPort.ProbeRefused m) {
        return onProbeRefused(m);
      } else if (message instanceof SyncPort.ProbesLocal) {
        return onProbesLocal();
      } else if (message instanceof SyncPort.ProbesShared) {
        return onProbesShared();
      } else if (message instanceof SyncPort.ProbeRenewed m) {
        return onProbeRenewed(m);
      } else if (message instanceof SyncPort.ProbeLost m) {
        return onProbeLost(m);
      } else if (message instanceof SyncPort.CloseDue m) {
        return onCloseDue(m);
      } else if (message instanceof SyncPort.SettledLocally m) {
        return onSettledLocally(m);
      } else if (message instanceof Reset m) {
        return onReset(m);
      } else if (message instanceof SetOverride m) {
        return onSetOverride(m);
      } else if (message instanceof ClearOverride m) {
        return onClearOverride(m);
      } else if (message instanceof ApplyHere m) {
        return onApplyHere(m);
      } else if (message instanceof AwaitStart m) {
        return onAwaitStart(m);
      } else if (message instanceof Flush m) {
        return onFlush(m);
      } else {
        return Behaviors.unhandled();
      }
    }

    @Override
    public Behavior<SyncPort.BreakerMessage> receiveSignal(Signal signal) {
      return signal instanceof PreRestart || signal instanceof PostStop
          ? onEnd()
          : Behaviors.unhandled();
    }
  }

  private Behavior<SyncPort.BreakerMessage> onEnd() {
    cancelAlarm();
    return this;
  }

  private Behavior<SyncPort.BreakerMessage> onSeen(Seen seen) {
    step(seen.event());
    return this;
  }

  private Behavior<SyncPort.BreakerMessage> onDeadlineAlarm(DeadlineAlarm message) {
    step(new Event.DeadlineReached(message.generation(), gate.counts()));
    scheduleDeadline(gate.state());
    return this;
  }

  private Behavior<SyncPort.BreakerMessage> onProbeWanted(ProbeWanted wanted) {
    // Of an era that is over: whoever waited in it looks again, and wants one again.
    boolean current = wanted.generation() == gate.state().generation();
    Probes probes = gate.era().probes();
    // Else the answer was faster than this message: who has not found what it brought asks anew.
    boolean open = probes != null && probes.isAsking();
    boolean unanswered = asking && clock.nanos() - askedNanos < ASK_AGAIN.toNanos();
    if (current && open && gate.state().mayProbe() && !unanswered) {
      ask();
    }
    return this;
  }

  private void ask() {
    asking = true;
    askedNanos = clock.nanos();
    ProviderSettings settings = gate.settings();
    sync.tell(
        new SyncPort.AskProbe(
            gate.provider(),
            gate.state().held(),
            settings.halfOpenMaxCalls(),
            settings.successThreshold()));
  }

  private Behavior<SyncPort.BreakerMessage> onProbeGranted(SyncPort.ProbeGranted granted) {
    asking = false;
    RevisionId round = granted.round().id();
    Probes now = gate.era().probes();
    Lease known = now == null ? null : now.granted(granted.lease());
    if (now != null && known != null) {
      known.renew(granted.validUntilNanos());
      now.answered();
      return this;
    }
    Lease lease = Lease.granted(granted.lease(), round, granted.validUntilNanos());
    step(new Event.ProbeGranted(granted.round()), lease);
    Probes probes = gate.era().probes();
    if (probes == null || probes.granted(granted.lease()) == null) {
      settle(granted.lease(), round, SyncPort.ProbeResult.RETURNED);
      gate.pauseAsking(PAUSE);
    }
    return this;
  }

  private Behavior<SyncPort.BreakerMessage> onProbeRefused(SyncPort.ProbeRefused refused) {
    asking = false;
    gate.pauseAsking(refused.again());
    return this;
  }

  private Behavior<SyncPort.BreakerMessage> onProbesLocal() {
    asking = false;
    step(new Event.ProbesLocal(gate.counts()));
    return this;
  }

  private Behavior<SyncPort.BreakerMessage> onProbesShared() {
    step(new Event.ProbesShared());
    return this;
  }

  private Behavior<SyncPort.BreakerMessage> onProbeRenewed(SyncPort.ProbeRenewed renewed) {
    Probes probes = gate.era().probes();
    Lease lease = probes == null ? null : probes.granted(renewed.lease());
    if (probes == null || lease == null) {
      // Of a round that is over here: what its call brings is too late there, too.
      settle(renewed.lease(), gate.state().held(), SyncPort.ProbeResult.RETURNED);
      return this;
    }
    long now = clock.nanos();
    // A call that found it passed has dropped it: no other call would ever take it.
    boolean tooLate = lease.hasPassed(now);
    lease.renew(renewed.validUntilNanos());
    long longest = gate.settings().halfOpenMaxDuration().toNanos();
    boolean unused = (tooLate || renewed.wanted()) && lease.withdraw();
    if (unused || (lease.isTakenFor(longest, now) && lease.end())) {
      probes.forget(renewed.lease());
      settle(renewed.lease(), lease.round(), SyncPort.ProbeResult.RETURNED);
    }
    return this;
  }

  private Behavior<SyncPort.BreakerMessage> onProbeLost(SyncPort.ProbeLost lost) {
    Probes probes = gate.era().probes();
    Lease lease = probes == null ? null : probes.granted(lost.lease());
    if (probes != null && lease != null) {
      lease.revoke();
      probes.forget(lost.lease());
    }
    return this;
  }

  private Behavior<SyncPort.BreakerMessage> onCloseDue(SyncPort.CloseDue due) {
    asking = false;
    step(new Event.CloseDue(due.round(), gate.counts()));
    gate.pauseAsking(PAUSE);
    return this;
  }

  private Behavior<SyncPort.BreakerMessage> onSettledLocally(SyncPort.SettledLocally settled) {
    Era era = gate.era();
    Probes probes = era.probes();
    if (probes != null && probes.granted(settled.lease()) != null) {
      probes.forget(settled.lease());
      step(new Event.ProbeSucceeded(era.generation(), gate.counts()));
    }
    return this;
  }

  private Behavior<SyncPort.BreakerMessage> onLeaseEnded(LeaseEnded ended) {
    String token = ended.lease().token();
    Era era = gate.era();
    boolean current = ended.generation() == era.generation();
    boolean succeeded = ended.result() == SyncPort.ProbeResult.SUCCEEDED;
    Probes probes = era.probes();
    if (token == null) {
      return this;
    }
    if (probes != null && !succeeded) {
      probes.forget(token);
    }
    // No trip follows in another generation, and the place would stay taken.
    settle(
        token,
        ended.lease().round(),
        current || succeeded ? ended.result() : SyncPort.ProbeResult.RETURNED);
    return this;
  }

  private void settle(String lease, RevisionId round, SyncPort.ProbeResult result) {
    sync.tell(
        new SyncPort.SettleProbe(
            gate.provider(), round, lease, result, gate.settings().successThreshold()));
  }

  private Behavior<SyncPort.BreakerMessage> onReset(Reset reset) {
    if (Transitions.isForcedOpen(gate.state())) {
      reset.replyTo().tell(ResetReply.FORCED_OPEN);
      return this;
    }
    step(new Event.ResetRequested(reset.reason()));
    resetWaiters = with(resetWaiters, new ResetWaiter(gate.state().sequence(), reset.replyTo()));
    return this;
  }

  private Behavior<SyncPort.BreakerMessage> onSetOverride(SetOverride message) {
    long now = clock.nanos();
    Duration lasting = message.lasting();
    Long until = lasting == null ? null : (Long) (now + lasting.toNanos());
    step(new Event.OverrideSet(new ManualOverride(message.mode(), message.reason(), now, until)));
    message.replyTo().tell(Done.getInstance());
    return this;
  }

  private Behavior<SyncPort.BreakerMessage> onClearOverride(ClearOverride message) {
    step(new Event.OverrideCleared());
    message.replyTo().tell(Done.getInstance());
    return this;
  }

  private Behavior<SyncPort.BreakerMessage> onApplyHere(ApplyHere here) {
    step(eventOf(here));
    BreakerState now = gate.state();
    ManualOverride override = now.override();
    boolean inForce =
        switch (here.wish()) {
          case TRIP -> override == null && now.state() == State.OPEN;
          case RESET -> now.effectiveState() == State.CLOSED;
          case OVERRIDE -> override != null && override.op().equals(here.op());
          case ENABLE -> override == null;
        };
    here.replyTo().tell(inForce);
    return this;
  }

  private Event eventOf(ApplyHere here) {
    Duration lasting = here.lasting();
    OverrideMode mode = here.mode();
    long now = clock.nanos();
    return switch (here.wish()) {
      case TRIP ->
          new Event.OpenedHere(
              here.reason(), lasting == null ? gate.settings().openTime().base() : lasting);
      case RESET -> new Event.ClosedHere(here.reason());
      case OVERRIDE ->
          new Event.OverriddenHere(
              new ManualOverride(
                  Objects.requireNonNull(mode, "mode"),
                  here.reason(),
                  now,
                  lasting == null ? null : (Long) (now + lasting.toNanos()),
                  here.operator(),
                  here.op(),
                  false));
      case ENABLE -> new Event.OverriddenHere(null);
    };
  }

  private Behavior<SyncPort.BreakerMessage> onAwaitStart(AwaitStart await) {
    if (started) {
      await.replyTo().tell(new Started(gate.provider()));
    } else {
      int over = Math.max(0, startWaiters.size() + 1 - MOST_START_WAITERS);
      startWaiters = with(startWaiters.subList(over, startWaiters.size()), await.replyTo());
    }
    return this;
  }

  private Behavior<SyncPort.BreakerMessage> onFlush(Flush flush) {
    pullBlownFuse();
    flush.replyTo().tell(Done.getInstance());
    return this;
  }

  /** It has forgotten that it was asked, and that it has told this worker to probe alone. */
  private Behavior<SyncPort.BreakerMessage> onSyncStarted() {
    introduceMyself();
    asking = asking && gate.state().mayProbe();
    if (asking) {
      ask();
    }
    step(new Event.ProbesShared());
    return this;
  }

  private Behavior<SyncPort.BreakerMessage> onAdopt(SyncPort.Adopt adopt) {
    step(new Event.Adopted(adopt.revision(), adopt.remaining(), adopt.overrideLeft()));
    markStarted();
    return this;
  }

  /** A sync actor that has restarted does not know of a hint that it gave. */
  private Behavior<SyncPort.BreakerMessage> onNothingShared() {
    step(new Event.HintWithdrawn());
    markStarted();
    return this;
  }

  private Behavior<SyncPort.BreakerMessage> onHint(SyncPort.Hint hint) {
    step(new Event.Hinted(hint.revision(), hint.remaining(), hint.overrideLeft()));
    // Who is told to stop traffic need not wait for the key to say so to begin with that.
    markStarted();
    return this;
  }

  private Behavior<SyncPort.BreakerMessage> onHintWithdrawn() {
    step(new Event.HintWithdrawn());
    return this;
  }

  private Behavior<SyncPort.BreakerMessage> onCommitted(SyncPort.Committed c) {
    step(new Event.Committed(c.sequence(), c.revision(), c.remaining(), c.overrideLeft()));
    if (deferred != 0 && deferred <= c.sequence()) {
      deferred = 0;
      step(new Event.ProbesShared());
    }
    settleResets(c.sequence(), replyFor(c.revision()));
    return this;
  }

  private Behavior<SyncPort.BreakerMessage> onSuperseded(SyncPort.Superseded s) {
    step(new Event.Superseded(s.sequence(), s.revision(), s.remaining(), s.overrideLeft()));
    boolean forcedOpen = Transitions.isForcedOpen(gate.state());
    settleResets(s.sequence(), forcedOpen ? ResetReply.FORCED_OPEN : replyFor(s.revision()));
    return this;
  }

  private Behavior<SyncPort.BreakerMessage> onDropped(SyncPort.Dropped dropped) {
    step(new Event.Dropped(dropped.sequence()));
    settleResets(dropped.sequence(), ResetReply.NOT_COMMITTED);
    return this;
  }

  private Behavior<SyncPort.BreakerMessage> onDeferred(SyncPort.Deferred message) {
    deferred = message.sequence();
    settleResets(message.sequence(), ResetReply.NOT_COMMITTED);
    return this;
  }

  /** Registers, and repeats the proposal that a restarted sync actor has forgotten. */
  private void introduceMyself() {
    sync.tell(new SyncPort.Register(gate.provider(), getContext().getSelf().narrow()));
    Proposal pending = gate.state().pending();
    if (pending != null) {
      sync.tell(new SyncPort.Propose(gate.provider(), pending));
    }
  }

  private void markStarted() {
    started = true;
    startWaiters.forEach(waiter -> waiter.tell(new Started(gate.provider())));
    startWaiters = List.of();
  }

  private static <T> List<T> with(List<T> list, T more) {
    List<T> longer = new ArrayList<>(list);
    longer.add(more);
    return longer;
  }

  /**
   * A later proposal may have taken the reset's place, such as a trip: then it was not committed.
   * Nor was it if the fleet is forced open and that has been put aside on this worker alone.
   */
  private ResetReply replyFor(Revision revision) {
    ManualOverride fleets = gate.state().overrides().fleet();
    boolean forcedOpen = fleets != null && fleets.isForcedOpen();
    return revision.state() == State.CLOSED && !forcedOpen
        ? ResetReply.COMMITTED
        : ResetReply.NOT_COMMITTED;
  }

  private void settleResets(long sequence, ResetReply reply) {
    if (resetWaiters.isEmpty()) {
      return;
    }
    List<ResetWaiter> unsettled = new ArrayList<>();
    for (ResetWaiter waiter : resetWaiters) {
      if (waiter.sequence() <= sequence) {
        waiter.replyTo().tell(reply);
      } else {
        unsettled.add(waiter);
      }
    }
    resetWaiters = unsettled;
  }

  private void step(Event event) {
    step(event, null);
  }

  /** As {@link #step(Event)}, with a place that is shown if the step has a use for it. */
  private void step(Event event, @Nullable Lease granted) {
    Era seen = pullBlownFuse();
    while (!tryStep(seen, event, granted)) {
      seen = pullBlownFuse();
    }
  }

  /**
   * A blown fuse counts as a trip even if its message is still on the way, or never comes: what the
   * fleet says about the state before the trip must not undo it.
   *
   * @return an era that was not blown when it was looked at: whatever is based on it loses against
   *     a fuse that blows later
   */
  private Era pullBlownFuse() {
    Era era = gate.era();
    Trip trip = era.trip();
    if (trip == null) {
      return era;
    }
    tryStep(era, new Event.FuseBlown(era.generation(), gate.counts(), trip), null);
    return gate.era();
  }

  /** Makes one transition; false if a caller blew the fuse meanwhile, which then comes first. */
  private boolean tryStep(Era seen, Event event, @Nullable Lease granted) {
    BreakerState before = gate.state();
    double roll = ThreadLocalRandom.current().nextDouble();
    Step step = Transitions.apply(before, event, gate.settings(), clock.nanos(), roll);
    boolean ofUse = granted != null && Transitions.takesPlace(step.next(), granted.round());
    if (!gate.publish(seen, step, ofUse ? granted : null)) {
      return false;
    }
    boolean changed = before.generation() != step.next().generation();
    if (changed || !before.nextDeadline().equals(step.next().nextDeadline())) {
      scheduleDeadline(step.next());
    }
    // Before anything is logged, which takes its time: the fleet waits for this.
    if (step.proposal() != null) {
      sync.tell(new SyncPort.Propose(gate.provider(), step.proposal()));
    }
    if (changed) {
      returnUnused(seen);
      announce(before, step.next());
    }
    return true;
  }

  private void returnUnused(Era over) {
    Probes probes = over.probes();
    if (probes != null) {
      for (Lease lease : probes.end()) {
        String token = lease.token();
        if (token != null) {
          settle(token, lease.round(), SyncPort.ProbeResult.RETURNED);
        }
      }
    }
  }

  private void scheduleDeadline(BreakerState state) {
    cancelAlarm();
    OptionalLong deadline = state.nextDeadline();
    if (deadline.isPresent()) {
      ActorRef<SyncPort.BreakerMessage> self = getContext().getSelf();
      DeadlineAlarm message = new DeadlineAlarm(state.generation());
      alarm = clock.alarm(deadline.getAsLong(), () -> self.tell(message));
    }
  }

  private void cancelAlarm() {
    if (alarm != null) {
      clock.cancel(alarm);
      alarm = null;
    }
  }

  /** A line that programs can find by its provider. */
  private LoggingEventBuilder log() {
    return getContext().getLog().atInfo().addKeyValue("provider", gate.provider());
  }

  private void announce(BreakerState before, BreakerState after) {
    ManualOverride override = after.override();
    if (before.state() != after.state()) {
      log().log("{}: {} -> {}: {}", gate.provider(), before.state(), after.state(), after.reason());
    }
    boolean overridden = !Objects.equals(before.override(), override);
    if (overridden) {
      String now = override == null ? "none" : described(override);
      log().log("{}: override: {}", gate.provider(), now);
    }
    boolean seen = overridden || before.effectiveState() != after.effectiveState();
    if (seen && gate.observers().anyForTransitions()) {
      gate.observers().changed(transition(before, after));
    }
  }

  private static String described(ManualOverride override) {
    return override.mode()
        + (override.shared() ? "" : " on this worker alone")
        + (override.operator().isEmpty() ? "" : " by " + override.operator())
        + ": "
        + override.reason();
  }

  private Transition transition(BreakerState before, BreakerState after) {
    ManualOverride override = after.override();
    long now = clock.nanos();
    return new Transition(
        gate.provider(),
        before.effectiveState(),
        after.effectiveState(),
        override == null ? Optional.empty() : Optional.of(override.mode()),
        after.refusesFor(now),
        override == null ? after.reason() : override.reason(),
        after.held(),
        Instant.ofEpochMilli(clock.coarseMillis()));
  }

  /** Turns what calling threads see into messages. */
  private record TellingSignals(ActorRef<SyncPort.BreakerMessage> self) implements Gate.Signals {
    @Override
    public void fuseBlown(long generation, Event.Counts counts, Trip trip) {
      self.tell(new Seen(new Event.FuseBlown(generation, counts, trip)));
    }

    @Override
    public void probeSucceeded(long generation, Event.Counts counts) {
      self.tell(new Seen(new Event.ProbeSucceeded(generation, counts)));
    }

    @Override
    public void probeFailed(long generation, Event.Counts counts, Trip trip) {
      self.tell(new Seen(new Event.ProbeFailed(generation, counts, trip)));
    }

    @Override
    public void probeWanted(long generation) {
      self.tell(new ProbeWanted(generation));
    }

    @Override
    public void leaseEnded(long generation, Lease lease, SyncPort.ProbeResult result) {
      self.tell(new LeaseEnded(generation, lease, result));
    }
  }
}
