package io.fleetbreaker.fleet;

import io.fleetbreaker.sync.RevisionId;

/**
 * What came of an operator's command, told honestly (R13).
 *
 * <pre>{@code
 * OperatorCommand trip =
 *     new OperatorCommand(
 *         "openai",
 *         OperatorAction.TRIP,
 *         "alice",
 *         "the provider is down",
 *         Optional.empty(),
 *         Optional.empty(),
 *         false);
 * OperatorOutcome outcome = fleet.execute(trip).toCompletableFuture().get();
 * if (outcome instanceof OperatorOutcome.Committed committed) {
 *   System.out.println("the fleet is at " + committed.revision());
 * } else if (outcome instanceof OperatorOutcome.NotCommitted not) {
 *   assert !not.appliedHere() && !not.cause().isEmpty();
 * } else if (outcome instanceof OperatorOutcome.Unknown unknown) {
 *   System.out.println("ask later what became of " + unknown.operation());
 * }
 * }</pre>
 */
public sealed interface OperatorOutcome {

  /**
   * It is the fleet's state, and in force on this worker, or will be at once.
   *
   * @param operation id of the operation, as in the history
   * @param revision the revision it made; a later one if the answer was lost and others have gone
   *     on from there by the time that Redis was asked again
   */
  record Committed(String operation, RevisionId revision) implements OperatorOutcome {}

  /**
   * The fleet has certainly not taken it.
   *
   * @param cause why, for people
   * @param appliedHere whether it is in force on this worker alone, because that was asked for
   */
  record NotCommitted(String operation, String cause, boolean appliedHere)
      implements OperatorOutcome {}

  /**
   * Nobody knows yet whether the fleet has taken it: ask {@link Fleet#operation}.
   *
   * @param cause why, for people
   * @param appliedHere whether it is in force on this worker, because that was asked for
   */
  record Unknown(String operation, String cause, boolean appliedHere) implements OperatorOutcome {}

  /**
   * It contradicts what is in force, and nothing was done: a reset of what is forced open, or a
   * trip under any override. A reset of what is disabled or counted only closes the state below.
   *
   * @param cause what is in the way, and the way out
   */
  record Refused(String cause) implements OperatorOutcome {}

  /**
   * The fleet's revision is not the one the command was made for; nothing was done.
   *
   * @param current what it is
   */
  record RevisionChanged(RevisionId current) implements OperatorOutcome {}
}
