package io.fleetbreaker.http;

import io.fleetbreaker.Ticker;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** All tokens that are accepted now. Thread-safe. */
final class TokenBook {
  private final Reloaded<List<AccessToken>> tokens;

  TokenBook(HttpSecurity security, Ticker ticker) {
    this.tokens =
        new Reloaded<>(security.tokensFile().stream().toList(), () -> all(security), ticker);
  }

  /** Refuses what a book could not be made of. */
  static void check(HttpSecurity security) {
    all(security);
  }

  private static List<AccessToken> all(HttpSecurity security) {
    List<AccessToken> all = new ArrayList<>(security.tokens());
    security.tokensFile().map(TokenReader::read).ifPresent(all::addAll);
    return TokenReader.distinct(TokenReader.SETTING, all);
  }

  /**
   * The token that {@code presented} is. Takes the same time whichever it is, and if it is none:
   * all hashes are compared, each in constant time.
   */
  Optional<AccessToken> find(String presented) {
    byte[] hash = AccessToken.digest(presented);
    @Nullable AccessToken found = null;
    for (AccessToken token : tokens.get()) {
      if (MessageDigest.isEqual(hash, token.hash())) {
        found = token;
      }
    }
    return Optional.ofNullable(found);
  }
}
