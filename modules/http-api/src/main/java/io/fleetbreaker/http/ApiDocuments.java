package io.fleetbreaker.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.State;
import io.fleetbreaker.fleet.HistoryEntry;
import io.fleetbreaker.fleet.OperationStatus;
import io.fleetbreaker.fleet.SyncStatus;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The answers of the management API that are made of other documents, or are small. */
final class ApiDocuments {
  private ApiDocuments() {}

  record Providers(
      String workerId, String instance, List<ApiProvider> providers, @Nullable String next) {}

  record Acted(
      String workerId,
      String instance,
      String outcome,
      @Nullable String operation,
      @JsonInclude(JsonInclude.Include.NON_NULL) ApiProvider.@Nullable Revision revision,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean appliedHere,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String detail,
      ApiProvider provider) {}

  record Operation(
      String workerId,
      String instance,
      String operation,
      String provider,
      String fate,
      @Nullable Entry entry) {

    static Operation of(String instance, OperationStatus status) {
      return new Operation(
          Pid.TEXT,
          instance,
          status.operation(),
          status.provider(),
          status.fate().name().toLowerCase(Locale.ROOT),
          status.entry().map(Entry::of).orElse(null));
    }
  }

  record Workers(
      String workerId,
      String instance,
      long ageMs,
      boolean complete,
      int alive,
      int lost,
      List<ApiWorker> workers,
      @Nullable String next) {}

  record Fleet(
      String workerId,
      String instance,
      String version,
      long uptimeMs,
      Sync sync,
      @Nullable Presence workers,
      List<FleetProvider> providers,
      int notClosed) {}

  /** How many workers there are. */
  record Presence(int alive, int lost, long ageMs) {}

  /** A provider here, and what the live workers have told of it; null if that cannot be asked. */
  record FleetProvider(
      @JsonUnwrapped @JsonProperty ApiProvider provider,
      @Nullable States workers,
      ApiProvider.@Nullable Counts fleetCounts) {}

  /** How many live workers are in which state. */
  record States(int closed, int open, int halfOpen) {
    static final States NONE = new States(0, 0, 0);

    States plus(State state) {
      return switch (state) {
        case CLOSED -> new States(closed + 1, open, halfOpen);
        case OPEN -> new States(closed, open + 1, halfOpen);
        case HALF_OPEN -> new States(closed, open, halfOpen + 1);
      };
    }
  }

  record History(
      String workerId, String instance, List<Entry> entries, boolean gap, @Nullable String next) {}

  /** One entry of the history. */
  record Entry(
      String id,
      String at,
      String provider,
      @Nullable String from,
      String to,
      @Nullable String override,
      ApiProvider.@Nullable Revision revision,
      String workerId,
      @Nullable String operator,
      String reason,
      int failureCount,
      int successCount) {

    static Entry of(HistoryEntry entry) {
      return new Entry(
          entry.id(),
          Views.time(entry.at()),
          entry.provider(),
          entry.from().map(State::wireName).orElse(null),
          entry.to().wireName(),
          entry.override().map(OverrideMode::wireName).orElse(null),
          ApiProvider.Revision.of(entry.revision()),
          entry.worker(),
          entry.operator().isEmpty() ? null : entry.operator(),
          entry.reason(),
          entry.failureCount(),
          entry.successCount());
    }
  }

  /** How this worker is connected to its fleet. */
  record Sync(
      String mode,
      boolean redisConnected,
      boolean subscribed,
      @Nullable Long lastContactMs,
      String problem,
      long eventsReceived,
      long messagesDropped,
      boolean writesRefused) {

    static Sync of(SyncStatus status) {
      return new Sync(
          status.mode().name().toLowerCase(Locale.ROOT),
          status.redisConnected(),
          status.subscribed(),
          status.lastContact().map(Duration::toMillis).orElse(null),
          status.problem(),
          status.eventsReceived(),
          status.messagesDropped(),
          !status.refusal().isEmpty());
    }
  }

  /** What a reader of the event stream is told first. */
  record Hello(String workerId, String instance, Sync sync) {}

  record Me(String workerId, String instance, String name, String role, boolean authenticated) {
    static Me of(String instance, Caller caller) {
      return new Me(
          Pid.TEXT, instance, caller.name(), caller.role().settingName(), caller.authenticated());
    }
  }
}
