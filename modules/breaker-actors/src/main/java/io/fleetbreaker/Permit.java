package io.fleetbreaker;

/**
 * The right to make one call. Settle it exactly once, with what became of the call; settling again
 * does nothing. A permit may be settled by another thread than the one that took it.
 */
public interface Permit {
  /** The call succeeded. */
  void success();

  /** The call failed in a way that counts against the provider. */
  void failure();

  /** The call said nothing about the provider: neither success nor failure. */
  void ignore();
}
