package io.fleetbreaker.cli;

import io.fleetbreaker.cli.api.ApiSettings;
import java.net.URI;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the address of a worker. Not picocli's own, which repeats what may hold a password. */
final class UrlConverter implements ITypeConverter<URI> {
  @Override
  public URI convert(String text) {
    try {
      return ApiSettings.url("it", text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(String.valueOf(e.getMessage()));
    }
  }
}
