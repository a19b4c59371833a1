/** Tests of the client of the management API. */
package io.fleetbreaker.cli.api;
