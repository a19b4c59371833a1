package io.fleetbreaker.it;

import static io.fleetbreaker.it.Dashboard.has;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How the dashboard reads a stream of events, whatever becomes of it on its way. */
@Tag("full")
class DashboardEventsIT {
  private static final String GAP =
      """
      event: hello
      data: {"instance": "h:1:2:3"}

      id: 77-1
      event: gap
      data: {}

      """;

  @RegisterExtension static final Chromium chromium = new Chromium();
  private static HttpWorker worker;

  @BeforeAll
  static void startWorker() {
    worker = HttpWorker.start(Map.of("FLEETBREAKER_REDIS_URI", "redis://127.0.0.1:1")).awaitReady();
  }

  @AfterAll
  static void stopWorker() {
    worker.close();
  }

  @Test
  void aStreamMeansTheSameWhereverTheNetworkCutsIt() {
    Page page = chromium.page();
    page.navigate(worker.uri().resolve("/ui/").toString());

    Object wrong =
        page.evaluate(
            """
            async () => {
              const { Parser } = await import('/ui/events.js');
              const stream = ': hello\\n\\nid: 1-0\\nevent: transition\\ndata: {"a":\\ndata: 1}\\n\\n'
                  + 'event:local\\r\\ndata:no space\\r\\n\\r\\n: heartbeat\\n\\nid: 2-0\\rdata: x\\r\\r'
                  + 'retry: 5\\nunknown: y\\nevent: empty\\n\\nid: 3-0\\n\\ndata: last, unfinished';
              const wanted = JSON.stringify([
                { type: 'transition', data: '{"a":\\n1}' }, { type: 'local', data: 'no space' }, { type: 'message', data: 'x' },
              ]);
              const wrong = [];
              for (let first = 0; first <= stream.length; first++) {
                for (let second = first; second <= stream.length; second++) {
                  const parser = new Parser();
                  const events = [stream.slice(0, first), stream.slice(first, second), stream.slice(second)]
                      .flatMap((part) => parser.push(part));
                  if (JSON.stringify(events) !== wanted || parser.lastId !== '3-0') wrong.push([first, second]);
                }
              }
              return wrong;
            }
            """);

    assertThat(wrong).isEqualTo(List.of());
  }

  @Test
  void afterAGapThePageGoesOnFromWhereItEnds() {
    Page page = chromium.page();
    new LargeFleet(2, 2).answerTo(page);
    List<String> asked = new CopyOnWriteArrayList<>();
    page.route(
        "**/api/v1/events",
        route -> {
          asked.add(String.valueOf(route.request().headers().get("last-event-id")));
          if (asked.size() == 1) {
            route.fulfill(
                new Route.FulfillOptions().setContentType("text/event-stream").setBody(GAP));
          }
        });

    Dashboard dashboard = Dashboard.open(page, worker.uri());

    has(page.locator("#timeline-note"), "older entries were trimmed");
    has(dashboard.banner(), "Disconnected since");
    page.waitForCondition(() -> asked.size() > 1);
    assertThat(asked.subList(0, 2)).containsExactly("null", "77-1");
  }
}
