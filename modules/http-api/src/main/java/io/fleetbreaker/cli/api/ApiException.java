package io.fleetbreaker.cli.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;

/** A request that did not get what it asked for. The message is one sentence for people. */
public final class ApiException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What kind of failure it is. */
  public enum Kind {
    /** Nobody answers, or not in time. */
    UNREACHABLE,
    /** Somebody answers who does not speak this API. */
    BROKEN_ANSWER,
    /** The fleet refuses, and says why. */
    REFUSED
  }

  private final Kind kind;
  private final int status;
  private final transient JsonNode document;

  ApiException(Kind kind, String message) {
    this(kind, 0, message, MissingNode.getInstance());
  }

  ApiException(Kind kind, int status, String message, JsonNode document) {
    super(message);
    this.kind = kind;
    this.status = status;
    this.document = document;
  }

  /** What kind of failure it is. */
  public Kind kind() {
    return kind;
  }

  /** The HTTP status; 0 without an answer. */
  public int status() {
    return status;
  }

  /** The problem document; missing if there is none. */
  public JsonNode document() {
    return document;
  }

  /** The last part of the problem's type, such as {@code not-committed}; empty if there is none. */
  public String slug() {
    String type = document.path("type").asText("");
    return type.substring(type.lastIndexOf('/') + 1);
  }
}
