package io.fleetbreaker.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Shows that the {@link Simulation} finds what it is there to find: plants one fault after the
 * other in the sources of the production code, compiles them apart, and plays seeds until one is
 * caught.
 */
class PlantedFaultsTest {
  private static final int MOST_SEEDS = 2_000;

  /** Only faults whose words hold this. */
  private static final String ONLY = System.getProperty("planted.only", "");

  private static final Path HERE = Path.of("src/main/java");
  private static final Path STORE = Path.of("src/test/java");
  private static final Path BREAKERS = Path.of("../breaker-actors/src/main/java");

  @TempDir private Path scratch;

  /**
   * A fault.
   *
   * @param what it is, in words
   * @param patches what is planted
   * @param operated whether operators are at work in the stories that are to show it
   * @param certain what goes wrong in each of these stories
   */
  private record Fault(String what, List<Patch> patches, boolean operated, Set<String> certain) {
    static Fault of(String what, Patch patch) {
      return new Fault(what, List.of(patch), false, Set.of());
    }

    Fault and(Fault other) {
      List<Patch> all = Stream.concat(patches.stream(), other.patches.stream()).toList();
      return new Fault(what, all, operated, certain);
    }

    Fault withOperators() {
      return new Fault(what, patches, true, certain);
    }

    Fault with(Simulation.Fault... troubles) {
      return new Fault(
          what,
          patches,
          operated,
          Stream.of(troubles).map(Enum::name).collect(Collectors.toUnmodifiableSet()));
    }
  }

  /**
   * One change of a source.
   *
   * @param right what stands there, once
   * @param wrong what is planted in its place
   */
  private record Patch(Path root, String file, String right, String wrong) {}

  private static Fault inSync(String what, String file, String right, String wrong) {
    return Fault.of(what, new Patch(HERE, "io/fleetbreaker/redis/" + file, right, wrong));
  }

  private static Fault inBreaker(String what, String right, String wrong) {
    String file = "io/fleetbreaker/breaker/Transitions.java";
    return Fault.of(what, new Patch(BREAKERS, file, right, wrong));
  }

  /** In the simulation's stand-in for the scripts, whose own tests are the store's contract. */
  private static Fault inStore(String what, String right, String wrong) {
    String file = "io/fleetbreaker/redis/SimulatedStore.java";
    return Fault.of(what, new Patch(STORE, file, right, wrong));
  }

