package io.fleetbreaker.http;

import io.fleetbreaker.Ticker;
import io.fleetbreaker.http.Connections.Activity;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.NotUsed;
import org.apache.pekko.http.impl.engine.server.HttpAttributes;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.BidiShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.SharedKillSwitch;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.stage.AbstractInHandler;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.util.ByteString;

/**
 * Passes one connection's requests and answers on, and tells {@link Connections} what it does. A
 * request that arrives in dribs and drabs has not arrived: what counts is the whole head.
 */
final class ConnectionStage
    extends GraphStage<BidiShape<HttpRequest, HttpRequest, HttpResponse, HttpResponse>> {
  private final Connections connections;
  private final AcceptedSockets sockets;
  private final Ticker ticker;
  private final Inlet<HttpRequest> requestIn = Inlet.create("requestIn");
  private final Outlet<HttpRequest> requestOut = Outlet.create("requestOut");
  private final Inlet<HttpResponse> responseIn = Inlet.create("responseIn");
  private final Outlet<HttpResponse> responseOut = Outlet.create("responseOut");

  /**
   * @param sockets those of the port that the connection comes to
   */
  ConnectionStage(Connections connections, AcceptedSockets sockets, Ticker ticker) {
    this.connections = connections;
    this.sockets = sockets;
    this.ticker = ticker;
  }

  @Override
  public BidiShape<HttpRequest, HttpRequest, HttpResponse, HttpResponse> shape() {
    return new BidiShape<>(requestIn, requestOut, responseIn, responseOut);
  }

  @Override
  public GraphStageLogic createLogic(Attributes inheritedAttributes) {
    // What settings.withRemoteAddressAttribute gives each request, here before there is one.
    return new Logic(
        inheritedAttributes
            .getAttribute(HttpAttributes.RemoteAddress.class)
            .map(HttpAttributes.RemoteAddress::address));
  }

  /** What is written here is written by the stage only, and read by all. */
  private record Doing(Activity activity, long sinceNanos) {}

  private final class Logic extends GraphStageLogic implements Connections.Connection {
    private final AtomicBoolean ended = new AtomicBoolean();
    private final SharedKillSwitch streams = KillSwitches.shared("connection");
    private final AsyncCallback<NotUsed> onEnd = createAsyncCallback(unused -> completeStage());
    private final AsyncCallback<Doing> onStreamed = createAsyncCallback(this::streamed);
    private final Optional<InetSocketAddress> client;
    private volatile Doing doing = new Doing(Activity.WAITING, ticker.nanos());
    private volatile boolean answered;

    Logic(Optional<InetSocketAddress> client) {
      super(ConnectionStage.this.shape());
      this.client = client;
      setHandler(
          requestIn,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              become(Activity.ANSWERING);
              push(requestOut, grab(requestIn));
            }

            @Override
            public void onUpstreamFinish() {
              complete(requestOut);
            }
          });
      setHandler(
          requestOut,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              pull(requestIn);
            }

            @Override
            public void onDownstreamFinish(Throwable cause) {
              cancel(requestIn, cause);
            }
          });
      setHandler(
          responseIn,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              answered = true;
              push(responseOut, watched(grab(responseIn)));
            }

            @Override
            public void onUpstreamFinish() {
              complete(responseOut);
            }
          });
      setHandler(
          responseOut,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              pull(responseIn);
            }

            @Override
            public void onDownstreamFinish(Throwable cause) {
              cancel(responseIn, cause);
            }
          });
    }

    @Override
    public void preStart() {
      connections.opened(this);
    }

    @Override
    public void postStop() {
      connections.closed(this);
    }

    private void become(Activity activity) {
      doing = new Doing(activity, ticker.nanos());
    }

    /** An answer that is not yet whole has not ended by being passed on. */
    private HttpResponse watched(HttpResponse response) {
      if (response.entity().isStrict()) {
        become(Activity.WAITING);
        return response;
      }
      become(Activity.STREAMING);
      Doing streaming = doing;
      Flow<ByteString, ByteString, NotUsed> watch =
          Flow.<ByteString>create()
              .via(streams.flow())
              .watchTermination(
                  (unused, done) -> {
                    done.whenComplete((how, failure) -> onStreamed.invoke(streaming));
                    return NotUsed.getInstance();
                  });
      return response.transformEntityDataBytes(watch);
    }

    /** Unless the next request has been faster. */
    private void streamed(Doing streaming) {
      if (doing.equals(streaming)) {
        become(Activity.WAITING);
      }
    }

    @Override
    public Activity activity() {
      return doing.activity();
    }

    @Override
    public long sinceNanos() {
      return doing.sinceNanos();
    }

    @Override
    public boolean hasAnswered() {
      return answered;
    }

    @Override
    public boolean isGone() {
      return client.flatMap(sockets::of).isEmpty();
    }

    @Override
    public void cut() {
      client.flatMap(sockets::of).ifPresent(AcceptedSockets::cut);
    }

    @Override
    public boolean end() {
      boolean first = ended.compareAndSet(false, true);
      if (first) {
        streams.shutdown();
        onEnd.invoke(NotUsed.getInstance());
      }
      return first;
    }
  }
}
