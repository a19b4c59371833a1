package io.fleetbreaker.http;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValueType;
import io.fleetbreaker.fleet.SettingsException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads {@link HttpSecurity}; every refusal names setting, bound and value. */
final class HttpSecurityReader {
  private static final String PATH = "fleetbreaker.http";
  private static final Duration SHORTEST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofMinutes(10);

  /** An exact name or address, a suffix of names, or anything. */
  private static final Pattern HOST =
      Pattern.compile("\\*|(\\*\\.)?[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?|\\[?[0-9a-f:.]+]?");

  private final Config config;

  private HttpSecurityReader(Config config) {
    this.config = config;
  }

  static HttpSecurity read(Config whole) {
    return new HttpSecurityReader(whole.getConfig(PATH)).read();
  }

  private HttpSecurity read() {
    return new HttpSecurity(
        TokenReader.read(PATH + ".auth.tokens", config.getValue("auth.tokens")),
        tokensFile(),
        flag("auth.metrics-public"),
        flag("insecure"),
        allowedHosts(),
        publicUrl(),
        tls(),
        headTimeout(),
        rate("limits.changes"),
        rate("limits.failed-logins"));
  }

  private Optional<Path> tokensFile() {
    return Optional.of(text("auth.tokens-file")).filter(file -> !file.isEmpty()).map(Path::of);
  }

  private List<String> allowedHosts() {
    String key = "allowed-hosts";
    // A variable of the environment can only be a text.
    Stream<String> hosts =
        config.getValue(key).valueType() == ConfigValueType.STRING
            ? Stream.of(config.getString(key).split(",", -1)).filter(host -> !host.isBlank())
            : get(key, "a list of names", () -> config.getStringList(key)).stream();
    return hosts
        .map(host -> host.strip().toLowerCase(Locale.ROOT))
        .map(
            host -> {
              if (!HOST.matcher(host).matches()) {
                throw refusal(
                    key, "must name hosts without a port: a name, *.suffix, or * for any", host);
              }
              return host;
            })
        .toList();
  }

  private Optional<URI> publicUrl() {
    String text = text("public-url");
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      URI url = new URI(text);
      boolean web = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
      if (web && url.getHost() != null && url.getUserInfo() == null) {
        return Optional.of(url);
      }
    } catch (URISyntaxException e) {
      // Told below.
    }
    throw refusal("public-url", "must be like https://breakers.example.com", text);
  }

  private Optional<ServerTls> tls() {
    String cert = text("tls.cert-file");
    String key = text("tls.key-file");
    if (cert.isEmpty() != key.isEmpty()) {
      throw new SettingsException(
          PATH
              + ".tls.cert-file and "
              + PATH
              + ".tls.key-file must be set both or neither, only "
              + (cert.isEmpty() ? "tls.key-file" : "tls.cert-file")
              + " was");
    }
    return cert.isEmpty() ? Optional.empty() : Optional.of(new ServerTls(cert, key));
  }

  private Duration headTimeout() {
    String key = "limits.head-timeout";
    String kind = "a duration with a unit from 100 ms to 10 m";
    Duration value = get(key, kind, () -> config.getDuration(key));
    String text = config.getString(key).strip();
    if (!Character.isLetter(text.charAt(text.length() - 1))
        || value.compareTo(SHORTEST) < 0
        || value.compareTo(LONGEST) > 0) {
      throw refusal(key, "must be " + kind, text);
    }
    return value;
  }

  private RateLimit rate(String key) {
    return new RateLimit(count(key + ".per-minute"), count(key + ".burst"));
  }

  private int count(String key) {
    String kind = "a whole number from 1 to " + RateLimit.MOST;
    double value = get(key, kind, () -> config.getDouble(key));
    if (value != Math.rint(value) || value < 1 || value > RateLimit.MOST) {
      throw refusal(key, "must be " + kind, config.getValue(key).unwrapped());
    }
    return (int) value;
  }

  private String text(String key) {
    return get(key, "text", () -> config.getString(key)).strip();
  }

  private boolean flag(String key) {
    return get(key, "true or false", () -> config.getBoolean(key));
  }

  private <T> T get(String key, String kind, Supplier<T> getter) {
    try {
      return getter.get();
    } catch (ConfigException e) {
      throw refusal(key, "must be " + kind, config.getValue(key).unwrapped());
    }
  }

  private SettingsException refusal(String key, String rule, Object value) {
    return new SettingsException(
        PATH
            + "."
            + key
            + " "
            + rule
            + ", was "
            + value
            + " ("
            + config.getValue(key).origin().description()
            + ")");
  }
}
