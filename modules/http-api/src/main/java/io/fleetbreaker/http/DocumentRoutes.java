package io.fleetbreaker.http;

import static org.apache.pekko.http.javadsl.server.PathMatchers.segment;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.server.AllDirectives;
import org.apache.pekko.http.javadsl.server.Route;

/** What describes the interface, for everybody: nothing in it depends on the worker. */
final class DocumentRoutes extends AllDirectives {

  private static final byte[] OPEN_API = resource("/openapi.json");

  private static byte[] resource(String name) {
    try (InputStream in = DocumentRoutes.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("no " + name + " on the class path");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name, e);
    }
  }

  Route create() {
    return concat(openApi(), problems());
  }

  private Route openApi() {
    HttpResponse document =
        HttpResponse.create()
            .withEntity(HttpEntities.create(ContentTypes.APPLICATION_JSON, OPEN_API));
    return path(
        "openapi.json",
        () ->
            get(
                () ->
                    Accepted.as(
                        MediaTypes.APPLICATION_JSON, () -> handleSync(request -> document))));
  }

  private Route problems() {
    return path(
        segment("problems").slash(segment()),
        slug ->
            get(
                () ->
                    Accepted.as(
                        MediaTypes.TEXT_PLAIN, () -> handleSync(request -> meaning(slug)))));
  }

  private static HttpResponse meaning(String slug) {
    return ProblemType.ofSlug(slug)
        .map(
            type ->
                HttpResponse.create()
                    .withEntity(
                        HttpEntities.create(
                            ContentTypes.TEXT_PLAIN_UTF8,
                            type.title() + ". " + type.meaning() + "\n")))
        .orElseGet(
            () -> Problem.response(ProblemType.NOT_FOUND, "there is no such kind of problem"));
  }
}
