'use strict';

/*
 * What stands behind the gateway: replicas, circuits, pool, queue, stores; and the slowest requests.
 */
const system = (() => {
  const replicas = new Listing($('replica-rows'), 'replica-template');
  const circuits = new Listing($('circuits'), 'line-template');
  const slow = new Listing($('slow-rows'), 'slow-template');
  const lists = {};
  for (const name of ['calls', 'stores', 'purges']) lists[name] = new Listing($(name), 'figure-template');

  const tones = { ok: 'good', off: 'none', closed: 'good', unresponsive: 'warn', 'half-open': 'warn', degraded: 'warn', draining: 'warn' };
  const toneOf = word => word === undefined || word === null ? 'none' : tones[word] ?? 'bad';

  /* Lines of [name, value, tone, share of the whole, target]. */
  const showFigures = (list, lines) => list.show(lines, ([name]) => name, (parts, [name, value, tone, share, target]) => {
    write(parts.name, name);
    write(parts.value, value);
    mark(parts.value, 'data-tone', tone ?? null);
    drawBar(parts.bar, share, tone ?? 'none', target);
  });

  function showReplicas({ epochs, upstream }) {
    const states = new Map((upstream?.replicas ?? []).map(replica => [replica.replica, replica.state]));
    replicas.show(epochs ?? [], epoch => epoch.replica, (parts, epoch) => {
      const state = states.get(epoch.replica) ?? (epoch.trouble ? 'unresponsive' : 'ok');
      write(parts.replica, epoch.replica);
      write(parts.address, epoch.address);
      write(parts.state, state);
      mark(parts.state, 'data-tone', toneOf(state));
      write(parts.trouble, epoch.trouble ?? '');
      write(parts.fingerprint, epoch.fingerprint ?? NOT_KNOWN);
      write(parts.build, [epoch.version, epoch.build].filter(Boolean).join(', ') || NOT_KNOWN);
      write(parts.age, epoch.evidence_age_seconds === null ? 'never' : `${format.span(Math.floor(epoch.evidence_age_seconds))} ago`);
    });
  }

  function showCalls({ pool, queue, upstream, cooldown }) {
    const used = pool?.utilization_ratio;
    const left = upstream?.ratelimit_remaining;
    showFigures(lists.calls, [
      ['Under way', format.count(upstream?.in_flight)],
      ['Pool in use', pool ? `${format.count(pool.in_use)} of ${format.count(pool.limit)}` : NOT_KNOWN,
        used > POOL_TARGET ? 'bad' : 'good', used, POOL_TARGET],
      ['Pool idle', format.count(pool?.idle)],
      ['Queue', queue ? `${format.count(queue.length)} of ${format.count(queue.limit)}` : NOT_KNOWN,
        queue?.length >= queue?.limit ? 'bad' : queue?.length > 0 ? 'warn' : 'good', queue ? ratio(queue.length, queue.limit) : null],
      ['Rate limit left', Number.isFinite(left) ? format.count(left) : 'not told', left === 0 ? 'bad' : null],
      ['Requests cooling down', format.count(cooldown?.questions), cooldown?.questions > 0 ? 'warn' : null],
    ]);
  }

  function showStores({ tiers }) {
    const { memory, redis } = tiers ?? {};
    const share = memory ? ratio(memory.bytes, memory.limit_bytes) : null;
    showFigures(lists.stores, [
      ['Memory', memory ? `${format.bytes(memory.bytes)} of ${format.bytes(memory.limit_bytes)}` : NOT_KNOWN, 'none', share],
      ['Answers in memory', format.count(memory?.entries)],
      ['Redis', redis?.state ?? NOT_KNOWN, toneOf(redis?.state)],
    ]);
  }

  function showCircuits({ circuits: all }) {
    const known = all ?? [];
    const open = known.filter(circuit => circuit.state !== 'closed');
    const opened = known.filter(circuit => circuit.state === 'closed' && circuit.opens > 0);
    const closed = [...new Set(known.filter(circuit => circuit.state === 'closed').map(circuit => circuit.family))];
    write($('circuits-closed'), known.length === 0 ? 'None yet: nothing was asked.'
      : `${known.length - open.length} of ${known.length} closed${closed.length > 0 ? ` (${closed.join(', ')})` : ''}`);
    circuits.show([...open, ...opened], circuit => `${circuit.replica} ${circuit.family}`, (parts, circuit) => {
      write(parts.text, `${circuit.replica}, ${circuit.family}: ${circuit.state}, opened ${format.count(circuit.opens)} times, `
        + `${format.count(circuit.failing_keys)} questions failing`);
      mark(parts.text, 'data-tone', toneOf(circuit.state));
    });
  }

  function showPurges({ purges, quarantines }) {
    const pending = purges?.pending ?? [];
    const held = (quarantines ?? []).map(row => row.name);
    showFigures(lists.purges, [
      ['Purges pending', pending.join(', ') || 'none', pending.length > 0 ? 'warn' : null],
      ['Quarantined', held.join(', ') || 'none', held.length > 0 ? 'bad' : null],
    ]);
  }

  function showSlow(known) {
    $('no-slow').hidden = known.length > 0;
    $('slow-table').hidden = known.length === 0;
    slow.show(known, request => `${request.request_id} ${request.at}`, (parts, request) => {
      write(parts.at, format.moment(request.at));
      write(parts.endpoint, request.name ?? request.endpoint);
      write(parts.total, format.seconds(request.duration_seconds));
      write(parts.upstream, format.seconds(request.upstream_seconds));
      write(parts.queue, format.seconds(request.queue_seconds));
      write(parts.answer, `${request.status} ${(request.cache_status ?? '').replace(/^IslGateway; /, '')}`);
      write(parts.request, request.request_id ?? NOT_KNOWN);
      write(parts.trace, request.trace_id ?? NOT_KNOWN);
    });
  }

  function show(stats, requests) {
    showReplicas(stats);
    showCalls(stats);
    showStores(stats);
    showCircuits(stats);
    showPurges(stats);
    showSlow(requests);
  }

  return { show, toneOf };
})();