  private static final List<Fault> FAULTS =
      List.of(
          inBreaker(
                  "no version check on apply",
                  "boolean newer = revision.id().isAfter(s.held());",
                  "boolean newer = !revision.id().equals(s.held());")
              .and(
                  inSync(
                      "",
                      "SyncCore.java",
                      "if (current != null && current.id().isAfter(p.heldId())) {\n      return follow(p, current, stale, serverMillis, nowNanos);\n    }\n    boolean asHeld",
                      "if (current != null && !current.id().equals(p.heldId())) {\n      return follow(p, current, stale, serverMillis, nowNanos);\n    }\n    boolean asHeld")),
          inBreaker(
              "a hint treated as held",
              "return new Step(opened.withOverrides(next).withBeforeHint(before), null, true);",
              "return new Step(opened.withBeforeHint(before).withHeld(told.id()), null, true);"),
          inBreaker(
              "a disproved hint is not rolled back",
              "return s.beforeHint() == null ? Step.unchanged(s) : onHintWithdrawn(s);",
              "return Step.unchanged(s);"),
          inSync(
              "close without base check",
              "SyncCore.java",
              "case CLOSE -> onBase && held.state() != State.CLOSED;",
              "case CLOSE -> held.state() != State.CLOSED;"),
          inSync(
              "rebase of a stale trip",
              "SyncCore.java",
              "case TRIP -> onBase || (wanted.isFresh(nowNanos) && !covers(p, held, wanted));",
              "case TRIP -> onBase || !covers(p, held, wanted);"),
          inSync(
                  "op not compared",
                  "SyncCore.java",
                  "boolean asHeld = current == null ? p.held() == null : current.id().equals(p.heldId());",
                  "boolean asHeld = current == null ? p.held() == null"
                      + " : current.id().compareTo(p.heldId()) == 0;")
              .with(Simulation.Fault.STALE_REPLICA),
          inSync(
              "CLOSED re-asserted",
              "SyncCore.java",
              "return held.state() == State.CLOSED && override == null",
              "return false"),
          inSync(
              "a lost store is not noticed",
              "SyncCore.java",
              "return stale ? Step.of(p) : onLostStore(p, current, serverMillis, nowNanos);",
              "return Step.of(p);"),
          inSync(
                  "blind retry of an unknown commit, as another operation",
                  "Commits.java",
                  "String op = ids.of(provider, proposal.sequence());",
                  "String op = ids.of(provider, 0);")
              .and(
                  inSync(
                      "",
                      "SyncCore.java",
                      "return Step.of(p.withUnresolved(flight), deferred(flight.sequence()));",
                      "return Step.of(p, new SyncEffect.TryLater(false));")),
          inSync(
              "an unknown commit over a lost store goes on as if nothing were lost",
              "SyncCore.java",
              ": onCurrent(resolved, current, stale, serverMillis, nowNanos);",
              ": propose(resolved, current, nowNanos);"),
          inSync(
              "what the store was not asked is forgotten",
              "SyncCore.java",
              "storeUp ? pursue(next, nowNanos) : Step.of(next, deferred(proposal.sequence()))",
              "storeUp ? pursue(next, nowNanos) : Step.of(p, deferred(proposal.sequence()))"),
          inSync(
              "OPEN by the server's clock alone",
              "SyncCore.java",
              "Math.min(revision.openUntilMillis() - serverMillis, revision.openMillis())",
              "revision.openUntilMillis() - serverMillis"),
          inSync(
              "no reconcile",
              "WorkerSync.java",
              "  void onReconcileDue() {\n    compare(Comparison.CHANGES);",
              "  void onReconcileDue() {"),
          inSync(
                  "snapshot before subscribe",
                  "WorkerSync.java",
                  "if (link.mayRead()) {\n      compare(Comparison.ALL);\n    }",
                  "compare(Comparison.ALL);")
              .and(
                  inSync(
                      "",
                      "WorkerSync.java",
                      "link.subscribed();\n    compare(Comparison.CHANGES);",
                      "link.subscribed();")),
          inSync(
              "what a worker learned since is not looked for in the history",
              "WorkerSync.java",
              "changed.addAll(compared);",
              ""),
          inSync(
              "a read that failed is forgotten",
              "WorkerSync.java",
              "    doubtful.add(provider);\n    perform(provider, core(provider).onReadFailed",
              "    perform(provider, core(provider).onReadFailed"),
          inSync(
              "a lease that its holder never takes for expired",
              "LeaseDesk.java",
              "long validUntil = askedNanos + heldFor;",
              "long validUntil = askedNanos + 1_000 * heldFor;"),
          inSync(
              "a close that is due is not told",
              "LeaseDesk.java",
              "      outside.tell(provider, new SyncPort.CloseDue(due.round()));",
              "      refuse(provider, LATER);"),
          inStore(
              "a lease without expiry",
              "probes.leases.values().removeIf(expiry -> expiry <= now);",
              ""),
          inStore(
              "unlock without token",
              "if (held != null && held.token.equals(token)) {\n      locks.remove",
              "if (held != null) {\n      locks.remove"),
          inStore(
              "a lease granted beyond the budget",
              "if (probes.leases.size() >= ask.maxCalls()) {",
              "if (probes.leases.size() > ask.maxCalls()) {"),
          inSync(
                  "an override dropped by a rebase",
                  "Commits.java",
                  "carried(override, other, serverMillis)));",
                  "null));")
              .withOperators(),
          inSync(
                  "an override that is over is carried on",
                  "Commits.java",
                  "FleetOverride first = one != null && one.isInForce(serverMillis) ? one : null;",
                  "FleetOverride first = one;")
              .withOperators(),
          inSync(
                  "a reset under forced open",
                  "OperatorRequest.java",
                  "case RESET -> override.mode() == OverrideMode.FORCED_OPEN;",
                  "case RESET -> false;")
              .withOperators(),
          inSync(
                  "a command for another revision",
                  "OperatorDesk.java",
                  "if (wanted.isPresent() && !wanted.get().equals(stands)) {",
                  "if (wanted.isPresent() && wanted.get().compareTo(stands) > 0) {")
              .withOperators(),
          inSync(
                  "an unanswered command told as not committed",
                  "OperatorDesk.java",
                  "} else if (task.commitUnderWay || task.unresolvedOver != null) {",
                  "} else if (task.rebases > 1_000) {")
              .withOperators()
              .with(Simulation.Fault.REPLY_LOST, Simulation.Fault.PARTITION),
          inSync(
                  "an override is not written again after a loss",
                  "SyncCore.java",
                  "return held.state() == State.CLOSED && override == null",
                  "return held.state() == State.CLOSED")
              .withOperators()
              .with(Simulation.Fault.STORE_FLUSHED),
          inSync(
                  "an override is lost to who does not know it",
                  "SyncCore.java",
                  "return wouldTell && !current.ops().contains(held.op()) ? override : null;",
                  "return null;")
              .withOperators()
              .with(Simulation.Fault.STORE_FLUSHED, Simulation.Fault.EVENT_DROPPED),
          inBreaker(
                  "the fleet's override is not adopted",
                  "Overrides next = before.overrides().following(to, overrideLeft, now);",
                  "Overrides next = before.overrides();")
              .withOperators(),
          inSync(
              "no end to a read that failed",
              "SyncCore.java",
              "return Step.of(p.withReads(false, false, p.reads().missed()));",
              "return Step.of(p);"));

