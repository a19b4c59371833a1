package io.fleetbreaker.http;

import io.fleetbreaker.Subscription;
import io.fleetbreaker.fleet.HistoryEntry;
import io.fleetbreaker.fleet.HistoryListener;
import io.fleetbreaker.fleet.HistoryPage;
import io.fleetbreaker.fleet.HistoryQuery;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A history in memory, with the promises of the real one. Tells followers by one thread. */
final class TestHistory {
  private static final ExecutorService FEED =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "test-history");
            thread.setDaemon(true);
            return thread;
          });

  private final List<HistoryEntry> entries = new ArrayList<>();
  private final List<HistoryListener> followers = new ArrayList<>();
  private long latestMillis = 1_795_313_749_363L;
  private @Nullable List<Runnable> held;
  private int subscriptions;

  /** Adds what {@code entry} makes of the next id. */
  synchronized HistoryEntry add(Function<String, HistoryEntry> entry) {
    HistoryEntry added = entry.apply(++latestMillis + "-0");
    entries.add(added);
    List<HistoryListener> told = List.copyOf(followers);
    tell(() -> told.forEach(follower -> follower.onEntry(added)));
    return added;
  }

  /** Forgets all entries up to and with this id. */
  synchronized void trimTo(String id) {
    entries.removeIf(entry -> millis(entry.id()) <= millis(id));
  }

  /** Tells all followers that something is lost. */
  synchronized void loseSome(String id) {
    List<HistoryListener> told = List.copyOf(followers);
    tell(() -> told.forEach(follower -> follower.onGap(id)));
  }

  synchronized Optional<HistoryEntry> byOperation(String operation) {
    return entries.stream().filter(e -> e.revision().op().equals(operation)).findFirst();
  }

  synchronized HistoryPage page(HistoryQuery query) {
    List<HistoryEntry> found = new ArrayList<>(entries);
    query.provider().ifPresent(name -> found.removeIf(e -> !e.provider().equals(name)));
    query.after().ifPresent(id -> found.removeIf(e -> millis(e.id()) <= millis(id)));
    query.before().ifPresent(id -> found.removeIf(e -> millis(e.id()) >= millis(id)));
    if (query.after().isEmpty()) {
      Collections.reverse(found);
    }
    List<HistoryEntry> page = found.subList(0, Math.min(query.limit(), found.size()));
    return new HistoryPage(
        page,
        query.after().filter(this::isLost).isPresent(),
        found.size() > page.size()
            ? Optional.of(page.get(page.size() - 1).id())
            : Optional.empty());
  }

  synchronized Subscription follow(Optional<String> after, HistoryListener listener) {
    subscriptions++;
    List<HistoryEntry> missed =
        after.isEmpty()
            ? List.of()
            : page(new HistoryQuery(Optional.empty(), after, Optional.empty(), 1_000)).entries();
    boolean gap = after.filter(this::isLost).isPresent();
    String newest = entries.isEmpty() ? "0-0" : entries.get(entries.size() - 1).id();
    tell(
        () -> {
          if (gap) {
            listener.onGap(newest);
          } else {
            missed.forEach(listener::onEntry);
          }
        });
    followers.add(listener);
    return () -> unfollow(listener);
  }

  private boolean isLost(String id) {
    return !id.equals("0-0") && entries.stream().noneMatch(entry -> entry.id().equals(id));
  }

  private void tell(Runnable telling) {
    if (held == null) {
      FEED.execute(telling);
    } else {
      held.add(telling);
    }
  }

  /** Followers hear nothing until {@link #goOn}, as on a worker that is a little behind. */
  synchronized void fallBehind() {
    held = new ArrayList<>();
  }

  synchronized void goOn() {
    List<Runnable> late = held == null ? List.of() : held;
    held = null;
    late.forEach(FEED::execute);
  }

  /** Waits until the followers have heard all that there was to tell. */
  void awaitTold() throws Exception {
    HttpTest.resultOf(CompletableFuture.runAsync(() -> {}, FEED));
  }

  private synchronized void unfollow(HistoryListener listener) {
    followers.remove(listener);
  }

  synchronized int followers() {
    return followers.size();
  }

  /** How often anybody began to follow. */
  synchronized int subscriptions() {
    return subscriptions;
  }

  private static long millis(String id) {
    return Long.parseLong(id.substring(0, id.indexOf('-')));
  }
}
