package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetbreaker.State;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class OpenApiTest extends HttpTest {
  private final OpenApiDocument document = OpenApiDocument.read();

  @Test
  void theDocumentIsValidByTheOfficialSchema() throws Exception {
    assertThat(document.faults()).isEmpty();
    assertThat(json(get("/openapi.json"))).isEqualTo(document.root());
  }

  @Test
  void aFaultInTheDocumentWouldBeFound() {
    ObjectNode operation = (ObjectNode) document.root().at("/paths/~1api~1v1~1me/get");
    JsonNode responses = operation.remove("responses");
    operation.put("responses", "none");
    assertThat(document.faults()).isNotEmpty();
    operation.set("responses", responses);

    ObjectNode schema = (ObjectNode) document.root().at("/components/schemas/Me");
    schema.put("type", "no such type");
    assertThat(document.faults()).isNotEmpty();
    schema.put("type", "object");
    assertThat(document.faults()).isEmpty();
  }

  @Test
  void everyExampleIsValidByItsSchema() {
    document
        .root()
        .at("/components/schemas")
        .properties()
        .forEach(
            schema ->
                schema
                    .getValue()
                    .path("examples")
                    .forEach(
                        example ->
                            assertThat(
                                    document.faults(
                                        MAPPER
                                            .createObjectNode()
                                            .put("$ref", "#/components/schemas/" + schema.getKey()),
                                        example))
                                .as(schema.getKey())
                                .isEmpty()));
  }

  @Test
  void everyReferenceLeadsSomewhereAndEverySchemaIsUsed() {
    Set<String> used = new TreeSet<>();
    document.root().findValuesAsText("$ref").forEach(used::add);

    for (String ref : used) {
      assertThat(document.root().at(ref.substring(1)).isMissingNode()).as(ref).isFalse();
    }
    List<String> unused = new ArrayList<>();
    document
        .root()
        .at("/components/schemas")
        .fieldNames()
        .forEachRemaining(
            name -> {
              if (!used.contains("#/components/schemas/" + name)) {
                unused.add(name);
              }
            });
    // The data of events that are in no answer's body as JSON.
    assertThat(unused).containsExactly("Hello");
  }

  @Test
  void everyOperationIsServedAndAnswersAsPromised() throws Exception {
    worker.haveFleet(3, 1);
    for (OpenApiDocument.Operation operation : document.operations()) {
      if (operation.id().equals("streamEvents")) {
        continue;
      }
      worker.breaker("openai").become(State.CLOSED);
      worker.commit(command("openai", io.fleetbreaker.fleet.OperatorAction.ENABLE));

      HttpResponse<String> response = ask(operation);

      assertThat(response.statusCode()).as(operation.id() + response.body()).isEqualTo(200);
      requireAsPromised(operation, response);
      HttpResponse<String> wrong =
          send(
              operation.method().equals("GET") ? "POST" : "GET",
              path(operation),
              BodyPublishers.noBody());
      RefusalsTest.problem(wrong, ProblemType.METHOD_NOT_ALLOWED);
      assertThat(wrong.headers().firstValue("Allow"))
          .contains(operation.method().equals("GET") ? "GET, HEAD" : "POST");
    }
  }

  @Test
  void everyKindOfProblemIsDocumentedAndExplained() throws Exception {
    List<String> documented = new ArrayList<>();
    document
        .root()
        .at("/components/schemas/Problem/properties/type/enum")
        .forEach(type -> documented.add(type.textValue()));

    for (ProblemType type : ProblemType.values()) {
      assertThat(documented).contains(type.uri());
      assertThat(get(type.uri()).body()).isEqualTo(type.title() + ". " + type.meaning() + "\n");
      JsonNode problem = json(type);
      assertThat(
              document.faults(
                  MAPPER.createObjectNode().put("$ref", "#/components/schemas/Problem"), problem))
          .isEmpty();
    }
    assertThat(documented).hasSize(ProblemType.values().length);
  }

  @Test
  void everyPathMadeOfKnownWordsIsDocumentedOrNotServed() throws Exception {
    Set<String> words = new LinkedHashSet<>(List.of("openai", "1-0"));
    for (OpenApiDocument.Operation operation : document.operations()) {
      for (String word : operation.path().substring(1).split("/", -1)) {
        if (!word.startsWith("{")) {
          words.add(word);
        }
      }
    }
    // "/" is for people: it leads to the dashboard.
    List<String> candidates = new ArrayList<>();
    for (String one : words) {
      candidates.add("/" + one);
      candidates.add("/api/v1/" + one);
      for (String two : words) {
        candidates.add("/" + one + "/" + two);
        candidates.add("/api/v1/" + one + "/" + two);
        for (String three : words) {
          candidates.add("/api/v1/" + one + "/" + two + "/" + three);
        }
      }
    }
    List<String> undocumented = new ArrayList<>();
    try (WireClient client = new WireClient(port())) {
      for (String path : candidates) {
        if (!isDocumented(path)) {
          WireClient.Answer answer =
              client.exchange(
                  RawHttp.head("GET " + path + " HTTP/1.1", "Host: localhost")
                      .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1),
                  false,
                  null);
          if (answer.status() != 404) {
            undocumented.add(answer.status() + " " + path);
          }
        }
      }
    }

    assertThat(undocumented).isEmpty();
    assertThat(candidates).hasSizeGreaterThan(10_000);
  }

  private boolean isDocumented(String path) {
    return document.operations().stream()
        .anyMatch(operation -> path.matches(operation.path().replaceAll("\\{[a-z]+}", "[^/]+")));
  }

  private JsonNode json(ProblemType type) throws Exception {
    return MAPPER.readTree(Json.bytes(Problem.of(type, "because")));
  }

  private HttpResponse<String> ask(OpenApiDocument.Operation operation) throws Exception {
    Optional<JsonNode> body = document.bodySchema(operation);
    return body.isPresent()
        ? send(
            operation.method(),
            path(operation),
            BodyPublishers.ofString(document.resolved(body.get()).at("/examples/0").toString()),
            "Content-Type",
            "application/json")
        : send(operation.method(), path(operation), BodyPublishers.noBody());
  }

  private static String path(OpenApiDocument.Operation operation) {
    return operation
        .path()
        .replace("{name}", "openai")
        .replace("{operation}", "op-1")
        .replace("{slug}", "conflict");
  }

  private void requireAsPromised(OpenApiDocument.Operation operation, HttpResponse<String> response)
      throws Exception {
    String type = response.headers().firstValue("Content-Type").orElse("").split(";", -1)[0];
    Optional<JsonNode> schema = document.answerSchema(operation, response.statusCode(), type);
    assertThat(schema).as(operation.id() + " " + type).isPresent();
    if (type.endsWith("json")) {
      assertThat(document.faults(schema.orElseThrow(), json(response)))
          .as(operation.id())
          .isEmpty();
    }
  }
}
