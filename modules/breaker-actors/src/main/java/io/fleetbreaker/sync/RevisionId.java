package io.fleetbreaker.sync;

/**
 * Names one committed state of one provider.
 *
 * <p>Revisions are ordered by {@code (epoch, version)}; {@code op} is the random id of the
 * operation that made this one and does not take part in the order, but does in equality: two
 * revisions with one place in the order and different ops mean that a store lost something.
 *
 * @param epoch server milliseconds of the first commit since the store last lost this provider; at
 *     least 0, below 2^53
 * @param version counts commits within the epoch, from 1; below 2^53
 * @param op id of the operation that made the revision; empty only in {@link #NONE}
 */
public record RevisionId(long epoch, long version, String op) implements Comparable<RevisionId> {
  /** Before every revision: no state was ever committed. */
  public static final RevisionId NONE = new RevisionId(0, 0, "");

  /** Epochs and versions stay below this, so that every JSON reader holds them exactly. */
  public static final long LIMIT = 1L << 53;

  /** Rejects numbers outside {@code [0, 2^53)}. */
  public RevisionId {
    if (epoch < 0 || epoch >= LIMIT || version < 0 || version >= LIMIT) {
      throw new IllegalArgumentException(
          "epoch and version must be at least 0 and below 2^53, were " + epoch + ", " + version);
    }
  }

  /** Whether this revision comes after {@code other} in the order of commits. */
  public boolean isAfter(RevisionId other) {
    return compareTo(other) > 0;
  }

  @Override
  public int compareTo(RevisionId other) {
    int byEpoch = Long.compare(epoch, other.epoch);
    return byEpoch != 0 ? byEpoch : Long.compare(version, other.version);
  }

  @Override
  public String toString() {
    return epoch + "." + version + (op.isEmpty() ? "" : "/" + op);
  }
}
