package io.fleetbreaker.http;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import io.fleetbreaker.fleet.SettingsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads tokens from settings and from a file of their own. Refusals name the setting and which
 * token of the list it is, and repeat none of its values: somebody may have written the token
 * itself where its hash belongs.
 */
final class TokenReader {
  /** Where the tokens stand in a file of settings, and in a file of their own. */
  static final String SETTING = "fleetbreaker.http.auth.tokens";

  private static final Set<String> KEYS = Set.of("name", "role", "sha256");

  private TokenReader() {}

  /** The tokens of a list, or of a text that is one: a variable of the environment is a text. */
  static List<AccessToken> read(String setting, ConfigValue value) {
    ConfigValue list = value.valueType() == ConfigValueType.STRING ? parsed(setting, value) : value;
    if (!(list instanceof ConfigList tokens)) {
      throw new SettingsException(
          setting + " must be a list such as [{ name = ops, role = operator, sha256 = \"...\" }]");
    }
    List<AccessToken> read = new ArrayList<>();
    for (ConfigValue token : tokens) {
      read.add(token(setting + "[" + read.size() + "]", token));
    }
    return distinct(setting, read);
  }

  /** The tokens of a file that says {@code fleetbreaker.http.auth.tokens}, at least one. */
  static List<AccessToken> read(Path file) {
    String setting = "fleetbreaker.http.auth.tokens-file";
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new SettingsException(setting + " must name a readable file, was " + file);
    }
    Config config;
    try {
      config =
          ConfigFactory.parseFile(
                  file.toFile(), ConfigParseOptions.defaults().setAllowMissing(false))
              .resolve();
    } catch (ConfigException e) {
      throw new SettingsException(setting + " must hold HOCON, was " + file);
    }
    if (!config.hasPath(SETTING)) {
      throw new SettingsException(setting + " must hold " + SETTING + ", was " + file);
    }
    List<AccessToken> tokens = read(SETTING + " (" + file + ")", config.getValue(SETTING));
    // A file that was emptied must not let everybody in.
    if (tokens.isEmpty()) {
      throw new SettingsException(setting + " must hold at least one token, was " + file);
    }
    return tokens;
  }

  /** The same tokens, if no two are of one name or one hash. */
  static List<AccessToken> distinct(String setting, List<AccessToken> tokens) {
    Set<String> seen = new HashSet<>();
    for (AccessToken token : tokens) {
      if (!seen.add("name " + token.name()) || !seen.add("hash " + token.sha256())) {
        throw new SettingsException(
            setting + " must hold each name and each hash once; not so '" + token.name() + "'");
      }
    }
    return List.copyOf(tokens);
  }

  private static ConfigValue parsed(String setting, ConfigValue text) {
    try {
      Config config = ConfigFactory.parseString("tokens = " + text.unwrapped());
      return config.resolve().getValue("tokens");
    } catch (ConfigException e) {
      throw new SettingsException(
          setting + " must be a list in HOCON (" + text.origin().description() + ")");
    }
  }

  private static AccessToken token(String setting, ConfigValue value) {
    if (!(value instanceof ConfigObject object)) {
      throw new SettingsException(
          setting + " must be a section { name = ..., role = ..., sha256 = \"...\" }");
    }
    Set<String> unknown = new TreeSet<>(object.keySet());
    unknown.removeAll(KEYS);
    if (!unknown.isEmpty()) {
      throw new SettingsException(
          setting + " has unknown settings " + unknown + "; known here: name, role, sha256");
    }
    Config config = object.toConfig();
    try {
      return new AccessToken(
          config.getString("name"), role(setting, config), config.getString("sha256"));
    } catch (SettingsException e) {
      throw e;
    } catch (ConfigException e) {
      throw new SettingsException(setting + " must have name, role and sha256, all of them text");
    } catch (IllegalArgumentException e) {
      throw new SettingsException(setting + ": " + e.getMessage());
    }
  }

  private static Role role(String setting, Config config) {
    try {
      return Role.valueOf(config.getString("role").toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new SettingsException(setting + ".role must be viewer, operator or admin");
    }
  }
}
