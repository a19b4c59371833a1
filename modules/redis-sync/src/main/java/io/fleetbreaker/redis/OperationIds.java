package io.fleetbreaker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.UUID;

/**
 * Names the operations of one worker, each differently from all others of the fleet. A proposal has
 * one name however often it is tried, so that the store can tell a repetition from a second
 * operation, also when the actors of the worker have restarted between (R8).
 */
@FunctionalInterface
interface OperationIds {
  /**
   * The name of an operation on {@code provider}.
   *
   * @param sequence the number of the proposal; 0 for a re-assertion, which is named anew each time
   */
  String of(String provider, long sequence);

  /**
   * The operations of the worker of this id, which no other worker has or will have. Each name
   * stands for one operation on one provider.
   */
  static OperationIds ofWorker(String workerId) {
    // Hashed once: a worker's id is long, and the middle of an incident is no time to load a
    // digest.
    String worker = UUID.nameUUIDFromBytes(workerId.getBytes(UTF_8)).toString();
    return (provider, sequence) ->
        sequence == 0 ? UUID.randomUUID().toString() : worker + "." + sequence;
  }
}
