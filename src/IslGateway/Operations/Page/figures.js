'use strict';

/*
 * The figures of requests: the tiles, what needs attention, and the table of endpoints. Large: the last minute. Small: since start.
 */
const figures = (() => {
  const trails = new Map();
  const total = new Trail();
  const rows = new Listing($('endpoint-rows'), 'endpoint-template');
  const concerns = new Listing($('concerns'), 'line-template');
  const tiles = {};
  for (const [name, title] of [
    ['requests', 'Requests'], ['hits', 'Hits'], ['latency', 'P95'], ['saved', 'ISL time saved'], ['errors', 'Server errors'],
  ]) {
    const { elements, parts } = copyOf('tile-template');
    $('tiles').append(...elements);
    write(parts.title, title);
    tiles[name] = parts;
  }

  const lookAt = (at, endpoint) => ({
    at, requests: endpoint.requests, errors: endpoint.errors, failures: endpoint.server_errors, hits: endpoint.hits,
    lookups: endpoint.hits + endpoint.misses, saved: endpoint.saved_seconds, calls: endpoint.upstream.calls,
    buckets: endpoint.latency?.buckets,
  });

  function sumOf(looks, at) {
    const sum = { at, buckets: null };
    for (const name of COUNTERS) sum[name] = 0;
    for (const look of looks) {
      for (const name of COUNTERS) sum[name] += look[name];
      if (look.buckets) sum.buckets = look.buckets.map((count, i) => count + (sum.buckets?.[i] ?? 0));
    }
    return sum;
  }

  /* Another gateway answers: this one's counters began anew. */
  function forget() {
    trails.clear();
    total.clear();
  }

  /* An endpoint is told of from its first request on: at the look before, if there was one, nothing had been asked of it. */
  function begun(look) {
    const trail = new Trail();
    if (total.last) trail.add({ ...sumOf([], total.last.at), buckets: look.buckets?.map(() => 0) });
    return trail;
  }

  function take(stats) {
    if (total.last && stats.uptime_seconds <= total.last.at) forget();
    const looks = stats.endpoints.map(endpoint => [endpoint.endpoint, lookAt(stats.uptime_seconds, endpoint)]);
    for (const [path, look] of looks) {
      if (!trails.has(path)) trails.set(path, begun(look));
      trails.get(path).add(look);
    }
    total.add(sumOf(looks.map(([, look]) => look), stats.uptime_seconds));
  }

  const rateOf = between => between && between.requests / between.seconds;
  const hitsOf = between => between && ratio(between.hits, between.lookups);
  const failuresOf = between => between && ratio(between.failures, between.requests);
  const p95Of = bounds => between => between && bounds ? quantile(0.95, bounds, between.buckets) : null;
  const judge = (value, isGood) => !Number.isFinite(value) ? null : isGood(value) ? 'good' : 'bad';

  function fillTile(tile, main, sub, tone, points, label, target) {
    write(tile.main, main);
    mark(tile.main, 'data-tone', tone);
    write(tile.sub, sub);
    drawCurve(tile.spark, points, total.last.at, target, label);
  }

  function showTiles(stats) {
    const { last } = total;
    const minute = total.within(MINUTE);
    const bounds = stats.latency_bounds_seconds;
    const [hits, p95] = [hitsOf(minute), p95Of(bounds)(minute)];
    const part = share => format.seconds(bounds && minute ? quantile(share, bounds, minute.buckets) : null);
    const { saved_seconds: saved = last.saved, calls = last.calls } = stats.savings ?? {};

    fillTile(
      tiles.requests, format.rate(rateOf(minute)), `${format.count(last.requests)} since start`, null, total.curve(rateOf),
      (now, top) => `now ${format.rate(now)}, at most ${format.rate(top)}`);
    fillTile(
      tiles.hits, format.share(hits), `${format.share(ratio(last.hits, last.lookups))} since start · target 40 %`,
      judge(hits, value => value >= HIT_TARGET), total.curve(hitsOf),
      (now, top) => `now ${format.share(now)}, at most ${format.share(top)}`, HIT_TARGET);
    fillTile(
      tiles.latency, format.seconds(p95), `P50 ${part(0.5)} · P99 ${part(0.99)}`, null, total.curve(p95Of(bounds)),
      (now, top) => `now ${format.seconds(now)}, at most ${format.seconds(top)}`);
    fillTile(
      tiles.saved, format.span(saved), `${format.count(last.hits)} hits · ${format.count(calls)} calls made`, null,
      total.curve(between => between && between.saved / between.seconds),
      (now, top) => `now ${format.seconds(now)} saved each second, at most ${format.seconds(top)}`);
    fillTile(
      tiles.errors, format.share(failuresOf(minute)), `${format.count(last.failures)} since start · with 4xx ${format.count(last.errors)}`,
      judge(failuresOf(minute), value => value <= 1 - SUCCESS_TARGET), total.curve(failuresOf),
      (now, top) => `now ${format.share(now)}, at most ${format.share(top)}`);
  }

  function showConcerns(stats) {
    const list = concernsOf(stats, trails);
    mark($('attention'), 'data-tone', list.length === 0 ? 'good' : list[0][0]);
    $('calm').hidden = list.length > 0;
    write($('calm'), 'Nothing. ISL, the stores and every endpoint with traffic are within their targets.');
    concerns.show(list, ([tone, text]) => tone + text, (parts, [tone, text]) => {
      write(parts.text, text);
      mark(parts.text, 'data-tone', tone);
    });
    document.title = list.length === 0 ? 'IslGateway' : `(${list.length}) IslGateway`;
  }

  /* The words for what the cache did, the most frequent first: why an endpoint has the hits that it has. */
  function detailOf({ cache, observed, upstream }) {
    const words = Object.entries(cache ?? {}).sort((a, b) => b[1] - a[1]).map(([word, count]) => `${word} ${format.count(count)}`);
    const compared = observed ? ` In Observe mode: equal ${format.count(observed.equal)}, different ${format.count(observed.different)}, `
      + `miss ${format.count(observed.miss)}.` : '';
    return {
      words: `What the cache did: ${words.join(' · ') || NOT_KNOWN}`,
      upstream: `Calls to ISL: ${format.count(upstream?.calls)}, on average ${format.seconds(upstream?.mean_seconds)}.${compared}`,
    };
  }

  function fillDetail(copy, endpoint) {
    if (copy.detail) {
      const { words, upstream } = detailOf(endpoint);
      write(copy.detail.words, words);
      write(copy.detail.upstream, upstream);
    }
  }

  function toggleDetail(copy, endpoint) {
    if (copy.detail) {
      copy.elements.pop().remove();
      copy.detail = null;
    } else {
      const { elements, parts } = copyOf('detail-template');
      copy.parts.row.after(...elements);
      copy.elements.push(...elements);
      copy.detail = parts;
      fillDetail(copy, endpoint);
    }
    mark(copy.parts.toggle, 'aria-expanded', String(copy.detail !== null));
  }

  function fillRow(parts, endpoint, copy, bounds) {
    const trail = trails.get(endpoint.endpoint);
    const { last } = trail;
    const minute = trail.within(MINUTE);
    const target = endpoint.latency_target_seconds;
    const isCached = endpoint.policy ? endpoint.policy !== 'None' : last.lookups > 0;

    copy.endpoint = endpoint;
    parts.toggle.onclick ??= () => toggleDetail(copy, copy.endpoint);
    write(parts.name, endpoint.name ?? endpoint.endpoint);
    write(parts.path, endpoint.name ? endpoint.endpoint : 'no row of the table');
    write(parts.rate, format.rate(rateOf(minute)));
    write(parts.requests, format.count(last.requests));

    const [hits, hitsAll] = [hitsOf(minute), ratio(last.hits, last.lookups)];
    write(parts.hits, isCached ? format.share(hits) : 'never cached');
    mark(parts.hits, 'data-tone', isCached ? judge(hits, value => value >= HIT_TARGET) : 'none');
    write(parts.hitsAll, isCached ? format.share(hitsAll) : '');
    drawBar(parts.bar, isCached ? hitsAll : null, judge(hitsAll, value => value >= HIT_TARGET), HIT_TARGET);

    for (const [name, share] of [['p50', 0.5], ['p95', 0.95], ['p99', 0.99]]) {
      const value = bounds && minute ? quantile(share, bounds, minute.buckets) : null;
      write(parts[name], format.seconds(value));
      write(parts[`${name}All`], format.seconds(endpoint.latency?.[`${name}_seconds`]));
      if (name === 'p95') mark(parts.p95, 'data-tone', target ? judge(value, seconds => seconds <= target) : null);
    }
    write(parts.target, target ? `target ${format.seconds(target)}` : 'no target');
    drawCurve(
      parts.spark, trail.curve(p95Of(bounds)), last.at, target,
      (now, top) => `P95 now ${format.seconds(now)}, at most ${format.seconds(top)}`);

    write(parts.saved, isCached ? format.span(last.saved) : NOT_KNOWN);
    write(parts.spared, `${isCached ? `${format.count(last.hits)} hits, ` : ''}${format.count(last.calls)} calls`);
    write(parts.errors, format.share(failuresOf(minute)));
    mark(parts.errors, 'data-tone', judge(failuresOf(minute), value => value <= 1 - SUCCESS_TARGET));
    write(parts.errorsAll, `${format.count(last.failures)} · 4xx ${format.count(last.errors - last.failures)}`);
    fillDetail(copy, endpoint);
  }

  function show(stats) {
    take(stats);
    showTiles(stats);
    showConcerns(stats);
    const asked = stats.endpoints.filter(endpoint => endpoint.requests > 0);
    $('no-traffic').hidden = asked.length > 0;
    $('endpoint-table').hidden = asked.length === 0;
    rows.show(asked, endpoint => endpoint.endpoint, (parts, endpoint, copy) =>
      fillRow(parts, endpoint, copy, stats.latency_bounds_seconds));
  }

  return { show };
})();
