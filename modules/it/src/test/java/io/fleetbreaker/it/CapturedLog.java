package io.fleetbreaker.it;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** What the library logs in the test's own JVM, from INFO on, while this is open. */
final class CapturedLog extends AppenderBase<ILoggingEvent> implements AutoCloseable {
  private final Logger logger = (Logger) LoggerFactory.getLogger("io.fleetbreaker");
  private final List<String> lines = new CopyOnWriteArrayList<>();

  private CapturedLog() {}

  static CapturedLog open() {
    CapturedLog log = new CapturedLog();
    log.setContext(log.logger.getLoggerContext());
    log.start();
    log.logger.setLevel(Level.INFO);
    log.logger.setAdditive(false);
    log.logger.addAppender(log);
    return log;
  }

  List<String> lines() {
    return List.copyOf(lines);
  }

  /** The lines that hold this text. */
  List<String> lines(String text) {
    return lines.stream().filter(line -> line.contains(text)).toList();
  }

  @Override
  protected void append(ILoggingEvent event) {
    lines.add(event.getInstant() + " " + event.getLevel() + " " + event.getFormattedMessage());
  }

  @Override
  public void close() {
    logger.detachAppender(this);
    logger.setAdditive(true);
    logger.setLevel(null);
    stop();
  }
}
