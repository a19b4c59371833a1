package io.fleetbreaker.http;

import io.fleetbreaker.Ticker;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out who a token belongs to. A client that has shown too many wrong tokens is not heard for
 * a while, whatever it shows; except that who was let in from there before stays in, so that a
 * neighbour's wrong tokens do not lock an operator out. Thread-safe, with bounded memory.
 */
final class Logins {
  private static final Logger LOG = LoggerFactory.getLogger(Logins.class);
  private static final String SCHEME = "Bearer ";
  private static final int LONGEST_TOKEN = 512;
  private static final RateLimit LOGGED = new RateLimit(60, 20);

  private final TokenBook tokens;
  private final RateLimiter failures;
  private final RateLimiter logged;
  private final Map<String, Boolean> letInBefore = new Recent();

  /** What became of a login. */
  sealed interface Outcome {
    /** The caller is known. */
    record LetIn(Caller caller) implements Outcome {}

    /**
     * There is no token, or it is none of ours.
     *
     * @param shown whether there was one
     */
    record Refused(boolean shown) implements Outcome {}

    /**
     * The client has shown too many wrong tokens.
     *
     * @param left until it is heard again
     */
    record Blocked(Duration left) implements Outcome {}
  }

  Logins(HttpSecurity security, Ticker ticker) {
    this.tokens = new TokenBook(security, ticker);
    this.failures = new RateLimiter(security.failedLogins(), ticker);
    this.logged = new RateLimiter(LOGGED, ticker);
  }

  /**
   * @param authorization the value of the header, empty if there is none
   * @param client where it comes from, see {@link ClientAddress}
   */
  Outcome login(String authorization, String client) {
    if (authorization.isEmpty()) {
      return new Outcome.Refused(false);
    }
    Optional<AccessToken> token = token(authorization).flatMap(tokens::find);
    Optional<Duration> blocked = failures.blocked(client);
    if (token.isPresent()) {
      String name = token.get().name();
      if (blocked.isEmpty()) {
        remember(client, name);
      } else if (!isRemembered(client, name)) {
        return new Outcome.Blocked(blocked.get());
      }
      return new Outcome.LetIn(new Caller(name, token.get().role(), true));
    }
    Optional<Duration> wait = failures.take(client);
    if (wait.isPresent()) {
      return new Outcome.Blocked(wait.get());
    }
    if (logged.take("all").isEmpty()) {
      LOG.warn("a wrong token was shown by {}", client);
    }
    return new Outcome.Refused(true);
  }

  int clients() {
    return failures.clients();
  }

  private static Optional<String> token(String authorization) {
    return authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
        ? Optional.of(authorization.substring(SCHEME.length()).strip())
            .filter(token -> !token.isEmpty() && token.length() <= LONGEST_TOKEN)
        : Optional.empty();
  }

  private void remember(String client, String token) {
    synchronized (letInBefore) {
      letInBefore.put(client + " " + token, true);
    }
  }

  private boolean isRemembered(String client, String token) {
    synchronized (letInBefore) {
      return letInBefore.containsKey(client + " " + token);
    }
  }

  private static final class Recent extends LinkedHashMap<String, Boolean> {
    private static final long serialVersionUID = 1L;

    Recent() {
      super(16, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
      return size() > RateLimiter.MOST_CLIENTS;
    }
  }
}
