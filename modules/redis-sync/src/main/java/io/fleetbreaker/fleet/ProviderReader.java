package io.fleetbreaker.fleet;

import com.typesafe.config.Config;
import io.fleetbreaker.CallWindow;
import io.fleetbreaker.OpenTime;
import io.fleetbreaker.OutcomeClassifier;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.TripCondition;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads one provider's section of a configuration, whose keys reference.conf explains. */
final class ProviderReader {
  private static final Pattern CALLS = Pattern.compile("\\s*(\\d{1,9})\\s*calls?\\s*");

  private static final String WINDOW =
      "a number of calls such as 100 calls, or a time such as 60 s";

  private final Config own;
  private final SettingsReader reader;

  private ProviderReader(Config own, SettingsReader reader) {
    this.own = own;
    this.reader = reader;
  }

  /**
   * Reads below the provider's path.
   *
   * @param own what the provider sets itself
   * @param reader reads that and, for what it does not set, the defaults
   * @throws IllegalArgumentException naming key, value and bound
   */
  static ProviderSettings read(String name, Config own, SettingsReader reader) {
    return new ProviderReader(own, reader).read(name);
  }

  private ProviderSettings read(String name) {
    ProviderSettings.Builder builder = ProviderSettings.builder(name);
    conditions(builder);
    return builder
        .priority(reader.number("priority"))
        .classifier(classifier())
        .openTime(
            new OpenTime(
                reader.duration("open-duration"),
                reader.decimal("open-duration-multiplier"),
                reader.duration("open-duration-max"),
                reader.decimal("open-duration-jitter"),
                reader.duration("open-duration-reset-after")))
        .halfOpenMaxCalls(reader.number("half-open-max-calls"))
        .successThreshold(reader.number("success-threshold"))
        .halfOpenMaxDuration(reader.duration("half-open-max-duration"))
        .probeWait(reader.duration("probe-wait"))
        .build();
  }

  private void conditions(ProviderSettings.Builder builder) {
    boolean any = false;
    if (!reader.isOff("failure-threshold")) {
      builder.failureThreshold(reader.number("failure-threshold"));
      any = true;
    }
    if (!reader.isOff("failure-count.threshold")) {
      builder.tripOn(
          new TripCondition.FailureCount(
              reader.number("failure-count.threshold"), reader.duration("failure-count.window")));
      any = true;
    }
    if (!reader.isOff("failure-rate.threshold")) {
      CallWindow window = window("failure-rate");
      builder.tripOn(
          new TripCondition.FailureRate(
              reader.decimal("failure-rate.threshold"),
              minimumCalls("failure-rate", window),
              window));
      any = true;
    }
    if (!reader.isOff("slow-call-rate.threshold")) {
      CallWindow window = window("slow-call-rate");
      builder.tripOn(
          new TripCondition.SlowCallRate(
              reader.decimal("slow-call-rate.threshold"),
              reader.duration("slow-call-rate.slower-than"),
              minimumCalls("slow-call-rate", window),
              window));
      any = true;
    }
    if (!any) {
      throw new IllegalArgumentException(
          "nothing would ever open this breaker: set at least one of failure-threshold,"
              + " failure-count.threshold, failure-rate.threshold and slow-call-rate.threshold"
              + " to something other than off");
    }
  }

  private CallWindow window(String condition) {
    String key = condition + ".window";
    Matcher calls = CALLS.matcher(reader.text(key, WINDOW));
    if (calls.matches()) {
      int number = Integer.parseInt(calls.group(1));
      return bounded(condition, () -> CallWindow.calls(number));
    }
    Duration time = reader.duration(key, WINDOW);
    return bounded(condition, () -> CallWindow.time(time));
  }

  /** A window out of bounds does not know whose it is. */
  private static CallWindow bounded(String condition, Supplier<CallWindow> window) {
    try {
      return window.get();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(condition + "." + e.getMessage(), e);
    }
  }

  /** An inherited minimum was not written for this window, which may never hold as many calls. */
  private int minimumCalls(String condition, CallWindow window) {
    String key = condition + ".minimum-calls";
    int minimum = reader.number(key);
    return window instanceof CallWindow.LastCalls last && !own.hasPath(key)
        ? Math.min(minimum, last.calls())
        : minimum;
  }

  private OutcomeClassifier classifier() {
    List<String> ignored = reader.texts("ignored-exceptions");
    List<String> failures = reader.texts("failure-exceptions");
    if (ignored.isEmpty() && failures.isEmpty()) {
      return OutcomeClassifier.defaults();
    }
    OutcomeClassifier.Builder builder = OutcomeClassifier.builder();
    ignored.forEach(name -> builder.ignore(exception("ignored-exceptions", name)));
    failures.forEach(name -> builder.failure(exception("failure-exceptions", name)));
    return builder.build();
  }

  private Class<? extends Throwable> exception(String key, String name) {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    ClassLoader loader = context == null ? ProviderReader.class.getClassLoader() : context;
    try {
      return Class.forName(name, false, loader).asSubclass(Throwable.class);
    } catch (ClassNotFoundException | LinkageError e) {
      throw reader.refusal(key, "must name exception classes on the class path", name);
    } catch (ClassCastException e) {
      throw reader.refusal(key, "must name classes of exceptions", name);
    }
  }
}
