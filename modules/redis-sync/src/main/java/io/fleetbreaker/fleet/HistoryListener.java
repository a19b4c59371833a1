package io.fleetbreaker.fleet;

/**
 * Told what the history gains, in order and without repeat. Called by one thread of its own: one
 * that is slow holds nobody else up, and reads on where it was. An exception is logged, and the
 * next entry is told all the same.
 *
 * <pre>{@code
 * Queue<String> lines = new ConcurrentLinkedQueue<>();
 * HistoryListener listener =
 *     new HistoryListener() {
 *       @Override
 *       public void onEntry(HistoryEntry entry) {
 *         lines.add(entry.id() + " " + entry.provider() + " is " + entry.to());
 *       }
 *
 *       @Override
 *       public void onGap(String id) {
 *         lines.add("some entries are lost; going on after " + id);
 *       }
 *     };
 * Subscription following = fleet.follow(Optional.empty(), listener);
 * following.close();
 * }</pre>
 */
public interface HistoryListener {
  /** Another entry. */
  void onEntry(HistoryEntry entry);

  /**
   * Entries between the last one told and the next are lost: what is known of the providers is to
   * be read anew.
   *
   * @param id after which the history goes on: the last entry there is, or {@code 0-0} if there is
   *     none. It can be followed from later
   */
  void onGap(String id);
}
