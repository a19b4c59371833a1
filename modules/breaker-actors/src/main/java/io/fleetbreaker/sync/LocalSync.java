package io.fleetbreaker.sync;

import io.fleetbreaker.Ticker;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.eventstream.EventStream;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.jspecify.annotations.Nullable;

/**
 * The in-memory twin of a sync actor, for a worker that is a fleet of its own: keeps one revision
 * per provider and commits every proposal, since nobody else could have made a newer one.
 */
public final class LocalSync extends AbstractBehavior<SyncPort.Message> {
  private final String worker;
  private final Ticker ticker;
  private final Map<String, ActorRef<SyncPort.Answer>> breakers = new HashMap<>();
  private final Map<String, Committed> committed = new HashMap<>();

  private record Committed(long sequence, Revision revision) {}

  /** A fleet of one. {@code worker} is named as the origin of each revision. */
  public static Behavior<SyncPort.Message> create(String worker, Ticker ticker) {
    return Behaviors.setup(context -> new LocalSync(context, worker, ticker));
  }

  private LocalSync(ActorContext<SyncPort.Message> context, String worker, Ticker ticker) {
    super(context);
    this.worker = worker;
    this.ticker = ticker;
    context
        .getSystem()
        .eventStream()
        .tell(new EventStream.Publish<>(new SyncPort.Started(context.getSelf())));
  }

  @Override
  public Receive<SyncPort.Message> createReceive() {
    return newReceiveBuilder()
        .onMessage(SyncPort.Register.class, this::onRegister)
        .onMessage(SyncPort.Propose.class, this::onPropose)
        .onMessage(SyncPort.AskProbe.class, this::onAskProbe)
        .onMessage(SyncPort.SettleProbe.class, this::onSettleProbe)
        .build();
  }

  private Behavior<SyncPort.Message> onRegister(SyncPort.Register register) {
    breakers.put(register.provider(), register.breaker());
    Committed held = committed.get(register.provider());
    register
        .breaker()
        .tell(
            held == null
                ? new SyncPort.NothingShared()
                : new SyncPort.Adopt(held.revision(), remaining(held.revision())));
    return this;
  }

  private Behavior<SyncPort.Message> onPropose(SyncPort.Propose propose) {
    Proposal proposal = propose.proposal();
    Committed now =
        committed.compute(propose.provider(), (provider, held) -> commit(proposal, held));
    tell(
        propose.provider(),
        new SyncPort.Committed(proposal.sequence(), now.revision(), remaining(now.revision())));
    return this;
  }

  /** Nobody else probes: all the places are this worker's. */
  private Behavior<SyncPort.Message> onAskProbe(SyncPort.AskProbe ask) {
    tell(ask.provider(), new SyncPort.ProbesLocal());
    return this;
  }

  private Behavior<SyncPort.Message> onSettleProbe(SyncPort.SettleProbe settle) {
    if (settle.result() == SyncPort.ProbeResult.SUCCEEDED) {
      tell(settle.provider(), new SyncPort.SettledLocally(settle.lease()));
    }
    return this;
  }

  private void tell(String provider, SyncPort.Answer answer) {
    ActorRef<SyncPort.Answer> breaker = breakers.get(provider);
    if (breaker != null) {
      breaker.tell(answer);
    }
  }

  /** A breaker repeats its proposal when it restarts, or believes that this actor has. */
  private Committed commit(Proposal proposal, @Nullable Committed held) {
    if (held != null && held.sequence() == proposal.sequence()) {
      return held;
    }
    RevisionId base = held == null ? RevisionId.NONE : held.revision().id();
    return new Committed(proposal.sequence(), revision(proposal, base));
  }

  private Revision revision(Proposal proposal, RevisionId base) {
    String op = UUID.randomUUID().toString();
    long since = Duration.ofNanos(proposal.atNanos()).toMillis();
    long open = proposal.openFor().toMillis();
    return new Revision(
        new RevisionId(Math.max(1, base.epoch()), base.version() + 1, op),
        List.of(op),
        proposal.state(),
        since,
        open,
        open == 0 ? 0 : since + open,
        proposal.attempt(),
        proposal.reason(),
        worker,
        proposal.failureCount(),
        proposal.successCount(),
        proposal.lastFailureMillis(),
        "",
        null);
  }

  private Duration remaining(Revision revision) {
    long now = Duration.ofNanos(ticker.nanos()).toMillis();
    return Duration.ofMillis(Math.max(0, revision.openUntilMillis() - now));
  }
}
