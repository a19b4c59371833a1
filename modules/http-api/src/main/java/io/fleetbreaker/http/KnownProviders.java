package io.fleetbreaker.http;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.ProviderName;
import java.util.List;

/** Finds the provider that a path names. */
final class KnownProviders {
  private static final int NAMES_SHOWN = 50;

  private KnownProviders() {}

  /**
   * The provider of this name.
   *
   * @throws ProblemException if the name is not legal, or no configured provider has it
   */
  static BreakerView require(WorkerFacade worker, String name) {
    if (!ProviderName.isLegal(name)) {
      throw new ProblemException(Problem.badName(name));
    }
    return worker
        .view(name)
        .orElseThrow(() -> new ProblemException(Problem.unknownProvider(name, known(worker))));
  }

  private static List<String> known(WorkerFacade worker) {
    return Snapshot.of(worker).breakers().stream()
        .map(BreakerView::provider)
        .limit(NAMES_SHOWN)
        .toList();
  }
}
