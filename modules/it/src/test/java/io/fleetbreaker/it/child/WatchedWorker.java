package io.fleetbreaker.it.child;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.fleetbreaker.BreakerView;
import io.fleetbreaker.CircuitBreaker;
import io.fleetbreaker.Permit;
import io.fleetbreaker.Transition;
import io.fleetbreaker.fleet.Fleet;
import io.fleetbreaker.fleet.FleetSettings;
import io.fleetbreaker.fleet.OperatorAction;
import io.fleetbreaker.fleet.OperatorCommand;
import io.fleetbreaker.fleet.OperatorOutcome;
import io.fleetbreaker.fleet.SyncStatus;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A worker that prints every transition of its breakers, as {@code transition <provider> <from>
 * <to> <revision> <reason>}, and does what it is told. It joins its fleet when told {@code join},
 * and answers with what its first call to openai met and with its view. SIGTERM closes it as an
 * application would.
 *
 * <p>Argument: settings over those of reference.conf. Commands are answered, unless {@code quietly}
 * stands before them.
 */
public final class WatchedWorker {
  private static final Duration TRAFFIC_PAUSE = Duration.ofMillis(5);

  private final Parent parent;
  private final Fleet fleet;
  private final Deque<Permit> held = new ArrayDeque<>();
  private final ScheduledExecutorService traffic =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "traffic");
            thread.setDaemon(true);
            return thread;
          });

  private WatchedWorker(Parent parent, Fleet fleet) {
    this.parent = parent;
    this.fleet = fleet;
  }

  public static void main(String[] args) throws InterruptedException {
    Parent parent = Parent.listen();
    FleetSettings settings = settings(args[0]);
    parent.say("waiting");
    parent.nextCommand();
    Fleet fleet = Fleet.start(settings);
    boolean admitted = admits(fleet.breaker("openai"));
    fleet.events().onTransition(transition -> parent.say(shown(transition)));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(parent, fleet), "end"));
    parent.answer((admitted ? "admitted " : "refused ") + view(fleet.breaker("openai")));
    new WatchedWorker(parent, fleet).obey();
  }

  /** Says how long it took: a fleet does not wait for its last words to be taken for ever. */
  private static void end(Parent parent, Fleet fleet) {
    long begun = System.nanoTime();
    fleet.close();
    parent.say("closed after " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun) + " ms");
  }

  private void obey() throws InterruptedException {
    while (true) {
      String[] command = parent.nextCommand();
      if (command[0].equals("quietly")) {
        perform(command[1], command[2]);
      } else {
        parent.answer(perform(command[0], command.length > 1 ? command[1] : ""));
      }
    }
  }

  private String perform(String verb, String provider) {
    return switch (verb) {
      case "view" -> view(fleet.breaker(provider));
      case "fail" -> String.valueOf(fail(fleet.breaker(provider)));
      case "succeed" -> succeed(fleet.breaker(provider)) ? "admitted" : "refused";
      case "hold" -> hold(fleet.breaker(provider)) ? "admitted" : "refused";
      case "release" -> release();
      case "reset" -> fleet.reset(provider, "by a test").toCompletableFuture().join().toString();
      case "force" -> operate(OperatorAction.FORCE_OPEN, provider, Optional.empty());
      case "force-2s" ->
          operate(OperatorAction.FORCE_OPEN, provider, Optional.of(Duration.ofSeconds(2)));
      case "enable" -> operate(OperatorAction.ENABLE, provider, Optional.empty());
      case "operation" ->
          fleet.operation("openai", provider).toCompletableFuture().join().fate().toString();
      case "traffic" -> traffic(fleet.breaker(provider));
      case "hammer" -> Hammer.start(fleet.breaker("openai"), Integer.parseInt(provider));
      case "sync" -> sync(fleet.sync());
      default -> "what?";
    };
  }

  /** What came of it, and the operation. */
  private String operate(OperatorAction action, String provider, Optional<Duration> lasting) {
    OperatorOutcome outcome =
        fleet
            .execute(
                new OperatorCommand(
                    provider, action, "a test", "by a test", lasting, Optional.empty(), false))
            .toCompletableFuture()
            .join();
    String operation =
        outcome instanceof OperatorOutcome.Committed c
            ? c.operation()
            : outcome instanceof OperatorOutcome.NotCommitted n
                ? n.operation()
                : outcome instanceof OperatorOutcome.Unknown u ? u.operation() : "none";
    return outcome.getClass().getSimpleName() + " " + operation;
  }

  private static boolean admits(CircuitBreaker breaker) {
    Optional<Permit> permit = breaker.tryAcquire();
    permit.ifPresent(Permit::ignore);
    return permit.isPresent();
  }

  private static int fail(CircuitBreaker breaker) {
    int failed = 0;
    for (int i = 0; i < breaker.settings().tripPolicy().failuresThatOpen(); i++) {
      Optional<Permit> permit = breaker.tryAcquire();
      if (permit.isPresent()) {
        permit.get().failure();
        failed++;
      }
    }
    return failed;
  }

  private static boolean succeed(CircuitBreaker breaker) {
    Optional<Permit> permit = breaker.tryAcquire();
    permit.ifPresent(Permit::success);
    return permit.isPresent();
  }

  private boolean hold(CircuitBreaker breaker) {
    Optional<Permit> permit = breaker.tryAcquire();
    permit.ifPresent(held::add);
    return permit.isPresent();
  }

  private String release() {
    int released = held.size();
    held.forEach(Permit::success);
    held.clear();
    return String.valueOf(released);
  }

  /** Calls that succeed, from now on. */
  private String traffic(CircuitBreaker breaker) {
    var unused =
        traffic.scheduleWithFixedDelay(
            () -> succeed(breaker), 0, TRAFFIC_PAUSE.toMillis(), TimeUnit.MILLISECONDS);
    return "on";
  }

  private static String view(CircuitBreaker breaker) {
    BreakerView view = breaker.view();
    return String.join(
        " ",
        view.state().wireName(),
        view.revision().toString(),
        view.shared() ? "shared" : "local",
        String.valueOf(view.remaining().toMillis()),
        view.reason());
  }

  private static String sync(SyncStatus sync) {
    return String.join(
        " ",
        sync.mode().toString(),
        sync.subscribed() ? "subscribed" : "unsubscribed",
        String.valueOf(sync.eventsReceived()),
        String.valueOf(sync.messagesDropped()),
        sync.problem());
  }

  private static String shown(Transition transition) {
    return String.join(
        " ",
        "transition",
        transition.provider(),
        transition.from().wireName(),
        transition.to().wireName(),
        transition.revision().toString(),
        transition.reason());
  }

  static FleetSettings settings(String hocon) {
    Config redis =
        ConfigFactory.parseString(
            "fleetbreaker.redis { uri = \""
                + System.getenv("FLEETBREAKER_REDIS_URI")
                + "\", prefix = \""
                + System.getenv("FLEETBREAKER_REDIS_PREFIX")
                + "\" }");
    return FleetSettings.from(
        ConfigFactory.parseString(hocon).withFallback(redis).withFallback(ConfigFactory.load()));
  }
}
