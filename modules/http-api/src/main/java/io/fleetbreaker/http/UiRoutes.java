package io.fleetbreaker.http;

import io.fleetbreaker.ProviderName;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.Uri;
import org.apache.pekko.http.javadsl.model.headers.CacheControl;
import org.apache.pekko.http.javadsl.model.headers.CacheDirectives;
import org.apache.pekko.http.javadsl.model.headers.EntityTag;
import org.apache.pekko.http.javadsl.server.AllDirectives;
import org.apache.pekko.http.javadsl.server.PathMatchers;
import org.apache.pekko.http.javadsl.server.Route;

/**
 * The dashboard at {@code /ui/}. Its files are public: they hold no secret, and the page asks for a
 * token when the API wants one. Browsers keep them and ask whether they have changed. What they may
 * load and who may frame them is said of every answer, by {@link Stamp}.
 */
final class UiRoutes extends AllDirectives {
  private static final String PAGE = "index.html";
  private static final HttpHeader KEPT_BUT_ASKED_FOR =
      CacheControl.create(CacheDirectives.NO_CACHE);

  private final UiAssets assets = new UiAssets();

  /** Rejects what is no path of the dashboard. */
  Route create() {
    return concat(
        pathSingleSlash(() -> get(this::toPage)),
        path("ui", () -> get(this::toPage)),
        pathPrefix(
            "ui",
            () ->
                concat(
                    pathSingleSlash(() -> get(() -> asset(PAGE))),
                    path(PathMatchers.remaining(), name -> get(() -> asset(name))))));
  }

  private Route toPage() {
    return redirect(Uri.create("/ui/"), StatusCodes.TEMPORARY_REDIRECT);
  }

  private Route asset(String name) {
    return assets
        .find(name)
        .map(
            asset ->
                // Outside, so that it is on a 304 too: no-store there would end what is kept.
                respondWithHeader(
                    KEPT_BUT_ASKED_FOR,
                    () ->
                        conditional(
                            EntityTag.create(asset.tag(), false), () -> complete(response(asset)))))
        .orElseGet(() -> complete(unknown(name)));
  }

  private static HttpResponse response(UiAssets.Asset asset) {
    return HttpResponse.create()
        .withEntity(HttpEntities.create(ContentTypes.parse(asset.type()), asset.bytes()));
  }

  private static HttpResponse unknown(String name) {
    return Problem.response(
        StatusCodes.NOT_FOUND,
        "the dashboard has no file '" + ProviderName.shown(name) + "'; it is at /ui/");
  }
}
