package io.fleetbreaker.redis;

import java.security.cert.CertPathBuilderException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisRedirectionException;

/** What failures of Redis mean, and how to say it. */
final class Replies {
  private static final int LONGEST = 300;

  /**
   * Said by a node that is not, or not now, the one to ask; each before anything was written.
   * Within a script Redis 6.2 puts the code behind a text of its own, with a dash.
   */
  private static final Pattern NOT_SERVED =
      Pattern.compile(
          "(?:^|-)(?:READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MOVED|ASK) .*",
          Pattern.DOTALL);

  private static final Pattern DENIED =
      Pattern.compile("NOPERM|ACL failure|The user executing the script can't");

  /**
   * What a server says that does not know a command: some of what it was sent, passwords included.
   */
  private static final Pattern ECHO =
      Pattern.compile(",? with args beginning with:.*", Pattern.DOTALL);

  private Replies() {}

  /**
   * Whether an error reply means that this node cannot do it now, and not that it must not be done.
   *
   * <p>{@code ASK} is not followed: the keys that one operation uses may be on both nodes while
   * their slot is moved, and at either one the others would seem to be absent.
   */
  static boolean saysNotServed(JedisDataException reply) {
    return reply instanceof JedisRedirectionException
        || NOT_SERVED.matcher(String.valueOf(reply.getMessage())).find();
  }

  /**
   * The cause that tells most: Jedis's outermost message often says no more than that it failed.
   */
  static String reason(Throwable failure) {
    Throwable told = failure;
    boolean tls = failure instanceof SSLException;
    while (told.getCause() != null) {
      told = told.getCause();
      tls |= told instanceof SSLException;
    }
    if (told.getSuppressed().length > 0) {
      told = told.getSuppressed()[0];
    }
    String message = told.getMessage();
    String said =
        message == null
            ? told.getClass().getSimpleName()
            : printable(ECHO.matcher(message).replaceFirst(""));
    return (tls ? "TLS: " : "") + said + advice(told, said);
  }

  /** Whether a right is missing. */
  static boolean saysDenied(String said) {
    return DENIED.matcher(said).find();
  }

  private static String advice(Throwable told, String said) {
    if (told instanceof CertPathBuilderException) {
      return " (redis.tls.ca-file names the authorities that are trusted)";
    }
    // Redis does not always say which right is missing, but always writes it down.
    return saysDenied(said)
        ? " (docs/redis.md lists the rights a user needs; ACL LOG on the server names the missing"
            + " one)"
        : "";
  }

  /** Fit for a log line, whatever a server says. */
  private static String printable(String message) {
    StringBuilder out = new StringBuilder();
    message
        .codePoints()
        .limit(LONGEST)
        .forEach(c -> out.appendCodePoint(Character.isISOControl(c) ? '?' : c));
    return out.toString();
  }
}
