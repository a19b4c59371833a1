package io.fleetbreaker.fleet;

import io.fleetbreaker.breaker.ProviderBreaker;
import io.fleetbreaker.sync.SyncPort;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Scheduler;
import org.apache.pekko.actor.typed.javadsl.AskPattern;

/**
 * Asks the actors of one worker. Every ask completes: with the answer, or with an exception a
 * little after its time, also if the actor system ends meanwhile, and the clock of its own asks
 * with it.
 */
record Asks(ActorRef<FleetGuardian.Command> guardian, Scheduler scheduler) {
  /** The actor system's clock comes first: what it says of a time-out names whom was asked. */
  private static final Duration GRACE = Duration.ofMillis(50);

  /** Asks the breaker of a provider. */
  <T> CompletableFuture<T> breaker(
      String provider, Function<ActorRef<T>, ProviderBreaker.Command> question, Duration within) {
    return ask(replyTo -> new FleetGuardian.ToBreaker(provider, question.apply(replyTo)), within);
  }

  /** Asks the sync actor. */
  <T> CompletableFuture<T> sync(Function<ActorRef<T>, SyncPort.Message> question, Duration within) {
    return ask(replyTo -> new FleetGuardian.ToSync(question.apply(replyTo)), within);
  }

  private <T> CompletableFuture<T> ask(
      Function<ActorRef<T>, FleetGuardian.Command> question, Duration within) {
    return AskPattern.<FleetGuardian.Command, T>ask(guardian, question::apply, within, scheduler)
        .toCompletableFuture()
        .orTimeout(within.plus(GRACE).toMillis(), TimeUnit.MILLISECONDS);
  }
}
