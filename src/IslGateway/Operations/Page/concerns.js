'use strict';

/*
 * What an operator should look at, worst first: [tone, text] pairs, where the tone is 'bad' or 'warn'. The limits are those of the alerts.
 */
const HIT_TARGET = 0.4;
const POOL_TARGET = 0.8;
const SUCCESS_TARGET = 0.995;

/* Below these many requests in five minutes a share or a percentile says nothing. */
const ENOUGH = 20;

function concernsOf(stats, trails) {
  const concerns = [];
  const bad = text => concerns.push(['bad', text]);
  const warn = text => concerns.push(['warn', text]);

  ofHealth(stats, bad, warn);
  ofUpstream(stats, bad, warn);
  ofRollover(stats, concerns);
  for (const endpoint of stats.endpoints ?? []) ofEndpoint(endpoint, trails.get(endpoint.endpoint)?.within(REACH), stats, bad, warn);
  return concerns.sort((a, b) => a[0].localeCompare(b[0]));
}

function ofRollover({ rollover: known }, concerns) {
  const concern = rollover.concernOf(known);
  if (concern) concerns.push(concern);
}

function ofHealth({ health, mode, tiers, purges, quarantines }, bad, warn) {
  if (health?.status === 'draining') warn('This gateway has been told to stop: it answers what is under way and takes nothing new.');
  if (health?.isl === 'unknown') bad('ISL: no replica’s configuration is known. Fresh hits are not possible until one answers its poll.');
  if (health?.isl === 'unresponsive') bad('ISL: no replica answers its polls.');
  if (tiers?.redis?.state === 'down') bad('Redis is down, or slower than requests wait: what gateways share is not shared.');
  if (tiers?.redis?.state === 'refusing') bad('Redis answers, but does not read or write.');
  if (health?.warning) warn(health.warning);
  if (mode && mode !== 'On') warn(`Cache:Mode is ${mode}: every request goes to ISL.`);
  if (purges?.pending?.length > 0) warn(`Redis has still to be told of purges: ${purges.pending.join(', ')}.`);
  for (const held of quarantines ?? [])
    bad(`${held.name}: quarantined. Its answers differ from one computation to the next, so it bypasses the cache.`);
}

function ofUpstream({ circuits, cooldown, pool, queue, upstream }, bad, warn) {
  for (const circuit of circuits ?? []) {
    if (circuit.state === 'open') bad(`Circuit open: ${circuit.replica} is not asked for ${circuit.family}.`);
    if (circuit.state === 'half-open') warn(`Circuit half-open: ${circuit.replica} is tried again for ${circuit.family}.`);
  }
  for (const replica of upstream?.replicas ?? []) {
    if (replica.state !== 'ok' && upstream.replicas.length > 1) warn(`ISL’s replica ${replica.replica} is ${replica.state}.`);
  }
  if (pool?.utilization_ratio > POOL_TARGET)
    warn(`The pool is ${format.share(pool.utilization_ratio)} used (${pool.in_use} of ${pool.limit}); 80 % is the limit.`);
  if (queue?.length >= queue?.limit && queue?.limit > 0) bad(`The queue is full (${queue.limit}): further calls are refused with 503.`);
  else if (queue?.length > queue?.limit / 2) warn(`${queue.length} calls wait for ISL; at ${queue.limit} further ones are refused.`);
  if (upstream?.ratelimit_remaining === 0) bad('ISL’s rate limit is used up for at least one credential.');
  if (cooldown?.questions > 0)
    warn(`${format.count(cooldown.questions)} requests are refused for a while, because ISL fails at them every time.`);
}

function ofEndpoint(endpoint, lately, { latency_bounds_seconds: bounds }, bad, warn) {
  if (!lately || lately.requests < ENOUGH) return;
  const name = endpoint.name ?? endpoint.endpoint;
  const target = endpoint.latency_target_seconds;
  const p95 = bounds ? quantile(0.95, bounds, lately.buckets) : null;
  if (target && p95 > target) bad(`${name}: P95 is ${format.seconds(p95)}, over its target of ${format.seconds(target)}.`);
  if (lately.lookups >= ENOUGH && lately.hits / lately.lookups < HIT_TARGET)
    warn(`${name}: ${format.share(lately.hits / lately.lookups)} hits, below the target of 40 %. Its reasons are in the table below.`);
  if (lately.failures / lately.requests > 1 - SUCCESS_TARGET)
    bad(`${name}: ${format.share(lately.failures / lately.requests)} of its answers are server errors; 0.5 % is the limit.`);
}