  @TestFactory
  Stream<DynamicTest> isCaught() {
    return FAULTS.stream()
        .filter(fault -> fault.what().contains(ONLY))
        .map(fault -> DynamicTest.dynamicTest(fault.what(), () -> requireCaught(fault)));
  }

  private void requireCaught(Fault fault) throws Exception {
    Path classes = Files.createDirectories(scratch.resolve(fault.what().replace(' ', '-')));
    plant(fault, classes);
    try (Apart loader = new Apart(classes)) {
      Class<?> simulation = loader.loadClass(Simulation.class.getName());
      Method play = simulation.getDeclaredMethod("play", long.class, boolean.class, Set.class);
      play.setAccessible(true);
      for (long seed = 1; seed <= MOST_SEEDS; seed++) {
        Object result = play.invoke(null, seed, fault.operated(), fault.certain());
        Method violation = result.getClass().getDeclaredMethod("violation");
        violation.setAccessible(true);
        if (!violation.invoke(result).equals("")) {
          System.out.println(fault.what() + ": seed " + seed + ": " + violation.invoke(result));
          return;
        }
      }
    }
    assertThat(fault.what()).as("not caught by %d seeds", MOST_SEEDS).isEmpty();
  }

  private static void plant(Fault fault, Path classes) throws IOException {
    Map<String, String> texts = new LinkedHashMap<>();
    for (Patch patch : fault.patches()) {
      String source = texts.get(patch.file());
      if (source == null) {
        source = Files.readString(patch.root().resolve(patch.file()));
      }
      assertThat(source.split(Pattern.quote(patch.right()), -1))
          .as("%s stands once in %s", patch.right(), patch.file())
          .hasSize(2);
      texts.put(patch.file(), source.replace(patch.right(), patch.wrong()));
    }
    List<Source> sources =
        texts.entrySet().stream().map(e -> new Source(e.getKey(), e.getValue())).toList();
    List<String> options =
        List.of(
            "-proc:none",
            "-d",
            classes.toString(),
            "-classpath",
            System.getProperty("java.class.path"));
    StringWriter problems = new StringWriter();
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    boolean compiled = compiler.getTask(problems, null, null, options, null, sources).call();
    assertThat(compiled).as(problems.toString()).isTrue();
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String file, String text) {
      super(URI.create("string:///" + file), JavaFileObject.Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  /** Loads this project's classes for itself, those with the fault first. */
  private static final class Apart extends URLClassLoader {
    Apart(Path classes) throws IOException {
      super(new URL[] {classes.toUri().toURL()}, PlantedFaultsTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith("io.fleetbreaker.")) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> known = findLoadedClass(name);
        return known == null ? define(name) : known;
      }
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      String file = name.replace('.', '/') + ".class";
      URL planted = findResource(file);
      try (InputStream in =
          planted == null ? getParent().getResourceAsStream(file) : planted.openStream()) {
        if (in == null) {
          throw new ClassNotFoundException(name);
        }
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }
}
