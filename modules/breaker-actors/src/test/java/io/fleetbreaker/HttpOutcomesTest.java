package io.fleetbreaker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpOutcomesTest {
  private static final Instant NOW = Instant.parse("1994-11-06T08:49:37Z");

  private static Optional<Duration> retryAfter(String value) {
    return HttpOutcomes.ofStatus(503, value, NOW).retryAfter();
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 429, 500, 501, 503, 529, 599})
  void theProvidersFaultIsAFailureThatNamesTheStatus(int status) {
    Outcome outcome = HttpOutcomes.ofStatus(status);

    assertThat(outcome.kind()).isEqualTo(Outcome.Kind.FAILURE);
    assertThat(outcome.reason()).isEqualTo("HTTP " + status);
    assertThat(outcome.retryAfter()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403})
  void aRefusedKeyIsMisconfigured(int status) {
    Outcome outcome = HttpOutcomes.ofStatus(status);

    assertThat(outcome.kind()).isEqualTo(Outcome.Kind.FAILURE);
    assertThat(outcome.reason()).isEqualTo("misconfigured: HTTP " + status);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 100, 200, 204, 302, 400, 402, 404, 407, 409, 422, 499, 600, 999})
  void everythingElseIsASuccess(int status) {
    assertThat(HttpOutcomes.ofStatus(status).kind()).isEqualTo(Outcome.Kind.SUCCESS);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 | PT0S",
        "120 | PT2M",
        "'  7\t' | PT7S",
        "0007 | PT7S",
        "0.25 | PT1S",
        "31536000 | PT8760H",
        "31536001 | PT8760H",
        "2147483648 | PT8760H",
        "99999999999999999999999999 | PT8760H",
      })
  void secondsAreReadAndLimited(String value, Duration wait) {
    assertThat(retryAfter(value)).contains(wait);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Sun, 06 Nov 1994 08:50:37 GMT",
        "Sunday, 06-Nov-94 08:50:37 GMT",
        "Sun Nov  6 08:50:37 1994",
        " Sun, 06 Nov 1994 08:50:37 GMT "
      })
  void allThreeFormatsOfADateAreRead(String value) {
    assertThat(retryAfter(value)).contains(Duration.ofMinutes(1));
  }

  @Test
  void aDateInThePastIsZero() {
    assertThat(retryAfter("Sun, 06 Nov 1994 08:49:36 GMT")).contains(Duration.ZERO);
    assertThat(retryAfter("Sun, 06 Nov 1994 08:49:37 GMT")).contains(Duration.ZERO);
  }

  @Test
  void aDateBeyondAYearIsAYear() {
    assertThat(retryAfter("Fri, 31 Dec 9999 23:59:59 GMT")).contains(Duration.ofDays(365));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Sunday, 06-Nov-44 08:49:37 GMT | 2044-11-06T08:49:37Z",
        "Tuesday, 06-Nov-45 08:49:37 GMT | 1945-11-06T08:49:37Z",
        "Saturday, 06-Nov-99 08:49:37 GMT | 1999-11-06T08:49:37Z"
      })
  void aYearOfTwoDigitsIsAtMostFiftyYearsAhead(String value, Instant moment) {
    assertThat(HttpDate.parse(value, NOW)).contains(moment);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "-1",
        "+1",
        "1e9",
        "1,5",
        "1.",
        ".5",
        "soon",
        "\u0661\u0662",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 CET",
        "Mon, 06 Nov 1994 08:49:37 GMT",
        "Sun, 99 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 99999 08:49:37 GMT",
        "1994-11-06T08:49:37Z",
        "-",
        ","
      })
  void whatCannotBeReadIsNoRetryAfter(String value) {
    Outcome outcome = HttpOutcomes.ofStatus(503, value, NOW);

    assertThat(outcome.retryAfter()).isEmpty();
    assertThat(outcome.reason()).isEqualTo("HTTP 503");
  }

  @Test
  void aValueOfAMegabyteIsNoRetryAfter() {
    assertThat(retryAfter("9".repeat(1_000_000))).isEmpty();
    assertThat(retryAfter("S".repeat(1_000_000))).isEmpty();
  }

  @Test
  void aRetryAfterOnASuccessSaysNothing() {
    assertThat(HttpOutcomes.ofStatus(301, "120", NOW).kind()).isEqualTo(Outcome.Kind.SUCCESS);
    assertThat(HttpOutcomes.ofStatus(301, "120", NOW).retryAfter()).isEmpty();
  }

  @Test
  void aRefusedKeyMayHaveARetryAfter() {
    assertThat(HttpOutcomes.ofStatus(403, "120", NOW).retryAfter()).contains(Duration.ofMinutes(2));
  }

  @Test
  void withoutARetryAfterTheStatusAloneCounts() {
    assertThat(HttpOutcomes.ofStatus(503, null, NOW).retryAfter()).isEmpty();
    assertThat(HttpOutcomes.ofResponse(503, name -> Optional.empty(), NOW).retryAfter()).isEmpty();
  }

  @Test
  void aDateIsComparedToTheProvidersClock() {
    // Given a worker whose clock is an hour ahead
    Instant ahead = NOW.plus(Duration.ofHours(1));
    Map<String, String> headers =
        Map.of(
            "Date", "Sun, 06 Nov 1994 08:49:37 GMT",
            "Retry-After", "Sun, 06 Nov 1994 08:51:37 GMT");

    Outcome outcome =
        HttpOutcomes.ofResponse(503, name -> Optional.ofNullable(headers.get(name)), ahead);

    assertThat(outcome.retryAfter()).contains(Duration.ofMinutes(2));
  }

  @Test
  void withoutAReadableDateTheWorkersClockCounts() {
    Map<String, String> headers =
        Map.of("Date", "today", "Retry-After", "Sun, 06 Nov 1994 08:51:37 GMT");

    Outcome outcome =
        HttpOutcomes.ofResponse(503, name -> Optional.ofNullable(headers.get(name)), NOW);

    assertThat(outcome.retryAfter()).contains(Duration.ofMinutes(2));
  }
}
