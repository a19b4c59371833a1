package io.fleetbreaker.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the dashboard makes of the answers of what stands between it and the workers. */
@Tag("full")
class DashboardBehindAProxyIT {
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

  /** A wait that is no number is none at all for a timer: the page would ask without a pause. */
  @Test
  void onlyAWaitInSecondsIsOne() {
    Page page = chromium.page();
    page.navigate(worker.uri().resolve("/ui/").toString());

    Object waits =
        page.evaluate(
            """
            async () => {
              const { Problem } = await import('/ui/api.js');
              return ['5', null, '', 'Wed, 21 Oct 2026 07:28:00 GMT', '-1', 'soon']
                  .map((header) => String(new Problem(503, {}, header).retryAfterMs));
            }
            """);

    assertThat(waits).isEqualTo(List.of("5000", "null", "null", "null", "null", "null"));
  }
}
