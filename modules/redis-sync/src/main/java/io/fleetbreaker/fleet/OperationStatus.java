package io.fleetbreaker.fleet;

import java.util.Optional;

/**
 * What is known of an operation whose outcome was unknown.
 *
 * <pre>{@code
 * OperationStatus status =
 *     new OperationStatus(
 *         "9f2c51", "openai", OperationStatus.Fate.NOT_FOUND, Optional.empty());
 * boolean tellThemToTryAgain = status.fate() == OperationStatus.Fate.NOT_FOUND;
 * assert tellThemToTryAgain && status.entry().isEmpty();
 * }</pre>
 *
 * @param operation its id
 * @param provider the provider it was for
 * @param fate what became of it
 * @param entry its entry in the history, if that still holds it
 */
public record OperationStatus(
    String operation, String provider, Fate fate, Optional<HistoryEntry> entry) {

  /** What became of an operation. */
  public enum Fate {
    /** It was committed; something later may have superseded it since. */
    COMMITTED,
    /** Neither the state's last operations nor the history know it. */
    NOT_FOUND
  }
}
