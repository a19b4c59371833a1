package io.fleetbreaker.http;

import io.fleetbreaker.Ticker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Something read from files, and read again when they have changed. What cannot be read then does
 * not take the place of what could. Thread-safe; looks at the files at most once a second, when it
 * is asked.
 */
final class Reloaded<T> {
  private static final Logger LOG = LoggerFactory.getLogger(Reloaded.class);
  private static final long LOOK_NANOS = Duration.ofSeconds(1).toNanos();

  private final List<Path> files;
  private final Supplier<T> reader;
  private final Ticker ticker;
  private final AtomicLong lookedNanos;
  private volatile Reading<T> reading;

  private record Reading<T>(List<Object> stamps, T value) {}

  /**
   * Reads for the first time.
   *
   * @param reader throws an {@link IllegalArgumentException} that says what is wrong
   */
  Reloaded(List<Path> files, Supplier<T> reader, Ticker ticker) {
    this.files = List.copyOf(files);
    this.reader = reader;
    this.ticker = ticker;
    this.lookedNanos = new AtomicLong(ticker.nanos());
    this.reading = new Reading<>(stamps(), reader.get());
  }

  T get() {
    long now = ticker.nanos();
    long looked = lookedNanos.get();
    if (!files.isEmpty() && now - looked >= LOOK_NANOS && lookedNanos.compareAndSet(looked, now)) {
      look();
    }
    return reading.value();
  }

  private void look() {
    List<Object> stamps = stamps();
    Reading<T> last = reading;
    if (stamps.equals(last.stamps())) {
      return;
    }
    try {
      reading = new Reading<>(stamps, reader.get());
      LOG.info("read again, since it has changed: {}", files);
    } catch (IllegalArgumentException e) {
      reading = new Reading<>(stamps, last.value());
      LOG.warn("what was read before stays in use: {}", e.getMessage());
    }
  }

  private List<Object> stamps() {
    List<Object> stamps = new ArrayList<>();
    for (Path file : files) {
      try {
        FileTime modified = Files.getLastModifiedTime(file);
        stamps.add(modified);
        stamps.add(Files.size(file));
      } catch (IOException e) {
        stamps.add("unreadable");
      }
    }
    return stamps;
  }
}
