package io.fleetbreaker.http;

/** Carries a {@link Problem} from where it is found to where it is answered. */
final class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Problem problem;

  ProblemException(Problem problem) {
    super(problem.detail(), null, false, false);
    this.problem = problem;
  }

  /** For a part of the request that breaks a rule. */
  static ProblemException badRequest(String detail) {
    return new ProblemException(Problem.of(ProblemType.BAD_REQUEST, detail));
  }

  Problem problem() {
    return problem;
  }
}
