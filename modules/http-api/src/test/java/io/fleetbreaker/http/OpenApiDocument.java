package io.fleetbreaker.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The document of the interface, and validators made of it by a public library. */
final class OpenApiDocument {
  private static final String OFFICIAL = "https://spec.openapis.org/";
  private static final String OPENAPI_3_1 = OFFICIAL + "oas/3.1/schema-base/2022-10-07";

  private final JsonNode root;
  private final ObjectNode strictComponents;
  private final SchemaRegistry registry =
      SchemaRegistry.withDefaultDialect(
          SpecificationVersion.DRAFT_2020_12,
          builder -> builder.schemas(OpenApiDocument::official));
  private final Map<JsonNode, Schema> schemas = new ConcurrentHashMap<>();

  /** One method of one path. */
  record Operation(String path, String method, JsonNode node) {
    String id() {
      return node.get("operationId").textValue();
    }

    boolean promises(int status) {
      return node.get("responses").has(Integer.toString(status));
    }
  }

  private OpenApiDocument(JsonNode root) {
    this.root = root;
    this.strictComponents = (ObjectNode) root.get("components").deepCopy();
    strictComponents.get("schemas").forEach(OpenApiDocument::close);
  }

  static OpenApiDocument read() {
    try (InputStream in = OpenApiDocument.class.getResourceAsStream("/openapi.json")) {
      return new OpenApiDocument(new ObjectMapper().readTree(Objects.requireNonNull(in)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A field that the document does not name is an error in a test, though not for a client. */
  private static void close(JsonNode schema) {
    if (schema instanceof ObjectNode object && object.has("properties")) {
      object.put("additionalProperties", false);
    }
    schema.forEach(OpenApiDocument::close);
  }

  JsonNode root() {
    return root;
  }

  List<Operation> operations() {
    List<Operation> operations = new ArrayList<>();
    root.get("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .properties()
                    .forEach(
                        method ->
                            operations.add(
                                new Operation(
                                    path.getKey(),
                                    method.getKey().toUpperCase(java.util.Locale.ROOT),
                                    method.getValue()))));
    return operations;
  }

  /** What is wrong with the document itself, by the official schema of OpenAPI 3.1. */
  List<Error> faults() {
    return registry.getSchema(com.networknt.schema.SchemaLocation.of(OPENAPI_3_1)).validate(root);
  }

  /** What is wrong with a JSON value, by a schema of this document. */
  List<Error> faults(JsonNode schema, JsonNode value) {
    return schemas.computeIfAbsent(schema, this::compile).validate(value);
  }

  private Schema compile(JsonNode schema) {
    ObjectNode whole = HttpTest.MAPPER.createObjectNode();
    whole.setAll((ObjectNode) schema.deepCopy());
    whole.set("components", strictComponents);
    return registry.getSchema(whole);
  }

  /** The schema of an answer of this status and media type, if one is promised. */
  Optional<JsonNode> answerSchema(Operation operation, int status, String mediaType) {
    JsonNode responses = operation.node().get("responses");
    JsonNode response =
        responses.has(Integer.toString(status))
            ? responses.get(Integer.toString(status))
            : responses.path("default");
    JsonNode found = resolved(response).path("content").path(mediaType).path("schema");
    return found.isMissingNode() ? Optional.empty() : Optional.of(found);
  }

  /** The schema of an operation's body, if it takes one. */
  Optional<JsonNode> bodySchema(Operation operation) {
    JsonNode found = operation.node().at("/requestBody/content/application~1json/schema");
    return found.isMissingNode() ? Optional.empty() : Optional.of(found);
  }

  JsonNode resolved(JsonNode node) {
    return node.has("$ref") ? root.at(node.get("$ref").textValue().substring(1)) : node;
  }

  private static String official(String iri) {
    if (!iri.startsWith(OFFICIAL)) {
      return null;
    }
    String resource = "/spec.openapis.org/" + iri.substring(OFFICIAL.length());
    try (InputStream in = OpenApiDocument.class.getResourceAsStream(resource)) {
      return in == null ? null : new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
