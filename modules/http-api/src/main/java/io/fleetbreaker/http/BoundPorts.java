package io.fleetbreaker.http;

import java.util.Optional;

/**
 * The ports a server really listens on. Immutable.
 *
 * @param shared the port it shares with its siblings; empty if it shares none
 * @param own the port that reaches this worker and no other
 */
public record BoundPorts(Optional<Integer> shared, int own) {}
