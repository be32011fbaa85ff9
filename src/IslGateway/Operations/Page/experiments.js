'use strict';

/*
 * Experiments: an arm a row. Nothing is shown where there are none.
 */
const experiments = (() => {
  const rows = new Listing($('experiment-rows'), 'experiment-template');

  const number = value => Number.isFinite(value) ? value.toLocaleString('en', { maximumSignificantDigits: 6 }) : NOT_KNOWN;

  function fill(parts, { experiment, arm }) {
    write(parts.name, experiment.name);
    write(parts.endpoint, experiment.endpoint);
    write(parts.paused, experiment.paused ? `paused: ${experiment.paused}` : '');
    mark(parts.paused, 'data-tone', experiment.paused ? 'warn' : null);
    write(parts.samples, format.count(arm.samples));
    write(parts.share, `${format.share(arm.share)} of bodies`);
    write(parts.requests, format.count(arm.requests));
    write(parts.hits, `${format.count(arm.hits)} hits`);
    write(parts.errors, format.count(arm.errors));
    mark(parts.errors, 'data-tone', arm.errors > 0 ? 'warn' : null);
    write(parts.p50, format.seconds(arm.latency.p50_seconds));
    write(parts.p95, format.seconds(arm.latency.p95_seconds));
    write(parts.upstream, format.seconds(arm.upstream.mean_seconds));
    write(parts.mean, number(arm.values.mean));
    write(parts.values, experiment.field ? `${format.count(arm.values.count)} at ${experiment.field}` : 'no field');
    write(parts.deviation, number(arm.values.standard_deviation));
  }

  function show(stats) {
    const arms = (stats.experiments ?? []).flatMap(experiment => experiment.arms.map(arm => ({ experiment, arm })));
    $('experiments').hidden = arms.length === 0;
    rows.show(arms, ({ experiment, arm }) => `${experiment.name} ${arm.arm}`, fill);
  }

  return { show };
})();
