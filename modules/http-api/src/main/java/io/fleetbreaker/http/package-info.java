/**
 * What a worker shows over HTTP: {@link io.fleetbreaker.http.HttpServer} binds the ports, routes
 * dispatch to pure views, and each refusal is a problem (RFC 9457).
 */
@NullMarked
package io.fleetbreaker.http;

import org.jspecify.annotations.NullMarked;
