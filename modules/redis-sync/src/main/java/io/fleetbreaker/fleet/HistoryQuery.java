package io.fleetbreaker.fleet;

import io.fleetbreaker.ProviderName;
import io.fleetbreaker.redis.HistoryId;
import java.util.Optional;

/**
 * Which part of the history to read. Immutable.
 *
 * <pre>{@code
 * HistoryQuery newest = HistoryQuery.newest(100).of("openai");
 * assert newest.after().isEmpty() && newest.before().isEmpty();
 * HistoryQuery sinceThen = HistoryQuery.after("1795313749364-0", 100);
 * assert sinceThen.provider().isEmpty();
 * }</pre>
 *
 * @param provider only this provider's entries; empty for all
 * @param after the entries after this id, oldest first, {@code 0-0} for the oldest that is kept;
 *     empty for the newest entries, newest first
 * @param before only entries before this id, newest first: the next page; not together with {@code
 *     after}
 * @param limit at most so many entries; 1 to 1,000
 */
public record HistoryQuery(
    Optional<String> provider, Optional<String> after, Optional<String> before, int limit) {
  private static final int MOST = 1_000;

  /**
   * Checks names, ids and bounds.
   *
   * @throws IllegalArgumentException naming what is wrong, its bound and its value
   */
  public HistoryQuery {
    provider.ifPresent(ProviderName::require);
    after.ifPresent(id -> requireId("after", id));
    before.ifPresent(id -> requireId("before", id));
    if (after.isPresent() && before.isPresent()) {
      throw new IllegalArgumentException(
          "after and before exclude each other: after reads on, before reads back");
    }
    if (limit < 1 || limit > MOST) {
      throw new IllegalArgumentException("limit must be 1 to " + MOST + ", was " + limit);
    }
  }

  /** The newest entries of all providers, newest first. */
  public static HistoryQuery newest(int limit) {
    return new HistoryQuery(Optional.empty(), Optional.empty(), Optional.empty(), limit);
  }

  /** The entries of all providers before this id, newest first. */
  public static HistoryQuery before(String id, int limit) {
    return new HistoryQuery(Optional.empty(), Optional.empty(), Optional.of(id), limit);
  }

  /** The entries of all providers after this id, oldest first. */
  public static HistoryQuery after(String id, int limit) {
    return new HistoryQuery(Optional.empty(), Optional.of(id), Optional.empty(), limit);
  }

  /** The same, of this provider only. */
  public HistoryQuery of(String onlyProvider) {
    return new HistoryQuery(Optional.of(onlyProvider), after, before, limit);
  }

  static HistoryId requireId(String what, String id) {
    return HistoryId.of(id)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    what
                        + " must be the id of an entry, such as 1795313749364-0, was '"
                        + ProviderName.shown(id)
                        + "'"));
  }
}
