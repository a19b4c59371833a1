package io.fleetbreaker.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The files of the dashboard, from the class path. Each is read once and kept, under a tag made of
 * its bytes. Thread-safe.
 */
final class UiAssets {
  private static final int TAG_BYTES = 16;

  /** One plain name: no folder, and nothing that a class path could take for one. */
  private static final Pattern NAME =
      Pattern.compile("[a-z0-9]+(?:[.-][a-z0-9]+)*\\.(html|css|js|svg)");

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=UTF-8",
          "css", "text/css; charset=UTF-8",
          "js", "text/javascript; charset=UTF-8",
          "svg", "image/svg+xml");

  /** The chart library is another project's: its webjar holds it, with its licence. */
  private static final String CHARTS = "META-INF/resources/webjars/uplot/1.6.30/";

  private static final Map<String, String> ELSEWHERE =
      Map.of("uplot.js", CHARTS + "dist/uPlot.esm.js", "uplot.css", CHARTS + "dist/uPlot.min.css");

  private final Map<String, Asset> read = new ConcurrentHashMap<>();

  /**
   * One file.
   *
   * @param type its media type
   * @param tag an opaque text that differs if the bytes do
   * @param bytes what is in it; shared, not to be written to
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Asset(String type, String tag, byte[] bytes) {}

  /** The file of that name; empty if the dashboard has none. */
  Optional<Asset> find(String name) {
    Asset known = read.get(name);
    if (known != null) {
      return Optional.of(known);
    }
    Matcher legal = NAME.matcher(name);
    if (!legal.matches()) {
      return Optional.empty();
    }
    Optional<Asset> found =
        bytes(ELSEWHERE.getOrDefault(name, "ui/" + name))
            .map(bytes -> new Asset(TYPES.getOrDefault(legal.group(1), ""), tag(bytes), bytes));
    found.ifPresent(asset -> read.put(name, asset));
    return found;
  }

  private static Optional<byte[]> bytes(String resource) {
    try (InputStream in = UiAssets.class.getClassLoader().getResourceAsStream(resource)) {
      return in == null ? Optional.empty() : Optional.of(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + resource, e);
    }
  }

  private static String tag(byte[] bytes) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      return HexFormat.of().formatHex(digest, 0, TAG_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
