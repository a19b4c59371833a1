package io.fleetbreaker.redis;

import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/** A store whose connection a test can take away and give back. */
final class FaultyStore implements FleetStore {
  private final FleetStore store;
  private final AtomicBoolean away = new AtomicBoolean();
  private final AtomicBoolean refusing = new AtomicBoolean();

  /** Written by the actor that subscribes, read by the test. */
  private final AtomicReference<EventListener> listener = new AtomicReference<>();

  FaultyStore(FleetStore store) {
    this.store = store;
  }

  void goAway() {
    away.set(true);
    listener.get().onDisconnected("gone for the test");
  }

  void refuseCommits() {
    refusing.set(true);
  }

  void comeBack() {
    away.set(false);
    refusing.set(false);
    listener.get().onSubscribed();
  }

  private void check() {
    if (away.get()) {
      throw new StoreException("gone for the test");
    }
  }

  @Override
  public void publish(BreakerEvent event) {
    check();
    store.publish(event);
  }

  @Override
  public Subscription subscribe(EventListener wanted) {
    listener.set(wanted);
    return store.subscribe(wanted);
  }

  @Override
  public Optional<StoredState> getState(String provider) {
    check();
    return store.getState(provider);
  }

  @Override
  public boolean setState(String provider, StoredState state, Duration ttl) {
    check();
    return store.setState(provider, state, ttl);
  }

  @Override
  public StoreSnapshot read(Collection<String> providers) {
    check();
    return store.read(providers);
  }

  @Override
  public CommitResult commit(CommitRequest request) {
    if (refusing.get()) {
      return new CommitResult.Refused("no memory");
    }
    return away.get() ? new CommitResult.Unreachable("gone for the test") : store.commit(request);
  }

  @Override
  public LockResult acquireLock(String name, Duration waitLimit, Duration expiry) {
    check();
    return store.acquireLock(name, waitLimit, expiry);
  }

  @Override
  public boolean releaseLock(Lock lock) {
    check();
    return store.releaseLock(lock);
  }

  @Override
  public int database() {
    return store.database();
  }

  @Override
  public Health health() {
    return store.health();
  }

  @Override
  public void close() {
    store.close();
  }
}
