package io.fleetbreaker.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.pekko.util.ByteString;

/**
 * Makes requests out of the document of the interface: legal ones, and ones that break a rule of
 * it. Pure, but for the randomness it is given.
 */
final class RequestGenerator {
  private static final String[] BAD_NAMES = {
    "a%2fb",
    "%2e%2e",
    "..",
    "%0d%0aX-A:%20b",
    "%00",
    "%ff",
    "-openai",
    "openai%20",
    "open;x=1",
    "%F0%9F%94%B4",
    "%C3%A9",
    "%3Cscript%3E",
    "a".repeat(10_240),
    "%zz",
    "a%2f..%2fb",
    "*"
  };
  private static final String[] OTHER_METHODS = {"PUT", "DELETE", "PATCH", "OPTIONS"};

  private final OpenApiDocument document;
  private final Random random;

  /** How a request was made. */
  enum Kind {
    /** Everything is as the document says. */
    LEGAL,
    /** Its body may or may not be as the document says; the rest is. */
    BODY,
    /** Something else breaks a rule. */
    ILLEGAL,
    /** The method is not the operation's. */
    OTHER_METHOD
  }

  /**
   * One request.
   *
   * @param legalBody whether its body is valid by the document's schema, if it is JSON at all
   */
  record Generated(
      OpenApiDocument.Operation operation,
      Kind kind,
      String method,
      boolean legalBody,
      ByteString bytes,
      String shown) {}

  RequestGenerator(OpenApiDocument document, long seed) {
    this.document = document;
    this.random = new Random(seed);
  }

  Generated next(OpenApiDocument.Operation operation) {
    boolean takesBody = document.bodySchema(operation).isPresent();
    int dice = random.nextInt(10);
    Kind kind =
        dice < 3
            ? Kind.LEGAL
            : dice < 6 && takesBody ? Kind.BODY : dice < 9 ? Kind.ILLEGAL : Kind.OTHER_METHOD;
    List<String> faults = new ArrayList<>();
    String path = path(operation, kind == Kind.ILLEGAL && random.nextBoolean(), faults);
    String query = query(operation, kind == Kind.ILLEGAL && random.nextBoolean(), faults);
    List<String> headers = new ArrayList<>();
    byte[] body = new byte[0];
    boolean legalBody = true;
    if (takesBody) {
      JsonNode schema = document.bodySchema(operation).orElseThrow();
      BodyGenerator bodies = new BodyGenerator(random, document.resolved(schema));
      body = kind == Kind.BODY ? bodies.any() : bodies.legal().toString().getBytes(UTF_8);
      legalBody = isLegal(schema, body);
      headers.add("Content-Type: application/json");
    }
    if (kind == Kind.ILLEGAL && faults.isEmpty()) {
      body = breakHeaders(operation, headers, body, takesBody, faults);
    }
    String method =
        kind == Kind.OTHER_METHOD
            ? OTHER_METHODS[random.nextInt(OTHER_METHODS.length)]
            : operation.method();
    if (method.equals("GET") && random.nextInt(10) == 0) {
      method = "HEAD";
    }
    if (body.length > 0 || method.equals("POST")) {
      headers.add("Content-Length: " + body.length);
    }
    headers.add("Host: localhost");
    List<String> lines = new ArrayList<>(List.of(method + " " + path + query + " HTTP/1.1"));
    lines.addAll(headers);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(RawHttp.head(lines.toArray(new String[0])).getBytes(ISO_8859_1));
    bytes.writeBytes(body);
    String shown = lines + " " + new String(body, UTF_8);
    return new Generated(
        operation,
        kind,
        method,
        legalBody,
        ByteString.fromArray(bytes.toByteArray()),
        faults + " " + shown.substring(0, Math.min(600, shown.length())));
  }

  private boolean isLegal(JsonNode schema, byte[] body) {
    return BodyGenerator.parsed(body)
        .filter(json -> document.faults(schema, json).isEmpty())
        .isPresent();
  }

