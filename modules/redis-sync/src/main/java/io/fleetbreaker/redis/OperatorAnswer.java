package io.fleetbreaker.redis;

import io.fleetbreaker.sync.RevisionId;

/** What came of an {@link OperatorRequest}. Immutable. */
public sealed interface OperatorAnswer {
  /** It is the fleet's state, or was until something later superseded it. */
  record Committed(RevisionId revision) implements OperatorAnswer {}

  /** The store has certainly not taken it, and will not. */
  record NotCommitted(String cause) implements OperatorAnswer {}

  /** The store may have taken it, or may take it yet. */
  record Unknown(String cause) implements OperatorAnswer {}

  /** It contradicts the override in force; nothing was done. */
  record Refused(String cause) implements OperatorAnswer {}

  /** The store holds another revision than asked for; nothing was done. */
  record RevisionChanged(RevisionId current) implements OperatorAnswer {}
}
