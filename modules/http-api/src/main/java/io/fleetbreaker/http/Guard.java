package io.fleetbreaker.http;

import io.fleetbreaker.ProviderName;
import io.fleetbreaker.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.apache.pekko.http.javadsl.model.AttributeKey;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.Host;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.http.javadsl.server.Directives;
import org.apache.pekko.http.javadsl.server.Route;

/**
 * Stands before all routes: asks under which name it was called, which page sent the request, who
 * the caller is, and how often it has called. Routes may ask for more by {@link Access}; should one
 * forget to, reading needs a viewer and everything else an operator. Thread-safe.
 */
final class Guard {
  /** Who makes the request, for {@link RoleAccess}. */
  static final AttributeKey<Caller> CALLER =
      AttributeKey.create("fleetbreaker-caller", Caller.class);

  private static final Caller NOBODY = new Caller("anonymous", Role.VIEWER, false);

  private final TrustedHosts hosts;
  private final TrustedOrigins origins;
  private final Optional<Logins> logins;
  private final RateLimiter changes;
  private final boolean metricsPublic;
  private final RequestBody refused;

  /** What the guard has to say about a request. */
  private sealed interface Verdict {
    record Pass(Caller caller) implements Verdict {}

    record Refuse(HttpResponse response) implements Verdict {}
  }

  /**
   * @param bound the name or address that is listened on
   * @param refused reads the bodies of requests that are refused
   */
  Guard(String bound, HttpSecurity security, RequestBody refused, Ticker ticker) {
    this.hosts = new TrustedHosts(bound, security, ticker);
    this.origins = new TrustedOrigins(security);
    this.logins =
        security.asksForTokens() ? Optional.of(new Logins(security, ticker)) : Optional.empty();
    this.changes = new RateLimiter(security.changes(), ticker);
    this.metricsPublic = security.metricsPublic();
    this.refused = refused;
  }

  /** How routes learn who calls them. */
  Access access() {
    return logins.isPresent() ? new RoleAccess() : Access.open();
  }

  /** The {@code inner} route, for those requests that may pass. */
  Route around(Route inner) {
    return Directives.extractRequest(
        request -> {
          Verdict verdict = judge(request);
          if (verdict instanceof Verdict.Refuse refuse) {
            return refused.read(Directives.complete(refuse.response()));
          }
          Caller caller = ((Verdict.Pass) verdict).caller();
          return Directives.mapRequest(known -> known.addAttribute(CALLER, caller), () -> inner);
        });
  }

  private Verdict judge(HttpRequest request) {
    String path = request.getUri().getPathString();
    boolean isChange = Zones.isChange(request.method());
    Optional<Host> host = request.getHeader(Host.class);
    if (!Zones.isProbe(path) && host.filter(h -> hosts.isTrusted(h.host())).isEmpty()) {
      return new Verdict.Refuse(untrustedHost(host));
    }
    if (!origins.isTrusted(request, isChange)) {
      return new Verdict.Refuse(untrustedOrigin());
    }
    if (Zones.isPublic(path) && !isChange) {
      return new Verdict.Pass(logins.isPresent() ? NOBODY : Caller.ANYBODY);
    }
    String client = ClientAddress.of(request);
    Verdict login = logins.map(book -> login(book, request, path, client)).orElse(OPEN);
    if (login instanceof Verdict.Pass pass && isChange) {
      return judgeChange(pass, client);
    }
    return login;
  }

  private static final Verdict OPEN = new Verdict.Pass(Caller.ANYBODY);

  private Verdict login(Logins book, HttpRequest request, String path, String client) {
    List<String> shown =
        StreamSupport.stream(request.getHeaders().spliterator(), false)
            .filter(header -> header.is("authorization"))
            .map(HttpHeader::value)
            .toList();
    if (shown.isEmpty() && metricsPublic && path.equals(Zones.METRICS)) {
      return new Verdict.Pass(NOBODY);
    }
    // Of two tokens neither is believed.
    String authorization = shown.size() == 1 ? shown.get(0) : shown.isEmpty() ? "" : "two";
    Logins.Outcome outcome = book.login(authorization, client);
    if (outcome instanceof Logins.Outcome.LetIn letIn) {
      return new Verdict.Pass(letIn.caller());
    }
    if (outcome instanceof Logins.Outcome.Blocked blocked) {
      return new Verdict.Refuse(
          rateLimited("too many wrong tokens were shown from this address", blocked.left()));
    }
    return new Verdict.Refuse(unauthorized(((Logins.Outcome.Refused) outcome).shown()));
  }

  private Verdict judgeChange(Verdict.Pass pass, String client) {
    Caller caller = pass.caller();
    if (!caller.role().allows(Role.OPERATOR)) {
      return new Verdict.Refuse(RoleAccess.forbidden(caller, Role.OPERATOR));
    }
    // Behind a proxy all clients have one address; their tokens tell them apart.
    return changes
        .take(client + " " + caller.name())
        .<Verdict>map(
            wait -> new Verdict.Refuse(rateLimited("too many changes by this client", wait)))
        .orElse(pass);
  }

  private static HttpResponse untrustedHost(Optional<Host> host) {
    String shown = host.map(h -> ProviderName.shown(h.host().address())).orElse("");
    return Problem.response(
        ProblemType.UNTRUSTED_HOST,
        "this server does not answer to the name '"
            + shown
            + "'; call it by its address, or name it in fleetbreaker.http.allowed-hosts");
  }

  private static HttpResponse untrustedOrigin() {
    return Problem.response(
        ProblemType.UNTRUSTED_ORIGIN,
        "a page of another origin sent this request; only this server's own page may, or one of"
            + " fleetbreaker.http.public-url");
  }

  private static HttpResponse unauthorized(boolean shown) {
    return Problem.response(
            ProblemType.UNAUTHORIZED,
            shown
                ? "the token is none that this worker knows"
                : "this needs a token: Authorization: Bearer TOKEN")
        .addHeader(
            RawHeader.create(
                "WWW-Authenticate",
                "Bearer realm=\"fleetbreaker\"" + (shown ? ", error=\"invalid_token\"" : "")));
  }

  private static HttpResponse rateLimited(String what, Duration wait) {
    long seconds = Math.max(1, wait.plusNanos(999_999_999).toSeconds());
    return Problem.of(ProblemType.RATE_LIMITED, what + "; ask again in " + seconds + " s")
        .retryAfter(Duration.ofSeconds(seconds))
        .response();
  }
}