  private String path(OpenApiDocument.Operation operation, boolean bad, List<String> faults) {
    String path = operation.path();
    if (path.contains("{name}")) {
      String name = random.nextBoolean() ? "openai" : "anthropic";
      if (bad) {
        name = random.nextInt(4) == 0 ? "nobody" : BAD_NAMES[random.nextInt(BAD_NAMES.length)];
        faults.add("name");
      }
      path = path.replace("{name}", name);
    }
    if (path.contains("{operation}")) {
      boolean badId = bad && random.nextBoolean();
      if (badId) {
        faults.add("operation");
      }
      path =
          path.replace("{operation}", badId ? "%20" + "x".repeat(200) : "op-" + random.nextInt(50));
    }
    if (path.contains("{slug}")) {
      if (bad) {
        faults.add("slug");
      }
      path = path.replace("{slug}", bad ? BAD_NAMES[random.nextInt(BAD_NAMES.length)] : "conflict");
    }
    return path;
  }

  private String query(OpenApiDocument.Operation operation, boolean bad, List<String> faults) {
    List<String> parts = new ArrayList<>();
    boolean paged = false;
    for (JsonNode parameter : operation.node().path("parameters")) {
      String name = parameter.get("name").textValue();
      // A cursor that is legal comes from an answer; after and before exclude each other.
      boolean skipped = name.equals("cursor") || (paged && name.equals("before"));
      if (parameter.get("in").textValue().equals("query") && !skipped && random.nextBoolean()) {
        parts.add(name + "=" + legalValue(parameter.get("schema")));
        paged |= name.equals("after");
      }
    }
    if (bad && operation.path().startsWith("/api/")) {
      faults.add("query");
      String[] wrong = {
        "nosuch=1",
        "limit=0",
        "limit=x",
        "limit=999999999999",
        "cursor=garbage%00",
        "state=ajar",
        "after=yesterday",
        "before=1-",
        "providers=maybe",
        "%zz=1",
        "a=b%zz",
        "limit=1&limit=2",
        "x=" + "y".repeat(3_000)
      };
      parts.add(wrong[random.nextInt(wrong.length)]);
      parts.add("nosuch=1");
    }
    return parts.isEmpty() ? "" : "?" + String.join("&", parts);
  }

  private String legalValue(JsonNode schema) {
    if (schema.has("enum")) {
      return schema.get("enum").get(random.nextInt(schema.get("enum").size())).asText();
    }
    return switch (schema.get("type").asText()) {
      case "integer" ->
          Integer.toString(
              schema.get("minimum").intValue() + random.nextInt(schema.get("maximum").intValue()));
      case "boolean" -> Boolean.toString(random.nextBoolean());
      default ->
          URLEncoder.encode(
              schema.path("pattern").asText().contains("-[0-9]")
                  ? (1_795_313_749_000L + random.nextInt(2_000)) + "-0"
                  : "openai",
              UTF_8);
    };
  }

  private byte[] breakHeaders(
      OpenApiDocument.Operation operation,
      List<String> headers,
      byte[] body,
      boolean takesBody,
      List<String> faults) {
    boolean negotiates = operation.promises(406);
    switch (random.nextInt(takesBody ? 5 : 3)) {
      case 0 -> {
        if (negotiates) {
          headers.add("Accept: image/png, text/css;q=0.5");
          faults.add("accept");
        }
      }
      case 1 -> {
        if (operation.id().equals("streamEvents")) {
          headers.add("Last-Event-ID: " + "9".repeat(random.nextInt(400) + 1));
          faults.add("last-event-id");
        }
      }
      case 2 -> {
        faults.add("size");
        return new byte[70_000];
      }
      case 3 -> {
        headers.removeIf(header -> header.startsWith("Content-Type"));
        String[] types = {"text/plain", "application/xml", "application/jsonp", "multipart/mixed"};
        headers.add("Content-Type: " + types[random.nextInt(types.length)]);
        faults.add("content-type");
      }
      default -> {
        String[] tags = {"garbage", "\"1.2", "W/\"1.2.a\"", "\"1.2.a\"", "\"\"", "*,*"};
        headers.add("If-Match: " + tags[random.nextInt(tags.length)]);
        faults.add("if-match");
      }
    }
    return body;
  }
}
