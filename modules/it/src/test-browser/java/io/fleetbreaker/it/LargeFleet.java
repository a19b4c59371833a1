package io.fleetbreaker.it;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What the management API would say of a fleet of any size; every tenth provider is open. */
final class LargeFleet {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int FIRST_PID = 5000;

  private final List<String> providers = new ArrayList<>();
  private final int workers;

  LargeFleet(int providers, int workers) {
    this.workers = workers;
    for (int i = 0; i < providers; i++) {
      this.providers.add(String.format(Locale.ROOT, "provider-%03d", i));
    }
  }

  /** With one more, before the others. */
  LargeFleet withProvider(String name) {
    providers.add(0, name);
    return this;
  }

  /** Answers what the page asks of the API; it waits in vain for events. */
  void answerTo(Page page) {
    String fleet = fleet();
    String all = allWorkers();
    page.route(
        "**/api/v1/me",
        route -> json(route, "{\"name\":\"ops\",\"role\":\"admin\",\"authenticated\":true}"));
    page.route("**/api/v1/fleet", route -> json(route, fleet));
    page.route("**/api/v1/workers?*", route -> json(route, all));
    page.route(
        "**/api/v1/history?*",
        route -> json(route, "{\"entries\":[],\"gap\":false,\"next\":null}"));
    page.route("**/api/v1/events", route -> {});
  }

  private static void json(Route route, String document) {
    route.fulfill(new Route.FulfillOptions().setContentType("application/json").setBody(document));
  }

  private static boolean isOpen(int index) {
    return index % 10 == 0;
  }

  private static ObjectNode counts() {
    return JSON.createObjectNode()
        .put("successful", 100)
        .put("failed", 3)
        .put("ignored", 0)
        .put("slow_successful", 0)
        .put("slow_failed", 0)
        .put("rejected", 7);
  }

  private String fleet() {
    ObjectNode fleet = JSON.createObjectNode();
    fleet.put("worker_id", "5000").put("instance", instance(0)).put("version", "1");
    fleet.put("uptime_ms", 60_000).put("not_closed", 1);
    fleet.putObject("sync").put("mode", "ok").put("problem", "").put("redis_connected", true);
    fleet.putObject("workers").put("alive", workers).put("lost", 0).put("age_ms", 10);
    ArrayNode list = fleet.putArray("providers");
    for (int i = 0; i < providers.size(); i++) {
      ObjectNode provider = list.addObject();
      provider.put("name", providers.get(i)).put("priority", i).put("state", state(i));
      provider.put("automatic_state", state(i)).putNull("override").put("reason", "5 failures");
      provider.put("state_age_ms", 5_000).put("failure_count", 5).put("shared", true);
      provider.put("remaining_ms", isOpen(i) ? 30_000L : null);
      provider.set(
          "revision", JSON.createObjectNode().put("epoch", 1).put("version", 1).put("op", "x"));
      provider.set("counts", counts());
      provider.set("fleet_counts", counts());
      provider
          .putObject("workers")
          .put("closed", isOpen(i) ? 0 : workers)
          .put("open", isOpen(i) ? workers : 0)
          .put("half_open", 0);
    }
    return text(fleet);
  }

  private String allWorkers() {
    ObjectNode answer = JSON.createObjectNode();
    answer.put("age_ms", 10).put("complete", true).put("alive", workers).put("lost", 0);
    answer.putNull("next");
    ArrayNode list = answer.putArray("workers");
    for (int i = 0; i < workers; i++) {
      ObjectNode worker = list.addObject();
      worker.put("instance", instance(i)).put("presence", "alive").put("silent_ms", 100);
      worker.put("version", "1").put("started_at", "2026-11-22T02:15:49Z").put("sync", "ok");
      ObjectNode told = worker.putObject("providers");
      for (int p = 0; p < providers.size(); p++) {
        ObjectNode view = told.putObject(providers.get(p));
        view.put("state", state(p)).putNull("override").put("failure_count", 0);
        view.put("failure_rate", 1.5).put("revision", "1.1.x").put("shared", true);
        view.set("counts", counts());
      }
    }
    return text(answer);
  }

  private static String state(int index) {
    return isOpen(index) ? "open" : "closed";
  }

  private static String instance(int index) {
    return "host-" + index / 10 + ":" + (FIRST_PID + index) + ":1795313749263:" + index;
  }

  private static String text(ObjectNode document) {
    try {
      return JSON.writeValueAsString(document);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
