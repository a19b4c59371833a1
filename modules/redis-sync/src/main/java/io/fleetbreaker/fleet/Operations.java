package io.fleetbreaker.fleet;

import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.breaker.ProviderBreaker;
import io.fleetbreaker.redis.OperatorAnswer;
import io.fleetbreaker.redis.OperatorRequest;
import io.fleetbreaker.redis.RedisSyncActor;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * Carries operators' commands to the fleet, and on request to this worker alone if the fleet has
 * not taken them (R13). Thread-safe.
 */
final class Operations {
  /** The sync actor answers within 4 s, unless it restarts meanwhile. */
  private static final Duration FLEET_WAIT = Duration.ofMillis(4_300);

  private static final Duration BREAKER_WAIT = Duration.ofMillis(500);
  private static final Duration SHORTEST = Duration.ofSeconds(1);
  private static final Duration LONGEST_OVERRIDE = Duration.ofDays(365);
  private static final Duration LONGEST_TRIP = Duration.ofDays(1);
  private static final int LONGEST_OPERATOR = 128;
  private static final int LONGEST_REASON = 300;

  private final Asks asks;

  Operations(Asks asks) {
    this.asks = asks;
  }

  /** {@link Fleet#execute}. */
  CompletionStage<OperatorOutcome> execute(OperatorCommand command, ProviderSettings settings) {
    OperatorRequest request = requestOf(command, settings);
    return asks.<OperatorAnswer>sync(
            replyTo -> new RedisSyncActor.Operate(request, replyTo), FLEET_WAIT)
        .exceptionally(
            error -> new OperatorAnswer.Unknown("the answer has been lost inside this worker"))
        .thenCompose(answer -> outcome(command, request, answer));
  }

  private CompletionStage<OperatorOutcome> outcome(
      OperatorCommand command, OperatorRequest request, OperatorAnswer answer) {
    String op = request.op();
    if (answer instanceof OperatorAnswer.Committed committed) {
      OperatorOutcome outcome = new OperatorOutcome.Committed(op, committed.revision());
      return settle(request).handle((done, error) -> outcome);
    } else if (answer instanceof OperatorAnswer.NotCommitted not) {
      return applyHere(command, request)
          .thenApply(here -> new OperatorOutcome.NotCommitted(op, not.cause(), here));
    } else if (answer instanceof OperatorAnswer.Unknown unknown) {
      return applyHere(command, request)
          .thenApply(here -> new OperatorOutcome.Unknown(op, unknown.cause(), here));
    } else if (answer instanceof OperatorAnswer.Refused refused) {
      return CompletableFuture.completedFuture(new OperatorOutcome.Refused(refused.cause()));
    } else {
      OperatorAnswer.RevisionChanged changed = (OperatorAnswer.RevisionChanged) answer;
      return CompletableFuture.completedFuture(
          new OperatorOutcome.RevisionChanged(changed.current()));
    }
  }

  /**
   * Waits until the breaker has heard of what was committed. An override that was set on this
   * worker alone gives way to the fleet's, and to its end.
   */
  private CompletionStage<Done> settle(OperatorRequest request) {
    return switch (request.wish()) {
      case TRIP, RESET -> askBreaker(request.provider(), ProviderBreaker.Flush::new);
      case OVERRIDE, ENABLE -> askBreaker(request.provider(), ProviderBreaker.ClearOverride::new);
    };
  }

  private CompletionStage<Boolean> applyHere(OperatorCommand command, OperatorRequest request) {
    if (!command.hereIfNotCommitted()) {
      return CompletableFuture.completedFuture(false);
    }
    ProviderBreaker.Wish wish =
        switch (request.wish()) {
          case TRIP -> ProviderBreaker.Wish.TRIP;
          case RESET -> ProviderBreaker.Wish.RESET;
          case OVERRIDE -> ProviderBreaker.Wish.OVERRIDE;
          case ENABLE -> ProviderBreaker.Wish.ENABLE;
        };
    @Nullable OverrideMode mode = request.mode().orElse(null);
    @Nullable Duration lasting = request.lasting().isZero() ? null : request.lasting();
    return this.<Boolean>askBreaker(
            request.provider(),
            replyTo ->
                new ProviderBreaker.ApplyHere(
                    wish,
                    mode,
                    request.op(),
                    request.operator(),
                    request.reason(),
                    lasting,
                    replyTo))
        .exceptionally(error -> false);
  }

  private <T> CompletionStage<T> askBreaker(
      String provider, Function<ActorRef<T>, ProviderBreaker.Command> command) {
    return asks.breaker(provider, command, BREAKER_WAIT);
  }

  private static OperatorRequest requestOf(OperatorCommand command, ProviderSettings settings) {
    requireText("operator", command.operator(), LONGEST_OPERATOR);
    requireText("reason", command.reason(), LONGEST_REASON);
    OperatorAction action = command.action();
    boolean trips = action == OperatorAction.TRIP;
    command.lasting().ifPresent(lasting -> requireLasting(action, lasting));
    Duration usual = trips ? settings.openTime().base() : Duration.ZERO;
    return new OperatorRequest(
        command.provider(),
        UUID.randomUUID().toString(),
        switch (action) {
          case TRIP -> OperatorRequest.Wish.TRIP;
          case RESET -> OperatorRequest.Wish.RESET;
          case FORCE_OPEN, DISABLE, METRICS_ONLY -> OperatorRequest.Wish.OVERRIDE;
          case ENABLE -> OperatorRequest.Wish.ENABLE;
        },
        switch (action) {
          case FORCE_OPEN -> Optional.of(OverrideMode.FORCED_OPEN);
          case DISABLE -> Optional.of(OverrideMode.DISABLED);
          case METRICS_ONLY -> Optional.of(OverrideMode.METRICS_ONLY);
          case TRIP, RESET, ENABLE -> Optional.empty();
        },
        command.operator(),
        command.reason(),
        command.lasting().orElse(usual),
        command.ifRevision());
  }

  private static void requireText(String name, String text, int longest) {
    int length = text.codePointCount(0, text.length());
    if (text.isBlank() || length > longest) {
      throw new IllegalArgumentException(
          name + " must have 1 to " + longest + " characters, and not only blanks; had " + length);
    }
    // Half of a surrogate pair: no UTF-8 could carry it to the fleet.
    if (text.codePoints().anyMatch(c -> c >= 0xD800 && c <= 0xDFFF)) {
      throw new IllegalArgumentException(name + " is not Unicode text");
    }
  }

  private static void requireLasting(OperatorAction action, Duration lasting) {
    if (!action.setsOverride() && action != OperatorAction.TRIP) {
      throw new IllegalArgumentException(
          action.pathName() + " takes no expiry, was " + lasting + "; leave it out");
    }
    Duration longest = action == OperatorAction.TRIP ? LONGEST_TRIP : LONGEST_OVERRIDE;
    if (lasting.compareTo(SHORTEST) < 0 || lasting.compareTo(longest) > 0) {
      throw new IllegalArgumentException(
          action.pathName()
              + " must last 1 s to "
              + longest.toDays()
              + (longest.toDays() == 1 ? " day" : " days")
              + ", was "
              + lasting
              + (action == OperatorAction.TRIP ? "; use force-open for longer" : ""));
    }
  }
}
