package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.State;
import org.junit.jupiter.api.Test;

class ExpositionTest {

  @Test
  void everyMetricHasHelpAndTypeAndOneSampleAProvider() {
    TestWorker worker = TestWorker.of(new TestBreaker("openai", 1, 3));
    worker.breaker("openai").become(State.OPEN);
    worker.become(TestWorker.ALONE);

    assertThat(Exposition.of(Snapshot.of(worker)))
        .isEqualTo(
            """
            # HELP fleetbreaker_state 1 for the state a breaker is in on this worker.
            # TYPE fleetbreaker_state gauge
            fleetbreaker_state{provider="openai",state="closed"} 0
            fleetbreaker_state{provider="openai",state="open"} 1
            fleetbreaker_state{provider="openai",state="half_open"} 0
            # HELP fleetbreaker_failures Failures this worker counted in a row.
            # TYPE fleetbreaker_failures gauge
            fleetbreaker_failures{provider="openai"} 0
            # HELP fleetbreaker_calls_total Calls made by this worker, by how they ended.
            # TYPE fleetbreaker_calls_total counter
            fleetbreaker_calls_total{provider="openai",kind="successful"} 7
            fleetbreaker_calls_total{provider="openai",kind="failed"} 0
            fleetbreaker_calls_total{provider="openai",kind="ignored"} 0
            # HELP fleetbreaker_not_permitted_calls_total Calls this worker refused.
            # TYPE fleetbreaker_not_permitted_calls_total counter
            fleetbreaker_not_permitted_calls_total{provider="openai"} 2
            # HELP fleetbreaker_sync_up Whether this worker shares and follows the fleet's state.
            # TYPE fleetbreaker_sync_up gauge
            fleetbreaker_sync_up 0
            # HELP fleetbreaker_redis_up Whether this worker's last contact with Redis succeeded.
            # TYPE fleetbreaker_redis_up gauge
            fleetbreaker_redis_up 0
            # HELP fleetbreaker_events_received_total Events of the fleet that reached this worker, its own among them.
            # TYPE fleetbreaker_events_received_total counter
            fleetbreaker_events_received_total 0
            # HELP fleetbreaker_messages_dropped_total Messages on the channel that were no event of this fleet.
            # TYPE fleetbreaker_messages_dropped_total counter
            fleetbreaker_messages_dropped_total 0
            # HELP fleetbreaker_uptime_seconds How long this worker has been running.
            # TYPE fleetbreaker_uptime_seconds gauge
            fleetbreaker_uptime_seconds 12.345
            """);
  }

  @Test
  void labelsAreEscaped() {
    assertThat(Exposition.escaped("a\"b\\c\nd")).isEqualTo("a\\\"b\\\\c\\nd");
  }
}
