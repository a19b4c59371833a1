package io.fleetbreaker.cli.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.fleetbreaker.cli.api.ApiException.Kind;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks one worker's management API. Thread-safe. */
public final class ApiClient {
  private static final int MOST_BYTES = 8 << 20;

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private final ApiSettings settings;
  private final HttpClient client;

  /** A client that has not connected yet. */
  public ApiClient(ApiSettings settings) {
    this.settings = settings;
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(Version.HTTP_1_1)
            // A redirect would carry the token to who knows where.
            .followRedirects(Redirect.NEVER)
            .connectTimeout(settings.timeout());
    settings.tls().ifPresent(builder::sslContext);
    this.client = builder.build();
  }

  /**
   * A success.
   *
   * @param status the HTTP status, 200 to 299
   * @param text the document as it came
   * @param document the same, read
   */
  public record Answer(int status, String text, JsonNode document) {}

  /** What stands at {@code path}, such as {@code /api/v1/fleet}. */
  public Answer get(String path) throws ApiException, InterruptedException {
    return send("GET", path, BodyPublishers.noBody(), Map.of());
  }

  /** Posts {@code body} to {@code path}. */
  public Answer post(String path, JsonNode body, Map<String, String> headers)
      throws ApiException, InterruptedException {
    return send("POST", path, BodyPublishers.ofString(body.toString()), headers);
  }

  /**
   * Opens the stream of events that happen from now on.
   *
   * @param after id of the last entry of the history that is known; empty for none
   */
  public EventStream events(Optional<String> after) throws ApiException, InterruptedException {
    HttpRequest.Builder request = request("/api/v1/events").header("Accept", "text/event-stream");
    after.ifPresent(id -> request.header("Last-Event-ID", id));
    EventStream stream = new EventStream();
    HttpResponse<Optional<byte[]>> began =
        await(
            stream.open(client, request.build(), MOST_BYTES), "the stream of events did not begin");
    if (began.body().isPresent()) {
      throw began.statusCode() == 200
          ? broken(began, "no stream of events")
          : refusal(began, began.body().get());
    }
    return stream;
  }

  private Answer send(String method, String path, BodyPublisher body, Map<String, String> headers)
      throws ApiException, InterruptedException {
    HttpRequest.Builder request =
        request(path).header("Accept", "application/json").method(method, body);
    if (method.equals("POST")) {
      request.header("Content-Type", "application/json");
    }
    headers.forEach(request::header);
    HttpResponse<byte[]> response =
        await(
            client.sendAsync(request.build(), info -> new BoundedBody(MOST_BYTES)),
            "no whole answer within " + settings.timeout().toMillis() + " ms");
    if (response.statusCode() < 200 || response.statusCode() > 299) {
      throw refusal(response, response.body());
    }
    String text = new String(response.body(), StandardCharsets.UTF_8);
    JsonNode document = parse(text).orElseThrow(() -> broken(response, "no JSON"));
    if (!document.isObject()) {
      throw broken(response, "no JSON object");
    }
    return new Answer(response.statusCode(), text, document);
  }

  private HttpRequest.Builder request(String path) {
    String base = settings.url().toString().replaceAll("/+$", "");
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path));
    settings.token().ifPresent(token -> request.header("Authorization", "Bearer " + token));
    return request;
  }

  private <T> T await(CompletableFuture<T> exchange, String tooSlow)
      throws ApiException, InterruptedException {
    try {
      return exchange.get(settings.timeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      exchange.cancel(true);
      throw unreachable(tooSlow);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      Throwable root = cause.getCause() instanceof BoundedBody.TooLargeException t ? t : cause;
      if (root instanceof BoundedBody.TooLargeException) {
        throw new ApiException(
            Kind.BROKEN_ANSWER, settings.url() + " is no Fleetbreaker: " + root.getMessage());
      }
      throw unreachable(describe(root));
    }
  }

  private static String describe(Throwable failure) {
    if (failure instanceof ConnectException) {
      return "the connection was refused, or there is no such host";
    }
    String message = failure.getMessage();
    String name = failure.getClass().getSimpleName();
    return message == null || message.isBlank()
        ? name
        : failure instanceof IOException ? message : name + ": " + message;
  }

  private ApiException unreachable(String why) {
    return new ApiException(
        Kind.UNREACHABLE, "nobody answers at " + settings.url() + ": " + Plain.text(why));
  }

  private ApiException broken(HttpResponse<?> response, String what) {
    String type = response.headers().firstValue("Content-Type").orElse("no type");
    return new ApiException(
        Kind.BROKEN_ANSWER,
        response.statusCode(),
        settings.url()
            + " answers, but not as a Fleetbreaker worker does (HTTP "
            + response.statusCode()
            + ", "
            + Plain.text(type)
            + ", "
            + what
            + "): is --url right?",
        MissingNode.getInstance());
  }

  /** What an answer that is no success says. */
  private ApiException refusal(HttpResponse<?> response, byte[] body) {
    int status = response.statusCode();
    JsonNode problem =
        parse(new String(body, StandardCharsets.UTF_8))
            .filter(JsonNode::isObject)
            .orElse(MissingNode.getInstance());
    String detail = Plain.text(problem.path("detail").asText(problem.path("title").asText("")));
    if (status == 401) {
      String what =
          settings.token().isPresent()
              ? "the fleet does not know this token"
              : "the fleet wants a token: set FLEETBREAKER_TOKEN, or name a --token-file";
      return new ApiException(Kind.REFUSED, status, what, problem);
    }
    if (status == 403) {
      String role = Plain.text(problem.path("role_needed").asText(""));
      String what =
          role.isEmpty()
              ? "the fleet refuses this request" + (detail.isEmpty() ? "" : ": " + detail)
              : "this token's role does not allow that; it needs the role " + role;
      return new ApiException(Kind.REFUSED, status, what, problem);
    }
    if (problem.isMissingNode() || detail.isEmpty()) {
      return broken(response, "no problem document");
    }
    return new ApiException(Kind.REFUSED, status, detail + " (HTTP " + status + ")", problem);
  }

  private static Optional<JsonNode> parse(String text) {
    try {
      return Optional.ofNullable(JSON.readTree(text));
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }
}
