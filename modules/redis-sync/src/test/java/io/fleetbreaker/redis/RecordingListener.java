package io.fleetbreaker.redis;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what a subscription said. Written by the subscription's thread, read by the test's. */
final class RecordingListener implements FleetStore.EventListener {
  final List<BreakerEvent> events = new CopyOnWriteArrayList<>();
  final List<String> undecodable = new CopyOnWriteArrayList<>();
  final List<String> greetings = new CopyOnWriteArrayList<>();
  final List<String> connection = new CopyOnWriteArrayList<>();

  @Override
  public void onEvent(BreakerEvent event) {
    events.add(event);
  }

  @Override
  public void onSubscribed() {
    connection.add("subscribed");
  }

  @Override
  public void onDisconnected(String cause) {
    connection.add("disconnected: " + cause);
  }

  @Override
  public void onGreeting(String worker) {
    greetings.add(worker);
  }

  @Override
  public void onUndecodable(String problem) {
    undecodable.add(problem);
  }
}
