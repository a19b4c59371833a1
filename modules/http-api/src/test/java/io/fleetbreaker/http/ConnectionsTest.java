package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.http.Connections.Activity;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ConnectionsTest {
  private final AtomicLong now = new AtomicLong();
  private final Connections connections =
      new Connections(3, Duration.ofSeconds(20), Duration.ofSeconds(10), now::get);

  @Test
  void oneTooManyEndsTheOneThatHasWaitedLongest() {
    Some busy = opened(Activity.ANSWERING);
    Some first = opened(Activity.WAITING);
    Some second = opened(Activity.WAITING);
    Some newest = opened(Activity.WAITING);

    assertThat(first.ended).isTrue();
    assertThat(busy.ended || second.ended || newest.ended).isFalse();
    assertThat(connections.count()).isEqualTo(3);
    assertThat(connections.ended()).isEqualTo(1);
  }

  @Test
  void aStreamIsMissedMoreThanAnIdleConnectionAndLessThanARequest() {
    Some stream = opened(Activity.STREAMING);
    Some request = opened(Activity.ANSWERING);
    Some idle = opened(Activity.WAITING);

    opened(Activity.ANSWERING);
    assertThat(idle.ended).isTrue();
    opened(Activity.ANSWERING);

    assertThat(stream.ended).isTrue();
    assertThat(request.ended).isFalse();
  }

  @Test
  void requestsOfLessThanASecondAreNotEndedForAnother() {
    Some first = opened(Activity.ANSWERING);
    opened(Activity.ANSWERING);
    opened(Activity.ANSWERING);

    Some newest = opened(Activity.WAITING);
    assertThat(newest.ended).isTrue();
    assertThat(first.ended).isFalse();

    now.addAndGet(Duration.ofSeconds(2).toNanos());
    assertThat(opened(Activity.WAITING).ended).isFalse();
    assertThat(first.ended).as("who dribbles for long makes room").isTrue();
  }

  @Test
  void whatHasWaitedTooLongIsEndedBySweeping() {
    Some idle = opened(Activity.WAITING);
    Some stream = opened(Activity.STREAMING);
    Some request = opened(Activity.ANSWERING);
    now.set(idle.since + Duration.ofSeconds(20).toNanos());
    connections.sweep();
    assertThat(idle.ended).isFalse();

    now.addAndGet(1);
    connections.sweep();

    assertThat(idle.ended).isTrue();
    assertThat(stream.ended || request.ended).isFalse();
    assertThat(connections.count()).isEqualTo(2);
  }

  @Test
  void whatHasEndedByItselfIsCountedNoLongerAndNotTwice() {
    Some one = opened(Activity.WAITING);
    connections.closed(one);
    connections.closed(one);

    assertThat(connections.count()).isZero();
    assertThat(connections.ended()).isZero();
  }

  @Test
  void whatGoesOnAfterItsEndIsCutOff() {
    Some handshake = opened(Activity.WAITING);
    now.addAndGet(Duration.ofSeconds(21).toNanos());
    connections.sweep();
    assertThat(handshake.ended).isTrue();
    assertThat(handshake.cuts).isZero();

    connections.sweep();
    connections.sweep();

    assertThat(handshake.cuts).isEqualTo(1);
  }

  @Test
  void anAnswerOnItsWayMayBeDeliveredForAWhile() {
    Some answered = opened(Activity.WAITING);
    answered.answered = true;
    Some gone = opened(Activity.WAITING);
    now.addAndGet(Duration.ofSeconds(21).toNanos());
    connections.sweep();
    gone.gone = true;

    now.addAndGet(Duration.ofSeconds(10).toNanos());
    connections.sweep();
    assertThat(answered.cuts).isZero();
    now.addAndGet(1);
    connections.sweep();

    assertThat(answered.cuts).isEqualTo(1);
    assertThat(gone.cuts).as("it has ended by itself").isZero();
  }

  private Some opened(Activity activity) {
    Some connection = new Some(activity, now.incrementAndGet());
    connections.opened(connection);
    return connection;
  }

  private static final class Some implements Connections.Connection {
    private final Activity activity;
    private final long since;
    private boolean ended;
    private boolean answered;
    private boolean gone;
    private int cuts;

    Some(Activity activity, long since) {
      this.activity = activity;
      this.since = since;
    }

    @Override
    public Activity activity() {
      return activity;
    }

    @Override
    public long sinceNanos() {
      return since;
    }

    @Override
    public boolean hasAnswered() {
      return answered;
    }

    @Override
    public boolean isGone() {
      return gone;
    }

    @Override
    public void cut() {
      cuts++;
    }

    @Override
    public boolean end() {
      boolean first = !ended;
      ended = true;
      return first;
    }
  }
}
