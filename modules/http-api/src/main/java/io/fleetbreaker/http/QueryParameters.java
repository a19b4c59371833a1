package io.fleetbreaker.http;

import io.fleetbreaker.ProviderName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.scaladsl.model.IllegalUriException;
import org.apache.pekko.japi.Pair;

/**
 * The query of a request. One that is misspelt, given twice or out of its bounds is refused: an
 * answer to another question than the one asked would be worse.
 */
final class QueryParameters {
  private final Map<String, String> values;

  private QueryParameters(Map<String, String> values) {
    this.values = values;
  }

  /**
   * The query of {@code request}, which may have these parameters and no others.
   *
   * @throws ProblemException if it has others, or one twice, or is malformed
   */
  static QueryParameters of(HttpRequest request, String... allowed) {
    Map<String, String> values = new HashMap<>();
    for (Pair<String, String> parameter : pairs(request)) {
      if (!Set.of(allowed).contains(parameter.first())) {
        throw ProblemException.badRequest(
            "there is no parameter '"
                + ProviderName.shown(parameter.first())
                + "' here"
                + (allowed.length == 0 ? "" : "; there are " + String.join(", ", allowed)));
      }
      if (values.put(parameter.first(), parameter.second()) != null) {
        throw ProblemException.badRequest(
            "the parameter '" + parameter.first() + "' was given twice");
      }
    }
    return new QueryParameters(values);
  }

  private static List<Pair<String, String>> pairs(HttpRequest request) {
    try {
      return request.getUri().query().toList();
    } catch (IllegalUriException e) {
      throw ProblemException.badRequest("the query of the request's URI is malformed");
    }
  }

  Optional<String> text(String name) {
    return Optional.ofNullable(values.get(name));
  }

  /** A value that {@code parse} understands; {@code rule} completes "NAME must be ...". */
  <T> Optional<T> parsed(String name, String rule, Function<String, Optional<T>> parse) {
    return text(name)
        .map(
            text ->
                parse
                    .apply(text)
                    .orElseThrow(
                        () ->
                            ProblemException.badRequest(
                                name
                                    + " must be "
                                    + rule
                                    + ", was '"
                                    + ProviderName.shown(text)
                                    + "'")));
  }

  /** A whole number between {@code least} and {@code most}. */
  int number(String name, int least, int most, int otherwise) {
    return parsed(
            name,
            "a whole number from " + least + " to " + most,
            text -> {
              if (!text.matches("[0-9]{1,9}")) {
                return Optional.empty();
              }
              int value = Integer.parseInt(text);
              return value < least || value > most ? Optional.empty() : Optional.of(value);
            })
        .orElse(otherwise);
  }

  boolean flag(String name, boolean otherwise) {
    return parsed(
            name,
            "true or false",
            text ->
                switch (text) {
                  case "true" -> Optional.of(true);
                  case "false" -> Optional.of(false);
                  default -> Optional.empty();
                })
        .orElse(otherwise);
  }
}
