package io.fleetbreaker.http;

/**
 * Where the server's certificate is. The files are in PEM; they are read at the start, and again
 * when they have changed. Immutable.
 *
 * @param certFile the server's certificate and, after it, its chain
 * @param keyFile the private key of the certificate, PKCS#8 and not encrypted
 */
public record ServerTls(String certFile, String keyFile) {}
