package io.fleetbreaker.architecture;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Instant;

/** The rules of DESIGN.md's module table, on the classes that are shipped. */
@AnalyzeClasses(packages = "io.fleetbreaker", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String[] BREAKER_ACTORS = {
    "io.fleetbreaker", "io.fleetbreaker.breaker..", "io.fleetbreaker.sync.."
  };
  private static final String[] REDIS_SYNC = {"io.fleetbreaker.redis..", "io.fleetbreaker.fleet.."};
  private static final String[] HTTP_API = {"io.fleetbreaker.http..", "io.fleetbreaker.cli.."};
  private static final String[] INTEGRATIONS = {
    "io.fleetbreaker.httpclient..", "io.fleetbreaker.micrometer..", "io.fleetbreaker.streams.."
  };
  private static final String[] EMBEDDED_REDIS = {"io.fleetbreaker.embedded.."};

  @ArchTest
  static final ArchRule modulesDependInOneDirection =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("http-api")
          .definedBy(HTTP_API)
          .layer("redis-sync")
          .definedBy(REDIS_SYNC)
          .layer("breaker-actors")
          .definedBy(BREAKER_ACTORS)
          .layer("integrations")
          .definedBy(INTEGRATIONS)
          .layer("embedded-redis")
          .definedBy(EMBEDDED_REDIS)
          .whereLayer("http-api")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("redis-sync")
          .mayOnlyBeAccessedByLayers("http-api")
          .whereLayer("breaker-actors")
          .mayOnlyBeAccessedByLayers("redis-sync", "http-api", "integrations")
          .whereLayer("integrations")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("embedded-redis")
          .mayOnlyBeAccessedByLayers("http-api")
          .ensureAllClassesAreContainedInArchitecture();

  @ArchTest
  static final ArchRule breakerActorsKnowNeitherRedisNorHttpNorJson =
      noClasses()
          .that()
          .resideInAnyPackage(BREAKER_ACTORS)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "redis.clients..",
              "org.apache.pekko.http..",
              "java.net..",
              "com.sun.net.httpserver..",
              "com.fasterxml.jackson..");

  @ArchTest
  static final ArchRule jedisIsKnownInTheRedisPackageOnly =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.fleetbreaker.redis..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("redis.clients..");

  /** Each binds a library of its own that an embedder may not have. */
  @ArchTest
  static final ArchRule integrationsKnowNothingOfOneAnother =
      slices()
          .matching("io.fleetbreaker.(httpclient|micrometer|streams)..")
          .should()
          .notDependOnEachOther();

  @ArchTest
  static final ArchRule micrometerIsKnownInItsPackageOnly =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.fleetbreaker.micrometer..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.micrometer..");

  @ArchTest
  static final ArchRule redisSyncKnowsNoHttp =
      noClasses()
          .that()
          .resideInAnyPackage(REDIS_SYNC)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.pekko.http..", "java.net.http..", "com.sun.net.httpserver..");

  @ArchTest
  static final ArchRule theTransitionFunctionIsPure =
      noClasses()
          .that()
          .haveFullyQualifiedName("io.fleetbreaker.breaker.Transitions")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(
                      "org.slf4j..",
                      "java.util.logging..",
                      "java.io..",
                      "java.nio..",
                      "java.net..",
                      "java.util.concurrent..",
                      "org.apache.pekko..")
                  .as("log, read or write, run concurrently, or act"))
          .orShould()
          .dependOnClassesThat()
          .haveFullyQualifiedName("io.fleetbreaker.Ticker")
          .orShould()
          .dependOnClassesThat()
          .haveNameMatching("java\\.time\\.(Clock|InstantSource)")
          .orShould()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(Instant.class, "now");

  @ArchTest
  static final ArchRule r1OnlyItsActorMovesAProvidersState =
      noClasses()
          .that()
          .doNotHaveFullyQualifiedName("io.fleetbreaker.breaker.ProviderBreaker")
          .should()
          .callMethodWhere(
              target(name("apply")).and(target(owner(name("io.fleetbreaker.breaker.Transitions")))))
          .as("only ProviderBreaker makes transitions");

  @ArchTest
  static final ArchRule onlyTheCommandLinePrints =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.fleetbreaker.cli..")
          .should(ACCESS_STANDARD_STREAMS);

  @ArchTest static final ArchRule nobodyLogsPastSlf4j = NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;

  @ArchTest
  static void allModulesAreLookedAt(JavaClasses shipped) {
    for (String name :
        new String[] {
          "io.fleetbreaker.breaker.Transitions",
          "io.fleetbreaker.redis.RedisStore",
          "io.fleetbreaker.http.HttpServer",
          "io.fleetbreaker.httpclient.GuardedHttpClient",
          "io.fleetbreaker.micrometer.BreakerMetrics",
          "io.fleetbreaker.streams.BreakerFlow",
          "io.fleetbreaker.embedded.EmbeddedRedis"
        }) {
      assertThat(shipped.contain(name)).as(name).isTrue();
    }
  }
}
