'use strict';

/*
 * The comparison with another ISL: begun here, or shown when somebody else, or a rollover, has made one.
 */
const comparison = (() => {
  const { headers, say, sayRefused, onSubmit, linesIn, Mistake } = tools;
  const INTERVAL = 10_000;
  const MAX_PLACES = 50;
  const rows = new Listing($('comparison-rows'), 'comparison-template');
  const places = new Listing($('comparison-differences'), 'line-template');
  let lookedAt = 0;

  const change = value => Number.isFinite(value) ? value.toPrecision(3) : NOT_KNOWN;
  const counts = words => Object.entries(words).map(([word, n]) => `${word} ${n}`).join(', ');
  const named = epoch => epoch ? [epoch.fingerprint, epoch.version, epoch.build].filter(Boolean).join(', ') : 'unknown';

  const kinds = {
    number: place => `a number, by up to ${change(place.relative_change)}`,
    value: () => 'another value',
    type: () => 'another type',
    missing: () => 'missing now',
    extra: () => 'new',
    length: () => 'another length',
  };

  const verdictOf = report => report.stopped ? `Not passed: stopped, because ${report.stopped}.`
    : report.passed ? `Passed: nothing differs by more than ${report.tolerance}.`
    : report.equal + report.different + report.failed === 0 ? 'Not passed: nothing was compared.'
    : `Not passed: ${report.beyond_tolerance} differ by more than ${report.tolerance}, ${report.failed} failed.`;

  function show(report) {
    write($('comparison-verdict'), verdictOf(report));
    mark($('comparison-verdict'), 'data-tone', report.passed ? 'good' : 'bad');
    write($('comparison-sides'), `${format.moment(report.begun_at)}: ${report.against ?? 'ISL after a rollover'} (${named(report.now)})`
      + ` beside ISL (${report.then.map(named).join('; ') || 'unknown'}).`
      + (report.simulated ? ' A simulator: its numbers are not ISL\'s.' : ''));
    $('comparison-table').hidden = report.endpoints.length === 0;
    rows.show(report.endpoints, endpoint => endpoint.endpoint, (parts, endpoint) => {
      write(parts.name, endpoint.name);
      write(parts.path, endpoint.endpoint);
      write(parts.equal, format.count(endpoint.equal));
      write(parts.different, format.count(endpoint.different));
      mark(parts.different, 'data-tone', endpoint.beyond_tolerance > 0 ? 'bad' : 'none');
      write(parts.beyond, endpoint.different > 0 ? `${endpoint.beyond_tolerance} not tolerated` : '');
      write(parts.failed, format.count(endpoint.failed));
      mark(parts.failed, 'data-tone', endpoint.failed > 0 ? 'bad' : 'none');
      write(parts.failures, counts(endpoint.failures));
      write(parts.missing, format.count(endpoint.not_compared));
      write(parts.reasons, counts(endpoint.not_compared_because));
      write(parts.change, change(endpoint.largest_relative_change));
      write(parts.then, format.seconds(endpoint.latency.then?.p50_seconds));
      write(parts.now, format.seconds(endpoint.latency.now?.p50_seconds));
    });
    const lines = report.endpoints.flatMap(endpoint => endpoint.differences.map(place =>
      `${endpoint.name} ${place.pointer || 'the whole answer'}: ${kinds[place.kind](place)}, answers: ${place.answers}`));
    const shown = lines.slice(0, MAX_PLACES);
    if (lines.length > MAX_PLACES) shown.push(`and ${lines.length - MAX_PLACES} places more: islgateway compare has them`);
    if (report.configuration.length > 0) shown.push(`What they say of their settings differs at ${report.configuration.join(', ')}`);
    places.show(shown, line => line, (parts, line) => write(parts.text, line));
  }

  function numberOf(id, what) {
    const text = $(id).value.trim();
    if (text && !Number.isFinite(Number(text))) throw new Mistake(`${what} must be a number.`);
    return text ? Number(text) : undefined;
  }

  async function compare() {
    const call = {
      against: $('compare-against').value.trim(),
      tolerance: numberOf('compare-tolerance', 'The tolerated change'),
      count: numberOf('compare-count', 'The number of requests'),
      send_credentials: $('compare-credentials').checked,
    };
    const stop = new AbortController();
    const [progress, button] = [$('compare-progress'), $('compare-stop')];
    button.onclick = () => stop.abort();
    progress.removeAttribute('value');
    [progress.hidden, button.hidden] = [false, false];
    try {
      const response = await fetch('api/compare', {
        method: 'POST', headers: headers({ 'Content-Type': 'application/json' }), body: JSON.stringify(call), signal: stop.signal,
      });
      if (!response.ok) return await sayRefused('compare-result', response);
      for await (const line of linesIn(response.body)) {
        if (line.done) {
          show(line.report);
          const { equal, different, failed, not_compared: missing } = line.report;
          return say(
            'compare-result', line.report.passed ? 'good' : 'bad', verdictOf(line.report),
            `Equal ${equal}, different ${different}, failed ${failed}, not compared ${missing}.`);
        }
        [progress.max, progress.value] = [line.questions, line.done_questions];
      }
      return say('compare-result', 'bad', 'The gateway broke off.');
    } catch (error) {
      if (!stop.signal.aborted) throw error;
      return say('compare-result', 'warn', 'Stopped.');
    } finally {
      [progress.hidden, button.hidden] = [true, true];
    }
  }

  /* The report seldom changes: it is asked for less often than the figures. */
  async function look() {
    if (Date.now() - lookedAt < INTERVAL) return;
    lookedAt = Date.now();
    const response = await fetch('api/compare', { cache: 'no-store' }).catch(() => null);
    const report = response?.ok ? (await response.json()).report : null;
    if (report) show(report);
  }

  onSubmit('compare', compare);
  return { look };
})();
