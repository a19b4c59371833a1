package io.fleetbreaker.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/**
 * The Lua scripts of this package. Each is sent as its hash, and as a whole if Redis forgot it.
 *
 * <p>Redis gives scripts no way to share code, so a script is made of one or more files: the last
 * one says what it does, with what those before it define.
 */
enum Scripts {
  /** Checks lock, op and base; writes a state, tells of it, deletes the lock. */
  COMMIT("state.lua", "tell.lua", "commit.lua"),
  /** Writes a state unless that would go back. */
  SET_STATE("state.lua", "set_state.lua"),
  /** Deletes a lock if it still holds the owner's token. */
  UNLOCK("unlock.lua"),
  /** Marks a store that has no mark, and greets. */
  MARK("mark.lua"),
  /** Writes a heartbeat, or takes it back. */
  BEAT("beat.lua"),
  /** Gives a place in a round of probes. */
  ASK_PROBE("state.lua", "tell.lua", "probes.lua", "ask_probe.lua"),
  /** Gives it back. */
  SETTLE_PROBE("state.lua", "probes.lua", "settle_probe.lua"),
  /** Extends places taken. */
  RENEW_PROBES("state.lua", "probes.lua", "renew_probes.lua");

  private final String source;
  private final String hash;

  Scripts(String... resources) {
    this.source = Arrays.stream(resources).map(Scripts::load).collect(Collectors.joining("\n"));
    this.hash = sha1Hex(source.getBytes(StandardCharsets.UTF_8));
  }

  /** Runs the script; what Redis refuses comes as a {@code JedisDataException}. */
  Object run(Connection connection, List<byte[]> keys, List<byte[]> arguments) {
    try {
      return send(connection, Protocol.Command.EVALSHA, hash, keys, arguments);
    } catch (JedisNoScriptException forgotten) {
      return send(connection, Protocol.Command.EVAL, source, keys, arguments);
    }
  }

  /** SHA-1 as Redis writes it. */
  static String sha1Hex(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
  }

  private static Object send(
      Connection connection,
      Protocol.Command command,
      String script,
      List<byte[]> keys,
      List<byte[]> arguments) {
    CommandArguments message = new CommandArguments(command).add(script).add(keys.size());
    keys.forEach(message::add);
    arguments.forEach(message::add);
    return connection.executeCommand(message);
  }

  private static String load(String resource) {
    try (InputStream in = Scripts.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks " + resource);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
