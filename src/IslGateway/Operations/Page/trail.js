'use strict';

/*
 * What the gateway's counters were at each look, as long as the curves reach back. The counters are the gateway's since its start, so what
 * happened in between is a difference. Time is the gateway's own, in seconds since its start: neither a slow answer nor a clock that is set
 * bends a rate.
 */
const REACH = 300;
const MINUTE = 60;

/* One point of a curve tells of this many seconds. */
const STRETCH = 10;

/* The members of a look that are sums; beside them it has its time, at, and buckets. */
const COUNTERS = ['requests', 'errors', 'failures', 'hits', 'lookups', 'saved', 'calls'];

class Trail {
  #looks = [];

  /* A look has its time and its counters; of one source all have the same members. */
  add(look) {
    this.#looks.push(look);
    while (this.#looks[0].at < look.at - REACH) this.#looks.shift();
    look.stretch = this.within(STRETCH);
  }

  clear() { this.#looks = []; }

  get last() { return this.#looks.at(-1); }

  get looks() { return this.#looks; }

  /* What was counted within the last so many seconds, or since the first look; null before the second. */
  within(seconds) {
    const last = this.last;
    const first = this.#looks.find(look => look.at >= last.at - seconds - 0.5);
    return first === last ? null : difference(last, first);
  }

  /* One value per look, where it is known: what a function makes of the stretch before it. */
  curve(valueOf) {
    return this.#looks.filter(look => look.stretch).map(look => ({ at: look.at, value: valueOf(look.stretch) }));
  }
}

function difference(last, first) {
  const between = { seconds: last.at - first.at };
  for (const name of COUNTERS) between[name] = Math.max(0, last[name] - first[name]);
  between.buckets = last.buckets && first.buckets?.length === last.buckets.length
    ? last.buckets.map((count, i) => Math.max(0, count - first.buckets[i]))
    : null;
  return between;
}

/* Null where there is nothing to divide by. */
const ratio = (part, all) => all > 0 ? part / all : null;

/*
 * The value below which this share of what was counted lies, taken to be spread evenly within its bucket, as Prometheus does it. What lies
 * above the last bound is given that bound. Null if nothing was counted.
 */
function quantile(share, bounds, counts) {
  const all = counts ? counts.reduce((sum, count) => sum + count, 0) : 0;
  if (all === 0) return null;
  let below = 0;
  for (let i = 0; i < bounds.length; i++) {
    if (below + counts[i] >= share * all && counts[i] > 0) {
      const floor = i === 0 ? 0 : bounds[i - 1];
      return floor + (bounds[i] - floor) * (share * all - below) / counts[i];
    }
    below += counts[i];
  }
  return bounds.at(-1);
}
