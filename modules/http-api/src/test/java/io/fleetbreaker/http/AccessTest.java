package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessTest extends GuardedTest {
  private static final Map<Role, String> TOKENS =
      Map.of(Role.VIEWER, VIEWER, Role.OPERATOR, OPERATOR, Role.ADMIN, ADMIN);

  static List<Arguments> routes() {
    String provider = "/api/v1/providers/openai";
    return List.of(
        Arguments.of("GET", "/status", Role.VIEWER),
        Arguments.of("GET", "/providers", Role.VIEWER),
        Arguments.of("GET", "/health", Role.VIEWER),
        Arguments.of("GET", "/metrics", Role.VIEWER),
        Arguments.of("GET", "/nowhere", Role.VIEWER),
        Arguments.of("POST", "/reset/openai", Role.OPERATOR),
        Arguments.of("POST", "/providers/openai/reset", Role.OPERATOR),
        Arguments.of("POST", "/nowhere", Role.OPERATOR),
        Arguments.of("DELETE", "/status", Role.OPERATOR),
        Arguments.of("POST", "/trigger-failure/openai", Role.ADMIN),
        Arguments.of("GET", "/api/v1/providers", Role.VIEWER),
        Arguments.of("GET", provider, Role.VIEWER),
        Arguments.of("GET", "/api/v1/operations/openai/o1", Role.VIEWER),
        Arguments.of("GET", "/api/v1/workers", Role.VIEWER),
        Arguments.of("GET", "/api/v1/fleet", Role.VIEWER),
        Arguments.of("GET", "/api/v1/history", Role.VIEWER),
        Arguments.of("GET", "/api/v1/me", Role.VIEWER),
        Arguments.of("POST", provider + "/trip", Role.OPERATOR),
        Arguments.of("POST", provider + "/reset", Role.OPERATOR),
        Arguments.of("POST", provider + "/force-open", Role.OPERATOR),
        Arguments.of("POST", provider + "/enable", Role.OPERATOR),
        Arguments.of("POST", provider + "/disable", Role.OPERATOR),
        Arguments.of("POST", provider + "/metrics-only", Role.OPERATOR));
  }

  @ParameterizedTest
  @MethodSource("routes")
  void aRouteIsForItsRoleAndThoseAboveIt(String method, String path, Role needed) throws Exception {
    for (Role role : Role.values()) {
      HttpResponse<String> response = as(TOKENS.get(role), method, path);

      if (role.allows(needed)) {
        assertThat(response.statusCode()).as(role + " " + path).isNotIn(401, 403);
      } else {
        assertThat(response.statusCode()).as(role + " " + path).isEqualTo(403);
        assertThat(json(response).get("type").textValue()).isEqualTo("/problems/forbidden");
        assertThat(json(response).get("role_needed").textValue())
            .isIn(needed.settingName(), Role.OPERATOR.settingName());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("routes")
  void nothingIsSaidWithoutAToken(String method, String path, Role needed) throws Exception {
    HttpResponse<String> response = send(method, path, BodyPublishers.noBody());

    assertThat(response.statusCode()).isEqualTo(401);
    assertThat(response.headers().firstValue("WWW-Authenticate"))
        .contains("Bearer realm=\"fleetbreaker\"");
    assertThat(json(response).get("type").textValue()).isEqualTo("/problems/unauthorized");
    assertThat(worker.resets()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/health/live", "/health/ready", "/ui/", "/problems/forbidden", "/"})
  void probesAndThePageNeedNoToken(String path) throws Exception {
    assertThat(get(path).statusCode()).isNotIn(401, 403);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/health/live", "/ui/", "/"})
  void whatIsPublicIsSoForReadingOnly(String path) throws Exception {
    assertThat(post(path).statusCode()).isEqualTo(401);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/%68ealth/../status",
        "/ui/../status",
        "/ui/%2e%2e/status",
        "/u%69/../status",
        "//status",
        "/health/live/../../status",
        "/health/live%2f..%2f..%2fstatus",
        "/UI/../status",
        "/health/live;/status",
        "/status?/health/live",
        "/status#/ui/",
        "/ui%2f..%2fstatus"
      })
  void anUnusualSpellingOpensNothing(String target) throws Exception {
    String answer =
        RawHttp.exchange(
            port(),
            RawHttp.head("GET " + target + " HTTP/1.1", "Host: localhost", "Connection: close"));

    assertThat(answer).doesNotStartWith("HTTP/1.1 200 ").doesNotContain("circuit_breaker");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Basic b3R0bzpzZWNyZXQ=",
        "Bearer " + VIEWER + "x",
        VIEWER,
        "bearer",
        "Bearer " + VIEWER + " " + VIEWER,
        "Digest username=\"x\"",
        "Bearer \u00e9\u00e9\u00e9"
      })
  void whatIsNoTokenOfOursIsRefused(String authorization) throws Exception {
    String answer =
        RawHttp.exchange(
            port(),
            RawHttp.head(
                "GET /status HTTP/1.1",
                "Host: localhost",
                "Connection: close",
                "Authorization: " + authorization));

    assertThat(answer).startsWith("HTTP/1.1 401 ").doesNotContain(VIEWER);
  }

  @Test
  void ofTwoTokensNeitherIsBelieved() throws Exception {
    String answer =
        RawHttp.exchange(
            port(),
            RawHttp.head(
                "GET /status HTTP/1.1",
                "Host: localhost",
                "Connection: close",
                "Authorization: Bearer " + VIEWER,
                "Authorization: Bearer " + ADMIN));

    assertThat(answer).startsWith("HTTP/1.1 401 ");
  }

  @Test
  void theStreamOfEventsNeedsATokenToo() throws Exception {
    try (RawHttp nobody = new RawHttp(port());
        RawHttp viewer = new RawHttp(port())) {
      nobody.say(RawHttp.head("GET /api/v1/events HTTP/1.1", "Host: localhost"));
      viewer.say(
          RawHttp.head(
              "GET /api/v1/events HTTP/1.1", "Host: localhost", "Authorization: Bearer " + VIEWER));

      assertThat(nobody.hearUntil("\r\n\r\n")).startsWith("HTTP/1.1 401 ");
      assertThat(viewer.hearUntil("event: hello")).startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void aTokenInTheQueryIsNoToken() throws Exception {
    assertThat(get("/status?token=" + ADMIN + "&access_token=" + ADMIN).statusCode())
        .isEqualTo(401);
  }

  @Test
  void theSchemeMayBeWrittenSmall() throws Exception {
    assertThat(get("/status", "Authorization", "bearer " + VIEWER).statusCode()).isEqualTo(200);
  }

  @Test
  void metricsMayBePublicAndNothingElse() throws Exception {
    serve(guarded("auth.metrics-public = true"));

    assertThat(get("/metrics").statusCode()).isEqualTo(200);
    assertThat(get("/status").statusCode()).isEqualTo(401);
    assertThat(as("wrong", "GET", "/metrics").statusCode()).isEqualTo(401);
  }

  @Test
  void withoutTokensEverybodyMayDoEverything() throws Exception {
    serve(HttpSecurity.defaults());

    assertThat(get("/status").statusCode()).isEqualTo(200);
    assertThat(post("/reset/openai").statusCode()).isEqualTo(200);
    assertThat(json(get("/api/v1/me")).get("authenticated").booleanValue()).isFalse();
  }

  @Test
  void theCallerIsWhoTheTokenStandsFor() throws Exception {
    var me = json(as(OPERATOR, "GET", "/api/v1/me"));

    assertThat(me.get("name").textValue()).isEqualTo("otto");
    assertThat(me.get("role").textValue()).isEqualTo("operator");
    assertThat(me.get("authenticated").booleanValue()).isTrue();
  }
}
