/** Guards the calls of the JDK's {@link java.net.http.HttpClient}. */
@NullMarked
package io.fleetbreaker.httpclient;

import org.jspecify.annotations.NullMarked;
