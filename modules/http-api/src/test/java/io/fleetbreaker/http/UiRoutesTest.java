package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The dashboard's files as a browser gets them. What they do in one is tested in modules/it. */
class UiRoutesTest extends HttpTest {
  private static final Pattern REFERENCE =
      Pattern.compile("(?:href|src)=\"([^\"#]+)\"|(?:from|import) '\\./([^']+)'");

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  @ParameterizedTest
  @CsvSource({
    "/ui/, text/html; charset=UTF-8",
    "/ui/index.html, text/html; charset=UTF-8",
    "/ui/main.js, text/javascript; charset=UTF-8",
    "/ui/app.css, text/css; charset=UTF-8",
    "/ui/icon.svg, image/svg+xml",
    "/ui/uplot.js, text/javascript; charset=UTF-8",
    "/ui/uplot.css, text/css; charset=UTF-8"
  })
  void eachFileHasItsTypeAndThePagesPolicy(String path, String type) throws Exception {
    HttpResponse<String> answer = get(path);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(header(answer, "Content-Type")).isEqualTo(type);
    assertThat(answer.headers().allValues("Content-Security-Policy"))
        .containsExactly(Stamp.CONTENT_SECURITY_POLICY);
    assertThat(answer.headers().map())
        .as("no header is doubled")
        .allSatisfy((name, values) -> assertThat(values).as(name).hasSize(1));
    assertThat(header(answer, "Cache-Control")).isEqualTo("no-cache");
    assertThat(header(answer, "X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(header(answer, "X-Fleetbreaker-Worker")).isEqualTo(PID);
  }

  @Test
  void aFileThatHasNotChangedIsNotSentAgain() throws Exception {
    HttpResponse<String> first = get("/ui/main.js");
    String tag = header(first, "ETag");

    HttpResponse<String> again = get("/ui/main.js", "If-None-Match", tag);
    HttpResponse<String> other = get("/ui/main.js", "If-None-Match", "\"something-else\"");

    assertThat(tag).matches("\"[0-9a-f]{32}\"");
    assertThat(first.headers().allValues("Cache-Control")).containsExactly("no-cache");
    assertThat(again.statusCode()).isEqualTo(304);
    assertThat(again.headers().allValues("Cache-Control")).containsExactly("no-cache");
    assertThat(again.body()).isEmpty();
    assertThat(again.headers().allValues("Cache-Control")).containsExactly("no-cache");
    assertThat(other.statusCode()).isEqualTo(200);
    assertThat(header(get("/ui/app.css"), "ETag")).isNotEqualTo(tag);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/ui"})
  void thePageIsFoundFromTheRoot(String path) throws Exception {
    HttpResponse<String> answer = get(path);

    assertThat(answer.statusCode()).isEqualTo(307);
    assertThat(header(answer, "Location")).isEqualTo("/ui/");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/ui/nothing.js",
        "/ui/reference.conf",
        "/ui/../reference.conf",
        "/ui/%2e%2e/reference.conf",
        "/ui/..%2freference.conf",
        "/ui/..%5creference.conf",
        "/ui/main.js/",
        "/ui//main.js",
        "/ui/main.js%00.html",
        "/ui/Main.js",
        "/ui/.js"
      })
  void whatIsNoFileOfTheDashboardIsAProblem(String path) throws Exception {
    HttpResponse<String> answer = get(path);

    assertThat(answer.statusCode()).as(answer.body()).isIn(400, 404);
    assertThat(header(answer, "Content-Type")).isEqualTo("application/problem+json");
    assertThat(answer.body()).doesNotContain("fleetbreaker.http");
  }

  @Test
  void thePageCannotBeWrittenTo() throws Exception {
    assertThat(send("POST", "/ui/", BodyPublishers.noBody()).statusCode()).isEqualTo(405);
  }

  /** A policy without inline script is of no use to a page that needs some. */
  @Test
  void thePageHasNothingInline() throws Exception {
    String page = get("/ui/").body();

    assertThat(page)
        .doesNotContainIgnoringCase("style=")
        .doesNotContainIgnoringCase("<style")
        .doesNotContain("javascript:")
        .doesNotContainPattern("\\son[a-z]+=")
        .doesNotContainPattern("<script(?![^>]* src=)");
  }

  /** Starting at the page: all that it loads is here, and nothing is anybody else's. */
  @Test
  void everythingThePageLoadsIsServedHere() throws Exception {
    Set<String> seen = new TreeSet<>();
    Deque<String> left = new ArrayDeque<>(Set.of("index.html"));
    while (!left.isEmpty()) {
      String name = left.pop();
      HttpResponse<String> answer = get("/ui/" + name);
      assertThat(answer.statusCode()).as(name).isEqualTo(200);
      seen.add(name);
      if (name.startsWith("uplot.")) {
        continue;
      }
      assertThat(answer.body().replace("http://www.w3.org/2000/svg", ""))
          .as(name)
          .doesNotContain("http://", "https://", "innerHTML", "insertAdjacentHTML", "eval(");
      Matcher reference = REFERENCE.matcher(answer.body());
      while (reference.find()) {
        String next = reference.group(1) == null ? reference.group(2) : reference.group(1);
        if (!seen.contains(next)) {
          left.push(next);
        }
      }
    }
    assertThat(seen).contains("main.js", "grid.js", "events.js", "uplot.js", "icon.svg");
  }

  @Test
  void theChartLibraryComesWithItsLicence() throws IOException {
    String licence = "META-INF/resources/webjars/uplot/1.6.30/LICENSE";

    try (InputStream in = getClass().getClassLoader().getResourceAsStream(licence)) {
      assertThat(in).isNotNull();
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).contains("MIT License");
    }
  }
}
