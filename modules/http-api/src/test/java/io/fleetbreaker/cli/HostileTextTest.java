package io.fleetbreaker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import io.fleetbreaker.http.ServedWorker;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What others write drives no terminal, and what they may write is not refused by us. */
class HostileTextTest {
  /** Escape, the one-character CSI of the C1 range, and a turn of the direction. */
  private static final String HOSTILE = "gone \u001b[2J \u009b31m \u202e";

  private static final String AS_JSON = "gone \\u001b[2J \\u009b31m \\u202e";

  @Test
  void aCheckShowsWhatAnswersAsPlainText() throws Exception {
    String status =
        """
        {"worker_id": "%1$s", "instance": "%1$s", "sync": "ok", "providers": [{"name": "openai",
         "circuit_breaker": {"state": "%1$s", "failure_count": 0, "state_age_ms": 1}}]}
        """
            .formatted(AS_JSON);
    for (int code : new int[] {200, 500}) {
      String body = code == 200 ? status : "{\"detail\": \"" + AS_JSON + "\"}";
      try (ScriptedServer server =
          new ScriptedServer(
              exchange -> ScriptedServer.send(exchange, code, "application/json", body))) {

        Ran ran =
            Ran.of(
                Map.of(), ("check --workers 1 --timeout 3s --url " + server.url()).split(" ", -1));

        assertThat(ran.code()).isNotZero();
        assertThat(ran.out()).contains("gone \\u001b[2J \\u009b31m \\u202e");
        assertThat(ran.out().chars().filter(c -> c != '\n')).noneMatch(HostileTextTest::drives);
      }
    }
  }

  @Test
  void aLogLineOfTextDrivesNoTerminal() throws Exception {
    LoggerContext context = new LoggerContext();
    context.setMDCAdapter(((LoggerContext) LoggerFactory.getILoggerFactory()).getMDCAdapter());
    JoranConfigurator configurator = new JoranConfigurator();
    configurator.setContext(context);
    configurator.doConfigure(HostileTextTest.class.getResource("/logback.xml"));
    ConsoleAppender<ILoggingEvent> console =
        (ConsoleAppender<ILoggingEvent>) context.getLogger("ROOT").getAppender("text");
    PatternLayout layout =
        (PatternLayout) ((PatternLayoutEncoder) console.getEncoder()).getLayout();

    String line =
        layout.doLayout(
            new LoggingEvent(
                "test", context.getLogger("x"), Level.WARN, HOSTILE + "\u2028", null, null));

    assertThat(line.stripTrailing().chars()).noneMatch(HostileTextTest::drives);
    assertThat(line).contains("gone ?[2J ?31m ?");
  }

  @Test
  void aReasonHasAsManyCharactersAsTheApiAllowsWhateverTheirPlane() throws Exception {
    try (ServedWorker worker = new ServedWorker("openai")) {
      String[] trip = {"trip", "openai", "--url", worker.url().toString(), "--reason", ""};

      trip[5] = "\ud83d\udd25".repeat(300);
      assertThat(Ran.of(Map.of(), trip).code()).isZero();
      assertThat(worker.commands().get(0).reason()).isEqualTo(trip[5]);

      trip[5] += "!";
      assertThat(Ran.of(Map.of(), trip).err())
          .isEqualTo("error: --reason must be 1 to 300 characters, had 301\n");
    }
  }

  private static boolean drives(int c) {
    int type = Character.getType(c);
    return Character.isISOControl(c)
        || type == Character.FORMAT
        || type == Character.LINE_SEPARATOR
        || type == Character.PARAGRAPH_SEPARATOR;
  }
}
