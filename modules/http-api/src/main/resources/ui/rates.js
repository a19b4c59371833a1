// Calls per second and failure rates, from the difference of successive readings. Workers tell
// their counts with each heartbeat, not all at once, so a rate spans more than one of these.

const SPAN_MS = 10_000;
const KEPT_MS = 5 * 60_000;

export class Rates {
  #readings = [];
  /** Points of the chart: `[seconds since 1970], [calls/s], [rejected/s], [failure percent]`. */
  series = [[], [], [], []];

  /** Takes a `/api/v1/fleet` in. One without workers says nothing about the fleet's calls. */
  add(at, document) {
    if (!document.workers) {
      this.#readings = [];
      this.#point(null);
      return;
    }
    const byName = new Map();
    const total = { calls: 0, failed: 0, rejected: 0 };
    for (const provider of document.providers) {
      const counts = provider.fleet_counts;
      if (!counts) continue;
      const sums = {
        calls: counts.successful + counts.failed + counts.ignored,
        failed: counts.failed,
        rejected: counts.rejected,
      };
      byName.set(provider.name, sums);
      for (const key of Object.keys(total)) total[key] += sums[key];
    }
    const last = this.#readings.at(-1);
    // Counts that shrink are those of fewer workers, or of workers started anew.
    if (last && (total.calls < last.total.calls || total.rejected < last.total.rejected
        || document.workers.alive !== last.alive)) {
      this.#readings = [];
    }
    this.#readings.push({ at, total, byName, alive: document.workers.alive });
    while (this.#readings.length > 2 && this.#readings[1].at <= at - SPAN_MS) this.#readings.shift();
    this.#point(this.total());
  }

  /** Of all providers: `{calls, rejected, failureRate}`, or null if too little is known. */
  total() {
    return this.#between((reading) => reading.total);
  }

  of(provider) {
    return this.#between((reading) => reading.byName.get(provider));
  }

  #between(pick) {
    const first = this.#readings[0];
    const last = this.#readings.at(-1);
    if (!first || last.at - first.at < 1000) return null;
    const from = pick(first);
    const to = pick(last);
    if (!from || !to) return null;
    const seconds = (last.at - first.at) / 1000;
    const calls = to.calls - from.calls;
    if (calls < 0 || to.rejected < from.rejected) return null;
    return {
      calls: calls / seconds,
      rejected: (to.rejected - from.rejected) / seconds,
      failureRate: calls > 0 ? (100 * (to.failed - from.failed)) / calls : null,
    };
  }

  #point(rate) {
    const time = Date.now() / 1000;
    const values = [time, rate?.calls ?? null, rate?.rejected ?? null, rate?.failureRate ?? null];
    values.forEach((value, index) => this.series[index].push(value));
    while (this.series[0][0] < time - KEPT_MS / 1000) this.series.forEach((points) => points.shift());
  }
}

export const perSecond = (rate) =>
  rate === null || rate === undefined ? '–' : rate >= 100 ? rate.toFixed(0) : rate >= 10 || rate === 0 ? rate.toFixed(rate === 0 ? 0 : 1) : rate.toFixed(2);

export const percent = (rate) =>
  rate === null || rate === undefined ? '–' : `${rate === 0 || rate >= 10 ? rate.toFixed(0) : rate.toFixed(1)} %`;
