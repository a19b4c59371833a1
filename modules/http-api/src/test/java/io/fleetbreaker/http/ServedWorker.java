package io.fleetbreaker.http;

import io.fleetbreaker.fleet.OperatorCommand;
import io.fleetbreaker.fleet.OperatorOutcome;
import io.fleetbreaker.redis.StoreException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;

/** A worker with a real server on a real port, for tests of its clients. */
public final class ServedWorker implements AutoCloseable {
  private final ActorTestKit kit = ActorTestKit.create();
  private final TestWorker worker;
  private final HttpServer server;

  public ServedWorker(String... providers) throws Exception {
    this(HttpSecurity.defaults(), providers);
  }

  private ServedWorker(HttpSecurity security, String... providers) throws Exception {
    TestBreaker[] breakers = new TestBreaker[providers.length];
    for (int i = 0; i < providers.length; i++) {
      breakers[i] = new TestBreaker(providers[i], i + 1, 3);
    }
    worker = TestWorker.of(breakers);
    server =
        HttpServer.start(
                kit.system(),
                worker,
                new HttpSettings("127.0.0.1", Optional.empty(), 0, true, security))
            .toCompletableFuture()
            .get(30, TimeUnit.SECONDS);
  }

  /** One that asks for tokens, and knows this one, of an admin. */
  public static ServedWorker guarded(String token, String... providers) throws Exception {
    return new ServedWorker(
        GuardedTest.security("auth.tokens = [" + GuardedTest.entry("ada", "admin", token) + "]"),
        providers);
  }

  public URI url() {
    return URI.create("http://127.0.0.1:" + server.boundPorts().own());
  }

  public List<OperatorCommand> commands() {
    return worker.commands();
  }

  public void haveFleet(int others, int lost) {
    worker.haveFleet(others, lost);
  }

  public void answerCommandsWith(OperatorOutcome outcome) {
    worker.answerCommandsWith(command -> CompletableFuture.completedFuture(outcome));
  }

  public void loseRedis() {
    worker.loseRedis(new StoreException("Redis is away"));
    worker.become(TestWorker.ALONE);
  }

  @Override
  public void close() {
    server.stop(Duration.ofSeconds(1)).toCompletableFuture().join();
    kit.shutdownTestKit();
  }
}
