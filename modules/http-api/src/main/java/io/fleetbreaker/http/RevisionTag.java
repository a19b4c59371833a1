package io.fleetbreaker.http;

import io.fleetbreaker.sync.RevisionId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;

/** A revision as an entity tag: {@code "epoch.version.op"}, quotes included (RFC 9110, 8.8.3). */
final class RevisionTag {
  private static final Pattern REVISION =
      Pattern.compile("(\\d{1,16})\\.(\\d{1,16})\\.([A-Za-z0-9._:-]{1,128})");
  private static final Pattern TAG = Pattern.compile("\\s*(W/)?\"([\\x21\\x23-\\x7E]*)\"\\s*");

  private RevisionTag() {}

  /** {@code epoch.version.op}. */
  static String text(RevisionId id) {
    return id.epoch() + "." + id.version() + "." + id.op();
  }

  /** {@code response} with the tag; as it is before the first revision. */
  static HttpResponse on(HttpResponse response, RevisionId id) {
    // What a foreign writer has called an operation need not be fit for a header.
    return REVISION.matcher(text(id)).matches()
        ? response.addHeader(RawHeader.create("ETag", "\"" + text(id) + "\""))
        : response;
  }

  /**
   * What {@code If-Match} asks for.
   *
   * @param revisions one of these must be the provider's; tags that name no revision, and weak
   *     ones, match nothing and are left out
   */
  record Condition(List<RevisionId> revisions) {}

  /**
   * The condition of a request; empty without one, and for {@code *}, because a configured provider
   * is always there.
   *
   * @throws ProblemException if the header cannot be understood: ignoring it would be dangerous
   */
  static Optional<Condition> condition(HttpRequest request) {
    List<String> values = new ArrayList<>();
    for (HttpHeader header : request.getHeaders()) {
      if (header.is("if-match")) {
        values.add(header.value());
      }
    }
    if (values.isEmpty()) {
      return Optional.empty();
    }
    String all = String.join(",", values);
    if (all.strip().equals("*")) {
      return Optional.empty();
    }
    List<RevisionId> revisions = new ArrayList<>();
    for (String part : all.split(",", -1)) {
      Matcher tag = TAG.matcher(part);
      if (!tag.matches()) {
        throw ProblemException.badRequest(
            "If-Match must be a tag in double quotes, as the header ETag of GET"
                + " /api/v1/providers/{name} gives it, or *");
      }
      if (tag.group(1) == null) {
        parse(tag.group(2)).ifPresent(revisions::add);
      }
    }
    return Optional.of(new Condition(revisions));
  }

  private static Optional<RevisionId> parse(String text) {
    Matcher parts = REVISION.matcher(text);
    if (!parts.matches()) {
      return Optional.empty();
    }
    long epoch = Long.parseLong(parts.group(1));
    long version = Long.parseLong(parts.group(2));
    return epoch < RevisionId.LIMIT && version < RevisionId.LIMIT
        ? Optional.of(new RevisionId(epoch, version, parts.group(3)))
        : Optional.empty();
  }
}
